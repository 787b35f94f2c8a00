//! `loophole export`: a song to files that musicians hand on.
//!
//! Everything is made in a hidden folder beside the result and moved to its place at the end: an export that fails or is
//! broken off leaves nothing. It never overwrites one file with part of another.

mod staging;

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use serde_json::json;
use staging::Staging;

use crate::{
    command_line::{Bits, Export, FileFormat},
    demo, places,
    song_host::{Access, SongHost},
    wire::{
        export::{self, Encoding, Exported, File, Level, Order, Range, Stem},
        pulse::Pulse,
        render::Progress,
    },
};

/// By how much an export yields to playing and drawing.
const NICENESS: i32 = 10;
/// Longest name of a track in a file name, in characters.
const LONGEST_NAME: usize = 80;

/// Exports as the command line says.
pub(super) async fn run(line: Box<Export>) -> anyhow::Result<ExitCode> {
    let song = if line.song == Path::new("demo") {
        demo::ensure(&places::data_folder()?.join("demo")).await?
    } else {
        line.song.clone()
    };
    if let (Some(from), Some(to)) = (line.from, line.to) {
        ensure!(from < to, "nothing lies between bar {from} and bar {to}: --to is the bar after the last");
    }
    let output = std::path::absolute(&line.output)?;
    if line.background {
        // Whoever may not be nicer is as nice as before.
        let _ = rustix::process::nice(NICENESS);
    }
    let format = format(&line)?;
    let mut host = SongHost::new()?;
    let mut open = host.open(&song, Access::Read).await?;
    let exported = to_files(&mut host, &mut open.pulse, &line, &output, format).await;
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    let (files, times_realtime) = open.finish(exported).await?;
    report(&line, &files, times_realtime)?;
    Ok(ExitCode::SUCCESS)
}

fn format(line: &Export) -> anyhow::Result<FileFormat> {
    let ending = line.output.extension().filter(|_| !line.stems).and_then(|ending| ending.to_str());
    let format = match (line.format, ending.map(str::to_ascii_lowercase).as_deref()) {
        (Some(format), _) => format,
        (None, Some("flac")) => FileFormat::Flac,
        (None, Some("ogg" | "oga")) => FileFormat::Ogg,
        (None, Some("wav" | "wave" | "rf64")) => FileFormat::Wav,
        (None, Some(other)) if !line.stems => {
            anyhow::bail!("“.{other}” is no known kind of file: use .wav, .flac or .ogg, or --format")
        }
        (None, _) => FileFormat::Wav,
    };
    let float_flac = format == FileFormat::Flac && line.bits == Bits::Float32;
    ensure!(!float_flac, "FLAC has 16 or 24 bits: use --bits 24, or WAV for 32f");
    Ok(format)
}

async fn to_files(
    host: &mut SongHost,
    pulse: &mut Pulse,
    line: &Export,
    output: &Path,
    format: FileFormat,
) -> anyhow::Result<(Vec<Exported>, f64)> {
    let name = pulse.info().await?.name;
    let stems = if line.stems { export::stems(pulse).await? } else { Vec::new() };
    ensure!(!line.stems || !stems.is_empty(), "the song has no track that goes to the master");
    let staging = Staging::beside(output, line.stems)?;
    let names = file_names(line, output, &name, &stems, format);
    let tracks = std::iter::once(None).chain(stems.iter().map(|stem| Some(stem.id)));
    let file = |(track, name): (Option<u64>, &String)| staging.path(name).map(|path| File { track, path });
    let files = tracks.zip(&names).map(file).collect::<anyhow::Result<Vec<_>>>()?;
    let order = order(line, format, name, files);
    let renderer = host.renderer().await?;
    let told = |progress| show_progress(line, &progress);
    let exported = export::export(pulse.clone(), &renderer.connection, &order, told).await;
    let (mut files, times_realtime) = match (exported, renderer.end().await) {
        (Ok(exported), Ok(())) => exported,
        (Err(error), Ok(())) => return Err(error.into()),
        (_, Err(death)) => anyhow::bail!("nothing was exported: {death} in the middle of it; export again"),
    };
    let placed = staging.place(&names)?;
    for (file, path) in files.iter_mut().zip(placed) {
        file.path = path.to_string_lossy().into_owned();
    }
    Ok((files, times_realtime))
}

