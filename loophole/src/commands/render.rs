//! `loophole render`: a song to a WAV file, offline.

use std::{
    ffi::OsString,
    fs,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};

use crate::{
    command_line::{Bits, Render},
    demo, places,
    song_host::{Access, SongHost},
    wire::{
        pulse::Pulse,
        render::{Order, Progress, Rendered, render},
    },
};

/// Renders as the command line says.
pub(super) async fn run(line: Render) -> anyhow::Result<ExitCode> {
    let song = if line.song == Path::new("demo") {
        demo::ensure(&places::data_folder()?.join("demo")).await?
    } else {
        line.song.clone()
    };
    if let (Some(from), Some(to)) = (line.from, line.to) {
        ensure!(from < to, "nothing lies between bar {from} and bar {to}: --to is the bar after the last");
    }
    let mut host = SongHost::new()?;
    let open = host.open(&song, Access::Read).await?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let order = Order {
        rate: line.rate,
        blocks: line.block,
        threads: line.threads.unwrap_or_else(|| u32::try_from(cores).unwrap_or(1).clamp(1, 64)),
        bars: line.from.zip(line.to),
        bits: line.bits,
        path: String::new(),
    };
    let rendered = to_file(&mut host, &open.pulse, order, &line.output, show_progress).await;
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    let rendered = open.finish(rendered).await?;
    if rendered.peak_dbfs > 0.0 && line.bits != Bits::Float32 {
        let peak = rendered.peak_dbfs;
        eprintln!(
            "loophole: the peaks of +{peak:.1} dBFS were clipped: turn the song down, or use --bits 32f"
        );
    }
    if line.json {
        println!("{}", serde_json::to_string(&rendered)?);
    } else {
        let Rendered { frames, rate, peak_dbfs, x_realtime, .. } = rendered;
        let seconds = frames as f64 / f64::from(rate);
        println!(
            "{}: {seconds:.3} s, peak {peak_dbfs:.2} dBFS, {x_realtime:.1} times real time",
            line.output.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Renders to a file that appears whole or not at all.
pub(crate) async fn to_file(
    host: &mut SongHost,
    pulse: &Pulse,
    order: Order,
    output: &Path,
    progress: impl FnMut(Progress),
) -> anyhow::Result<Rendered> {
    let output = std::path::absolute(output)?;
    let part = PartFile::beside(&output)?;
    let path = part.path.to_str().context("the output's path is not UTF-8")?.to_owned();
    let renderer = host.renderer().await?;
    let rendered = render(pulse.clone(), &renderer.connection, &Order { path, ..order }, progress).await?;
    renderer.end().await?;
    fs::rename(&part.path, &output).with_context(|| format!("cannot write {}", output.display()))?;
    Ok(rendered)
}

/// Where the file grows; removed unless it became the output.
struct PartFile {
    path: PathBuf,
}

impl PartFile {
    fn beside(output: &Path) -> anyhow::Result<Self> {
        let folder = output.parent().unwrap_or(Path::new("/"));
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
        ensure!(!output.is_dir(), "{} is a folder", output.display());
        let name = output.file_name().context("the output has no name")?;
        let mut part = OsString::from(".");
        part.push(name);
        part.push(format!(".{}.part", std::process::id()));
        Ok(Self { path: folder.join(part) })
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn show_progress(progress: Progress) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let percent = progress.part * 100.0;
        let _ =
            write!(stderr, "\rrendering {percent:3.0} %, {:.1} times real time ", progress.times_realtime);
    }
}
