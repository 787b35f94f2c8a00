//! Exports in the supervisor's contract: what is asked for as options of `loophole export`, and how each job fares.

use chorus::supervisor::v1 as wire;

use crate::supervisor::{Export, ExportedFile, Job, JobState};

/// The export that is asked for.
///
/// # Errors
/// What it lacks. What its values mean is checked by the command itself.
pub(super) fn export(request: &wire::StartExportRequest) -> Result<Export, String> {
    use wire::start_export_request::Level;
    let (format, ending) = match request.format() {
        wire::ExportFormat::Wav => ("wav", "wav"),
        wire::ExportFormat::Flac => ("flac", "flac"),
        wire::ExportFormat::Ogg => ("ogg", "ogg"),
        wire::ExportFormat::Unspecified => return Err("the export names no known format".to_owned()),
    };
    let bits = if request.bits == 32 { "32f".to_owned() } else { request.bits.to_string() };
    let mut options = vec![format!("--format={format}"), format!("--rate={}", request.sample_rate)];
    match request.format() {
        wire::ExportFormat::Ogg => options.push(format!("--quality={}", request.quality)),
        _ => options.push(format!("--bits={bits}")),
    }
    options.push(format!("--tail={}", request.tail_seconds));
    if request.stems {
        options.push("--stems".to_owned());
    }
    if request.loop_range {
        options.push("--loop".to_owned());
    }
    if let (Some(from), Some(to)) = (request.from_bar, request.to_bar) {
        options.extend([format!("--from={from}"), format!("--to={to}")]);
    }
    match request.level {
        Some(Level::LoudnessLufs(level)) => options.push(format!("--loudness={level}")),
        Some(Level::TruePeakDbtp(level)) => options.push(format!("--true-peak={level}")),
        None => {}
    }
    Ok(Export { name: request.name.clone(), ending: (!request.stems).then_some(ending), options })
}

/// All jobs, as they are told.
pub(super) fn jobs(jobs: &[Job]) -> wire::WatchExportsResponse {
    wire::WatchExportsResponse { exports: jobs.iter().map(job).collect() }
}

fn job(job: &Job) -> wire::ExportJob {
    let (state, reason) = match &job.state {
        JobState::Waiting => (wire::ExportState::Waiting, ""),
        JobState::Running => (wire::ExportState::Running, ""),
        JobState::Done => (wire::ExportState::Done, ""),
        JobState::Failed(reason) => (wire::ExportState::Failed, reason.as_str()),
    };
    wire::ExportJob {
        id: job.id,
        state: state.into(),
        progress: job.progress,
        times_realtime: job.times_realtime,
        reason: reason.to_owned(),
        files: job.files.iter().map(file).collect(),
        name: job.name.clone(),
    }
}

fn file(file: &ExportedFile) -> wire::ExportedFile {
    wire::ExportedFile {
        path: file.path.clone(),
        seconds: file.seconds,
        sample_rate: file.rate,
        peak_dbfs: file.peak_dbfs,
        integrated_lufs: file.integrated_lufs,
        range_lu: file.range_lu,
        true_peak_dbtp: file.true_peak_dbtp,
        gain_db: file.gain_db,
        clipped_samples: file.clipped_samples,
        key: file.key.clone(),
    }
}
