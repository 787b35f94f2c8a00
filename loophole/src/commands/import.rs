//! `loophole import`: brings files into a song.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;

use crate::{
    song_host::{Access, SongHost},
    wire::pulse::ImportedFile,
};

/// Imports files, each by itself: those that cannot be read do not stop the others, but the status tells.
pub(super) async fn run(files: &[PathBuf], song: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let paths: Vec<String> = files.iter().map(|file| absolute(file)).collect::<anyhow::Result<_>>()?;
    let mut host = SongHost::new()?;
    let mut open = host.open(song, Access::Create).await?;
    let mut imported = Vec::new();
    let result = open
        .pulse
        .import(paths, |file| {
            if !json {
                println!("{}", line(&file));
            }
            if !file.error.is_empty() {
                eprintln!("loophole: {}: {}", file.path, file.error);
            }
            imported.push(file);
        })
        .await;
    open.finish(result.map_err(anyhow::Error::from)).await?;
    if json {
        println!("{}", serde_json::to_string(&imported)?);
    }
    let failed = imported.iter().any(|file| !file.error.is_empty());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn absolute(file: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(file)?;
    path.to_str().map(str::to_owned).with_context(|| format!("{}: its name is not UTF-8", file.display()))
}

fn line(file: &ImportedFile) -> String {
    let ImportedFile { path, error, tracks, clips, notes, warnings, .. } = file;
    if !error.is_empty() {
        return format!("{path}: not imported");
    }
    let mut line = format!("{path}: {tracks} tracks, {clips} clips, {notes} notes");
    for warning in warnings {
        line += &format!("\n  {warning}");
    }
    line
}