fn order(line: &Export, format: FileFormat, name: String, files: Vec<File>) -> Order {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = if line.background { cores - 1 } else { cores };
    let encoding = match format {
        FileFormat::Wav => Encoding::Wav(line.bits),
        FileFormat::Flac => Encoding::Flac(line.bits),
        FileFormat::Ogg => Encoding::Vorbis(line.quality / 10.0),
    };
    let range = match (line.loop_range, line.from.zip(line.to)) {
        (true, _) => Range::Loop,
        (false, Some((from, to))) => Range::Bars(from, to),
        (false, None) => Range::Song,
    };
    Order {
        render_rate: line.render_rate.unwrap_or(line.rate),
        file_rate: line.rate,
        blocks: line.block,
        threads: line.threads.unwrap_or_else(|| u32::try_from(cores).unwrap_or(1).clamp(1, 64)),
        range,
        tail_seconds: line.tail,
        files,
        encoding,
        dither_seed: (!line.no_dither).then_some(line.seed),
        level: line.loudness.map(Level::Loudness).or(line.true_peak.map(Level::TruePeak)),
        title: line.title.clone().unwrap_or(name),
    }
}

/// The mix's, then each stem's, as the musician finds them: stems are numbered, so that they sort as on the screen.
fn file_names(line: &Export, output: &Path, song: &str, stems: &[Stem], format: FileFormat) -> Vec<String> {
    let ending = match format {
        FileFormat::Wav => "wav",
        FileFormat::Flac => "flac",
        FileFormat::Ogg => "ogg",
    };
    if !line.stems {
        return vec![output.file_name().unwrap_or_default().to_string_lossy().into_owned()];
    }
    let stem = |(index, stem): (usize, &Stem)| format!("{:02} {}.{ending}", index + 1, plain(&stem.name));
    let mix = format!("00 {} (mix).{ending}", plain(song));
    std::iter::once(mix).chain(stems.iter().enumerate().map(stem)).collect()
}

/// A name that every file system takes.
fn plain(name: &str) -> String {
    let allowed = |letter: char| !letter.is_control() && !r#"/\:*?"<>|"#.contains(letter);
    let letter = |letter: char| if allowed(letter) { letter } else { '_' };
    let name: String = name.trim().chars().take(LONGEST_NAME).map(letter).collect();
    if name.is_empty() { "untitled".to_owned() } else { name }
}

fn show_progress(line: &Export, progress: &Progress) {
    if line.background && line.json {
        let value = json!({ "progress": progress.part, "x_realtime": progress.times_realtime });
        println!("{value}");
        return;
    }
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let (percent, times) = (progress.part * 100.0, progress.times_realtime);
        let _ = write!(stderr, "\rexporting {percent:3.0} %, {times:.1} times real time ");
    }
}

fn report(line: &Export, files: &[Exported], times_realtime: f64) -> anyhow::Result<()> {
    let render_rate = line.render_rate.unwrap_or(line.rate);
    if line.json && line.background {
        for file in files {
            println!("{}", json!({ "file": file }));
        }
        return Ok(());
    }
    if line.json {
        let text = json!({ "files": files, "x_realtime": times_realtime, "render_rate": render_rate });
        println!("{text}");
        return Ok(());
    }
    let level = |level: Option<f64>| level.map_or("–".to_owned(), |level| format!("{level:.1}"));
    for file in files {
        let (path, seconds) = (PathBuf::from(&file.path), file.seconds);
        let (loudness, peak) = (level(file.integrated_lufs), level(file.true_peak_dbtp));
        println!(
            "{}: {seconds:.3} s, {loudness} LUFS, range {:.1} LU, true peak {peak} dBTP",
            path.display(),
            file.range_lu
        );
    }
    let rate = if render_rate == line.rate {
        format!("rendered at {render_rate} Hz")
    } else {
        format!("rendered at {render_rate} Hz and converted to {} Hz", line.rate)
    };
    println!("{rate}, {times_realtime:.1} times real time");
    let clipped: u64 = files.iter().map(|file| file.clipped_samples).sum();
    if clipped > 0 {
        eprintln!("loophole: {clipped} samples were clipped: use --true-peak -1, or --bits 32f");
    }
    let first = files.first().context("the export made no file")?;
    if first.gain_db != 0.0 {
        println!("the level was changed by {:+.1} dB", first.gain_db);
    }
    Ok(())
}
