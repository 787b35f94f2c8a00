//! `loophole info`: what a song holds.

use std::{path::Path, process::ExitCode};

use crate::song_host::{Access, SongHost};

/// Reports on a song without touching it.
pub(super) async fn run(song: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let mut host = SongHost::new()?;
    let mut open = host.open(song, Access::Read).await?;
    let info = open.pulse.info().await.map_err(anyhow::Error::from);
    let info = open.finish(info).await?;
    if json {
        println!("{}", serde_json::to_string(&info)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}  {}", info.name, info.path);
    println!(
        "{} tracks, {} clips, {} notes, {} devices, {} sends, {} media",
        info.tracks, info.clips, info.notes, info.devices, info.sends, info.media
    );
    println!("{} transactions", info.transactions);
    let minutes = (info.length_seconds / 60.0).floor();
    println!(
        "{minutes}:{:06.3} long, {} quarter notes",
        info.length_seconds - minutes * 60.0,
        info.length_quarters
    );
    for point in &info.tempo_map {
        println!("{:.3} bpm from tick {}", point.bpm, point.position_ticks);
    }
    for point in &info.signature_map {
        println!("{}/{} from tick {}", point.numerator, point.denominator, point.position_ticks);
    }
    for diagnostic in &info.diagnostics {
        println!("damaged: {diagnostic}");
    }
    Ok(ExitCode::SUCCESS)
}
