//! The demo song, made on first use: its drums and its wash are rendered from songs of our own instruments, imported,
//! and arranged by the same public commands that anybody may use.
//!
//! The music is in the modules below. Nothing here ships sound.

mod harmony;
mod parts;
mod presets;
mod script;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{
    command_line::{Bits, Blocks},
    commands::{Script, apply, render},
    song_host::{Access, SongHost},
    wire::{pulse::Pulse, render::Order},
};
use script::Stem;

/// Sample rate of what is rendered for it.
const STEM_RATE: u32 = 48_000;

/// The demo song's folder below `folder`; makes it if it is not there.
///
/// It appears whole: a making that was interrupted leaves nothing that is taken for the song.
pub(crate) async fn ensure(folder: &Path) -> anyhow::Result<PathBuf> {
    let song = folder.join("Low Tide.loophole");
    if song.is_dir() {
        return Ok(song);
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    eprintln!("loophole: making the demo song, once");
    let workshop = Workshop::new(folder)?;
    let made = make(&workshop.0).await.context("cannot make the demo song")?;
    match fs::rename(&made, &song) {
        // Somebody else made it meanwhile.
        Err(_) if song.is_dir() => {}
        result => result.with_context(|| format!("cannot make {}", song.display()))?,
    }
    Ok(song)
}

/// The folder in which it is made; removed with all that is left in it.
struct Workshop(PathBuf);

impl Workshop {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(format!(".making-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn make(workshop: &Path) -> anyhow::Result<PathBuf> {
    let mut host = SongHost::new()?;
    let kit = stems(&mut host, workshop, "Kit", &script::kit(), &script::KIT_STEMS).await?;
    let wash = stems(&mut host, workshop, "Wash", &script::wash(), &[script::WASH_STEM]).await?;

    let path = workshop.join("Low Tide.loophole");
    let mut song = host.open(&path, Access::Create).await?;
    let composed = compose(&mut song.pulse, kit.iter().chain(&wash)).await;
    song.finish(composed).await?;
    Ok(path)
}

async fn compose(pulse: &mut Pulse, files: impl Iterator<Item = &PathBuf>) -> anyhow::Result<()> {
    let media = import(pulse, files).await?;
    let [kit_a, kit_b, kit_c, wash] = media[..] else {
        anyhow::bail!("{} files were imported instead of 4", media.len())
    };
    let media = script::SongMedia { kit: [kit_a, kit_b, kit_c], wash };
    apply(pulse, Script::of("Compose", &script::song(&media))?).await?;
    Ok(())
}

/// Makes a song and renders stretches of it, each to a file.
async fn stems(
    host: &mut SongHost,
    workshop: &Path,
    name: &str,
    commands: &[Value],
    stems: &[Stem],
) -> anyhow::Result<Vec<PathBuf>> {
    let source = workshop.join(format!("{name}.loophole"));
    let mut song = host.open(&source, Access::Create).await?;
    let applied = apply(&mut song.pulse, Script::of(name, commands)?).await;
    song.finish(applied).await?;
    let song = host.open(&source, Access::Read).await?;
    let files = render_stems(host, &song.pulse, workshop, stems).await;
    song.finish(files).await
}

async fn render_stems(
    host: &mut SongHost,
    pulse: &Pulse,
    workshop: &Path,
    stems: &[Stem],
) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for stem in stems {
        let file = workshop.join(format!("{}.wav", stem.name));
        let order = Order {
            rate: STEM_RATE,
            blocks: Blocks::Fixed(256),
            threads: 1,
            bars: Some((stem.from_bar, stem.to_bar)),
            bits: Bits::Int24,
            path: String::new(),
        };
        render::to_file(host, pulse, order, &file, |_| {}).await?;
        files.push(file);
    }
    Ok(files)
}

/// Imports files as media alone, and returns their ids in order.
async fn import(pulse: &mut Pulse, files: impl Iterator<Item = &PathBuf>) -> anyhow::Result<Vec<u64>> {
    let paths: Option<Vec<String>> = files.map(|file| file.to_str().map(str::to_owned)).collect();
    let mut imported = Vec::new();
    pulse.import_media(paths.context("a path is not UTF-8")?, |file| imported.push(file)).await?;
    for file in &imported {
        ensure!(file.error.is_empty(), "{}: {}", file.path, file.error);
    }
    Ok(imported.iter().map(|file| file.media).collect())
}
