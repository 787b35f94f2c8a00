//! `loophole songs`, `switch` and `copy`: which songs there are, opening another in a Loophole that runs, and copies.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};

use super::processes;
use crate::{
    song_choice,
    song_host::{Access, SongHost},
    songs,
};

/// Lists songs, those opened last first.
pub(super) fn list(json: bool) -> anyhow::Result<ExitCode> {
    let songs = songs::list()?;
    if json {
        println!("{}", serde_json::to_string(&songs)?);
        return Ok(ExitCode::SUCCESS);
    }
    if songs.is_empty() {
        println!("There is no song yet: `loophole` begins one");
    }
    for song in songs {
        let open = match song.open_by_pid {
            0 => String::new(),
            pid => format!("  open, by process {pid}"),
        };
        println!("{:<32} {}{open}", song.name, song.path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Has a running Loophole go over to another song.
pub(super) async fn switch(song: Option<&Path>, new: bool, pid: Option<u32>) -> anyhow::Result<ExitCode> {
    let (_, folder) = processes::one_running(pid)?;
    let song = song.map(std::path::absolute).transpose()?;
    let mut supervisor = processes::reach(&folder).await?;
    let path = match song {
        None => supervisor.new_song(String::new(), String::new()).await?,
        Some(song) if song.exists() => supervisor.open_song(text(&song)?).await?,
        Some(song) => {
            ensure!(new, "{} does not exist; --new creates it", song.display());
            song_choice::check_name(&song)?;
            let parent = song.parent().unwrap_or(Path::new("/"));
            supervisor.new_song(songs::name(&song), text(parent)?).await?
        }
    };
    println!("{path}");
    Ok(ExitCode::SUCCESS)
}

/// Copies a song that is open or not.
pub(super) async fn copy(song: &Path, output: &Path) -> anyhow::Result<ExitCode> {
    let output: PathBuf = std::path::absolute(output)?;
    song_choice::check_name(&output)?;
    let mut host = SongHost::new()?;
    let mut open = host.open(song, Access::Read).await?;
    let copied = open.pulse.save_copy(text(&output)?, songs::name(&output)).await;
    open.finish(copied.map_err(anyhow::Error::from)).await?;
    println!("{}", output.display());
    Ok(ExitCode::SUCCESS)
}

fn text(path: &Path) -> anyhow::Result<String> {
    path.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", path.display()))
}
