//! The first pass: the range and its tail, from the graph to unrounded samples on disk.

use std::time::Instant;

use signal_graph::{BlockSizes, OfflinePlayer};

use super::spill::Spill;
use super::tail::TailEnd;
use super::{ExportFile, ExportSetup, Exported, finish};
use crate::device::CHANNELS;
use crate::refusal::Refusal;
use crate::render::RenderSetup;
use crate::workshop::OfflineWorkshop;

/// Samples that were rendered, one spill a file.
pub(super) struct Rendered {
    pub spills: Vec<Spill>,
    /// Frames of every file at the graph's rate.
    pub frames: u64,
}

/// Renders and finishes an export. `tell` hears of frames done of frames to do, over both passes, and says whether to go
/// on. `None`: it said no.
///
/// # Errors
/// What can't be rendered or written; then there is no file.
pub fn render(
    setup: &RenderSetup,
    export: &ExportSetup,
    player: &mut OfflinePlayer,
    workshop: &mut OfflineWorkshop<'_>,
    tell: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<(Vec<Exported>, f64)>, Refusal> {
    let started = Instant::now();
    let Some(rendered) = to_spills(setup, export, player, workshop, tell)? else { return Ok(None) };
    let seconds = rendered.frames as f64 / f64::from(setup.sample_rate);
    let times_realtime = seconds / started.elapsed().as_secs_f64().max(1e-9);
    let files = finish::finish(setup.sample_rate, export, rendered, tell)?;
    Ok(files.map(|files| (files, times_realtime)))
}

fn to_spills(
    setup: &RenderSetup,
    export: &ExportSetup,
    player: &mut OfflinePlayer,
    workshop: &mut OfflineWorkshop<'_>,
    tell: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Rendered>, Refusal> {
    let range = (setup.to - setup.from).unsigned_abs();
    let tail = (export.longest_tail_seconds * f64::from(setup.sample_rate)) as u64;
    let mut work = Work::begin(export, player, range, tail, setup.sample_rate)?;
    let block = setup.blocks.frames as usize;
    let sizes = match setup.blocks.random_seed {
        Some(seed) => BlockSizes::Random { seed, max: block },
        None => BlockSizes::Fixed(block),
    };
    for length in sizes {
        if !tell(work.done(), 2 * (range + tail)) {
            return Ok(None);
        }
        workshop.feed(player.position(), length)?;
        let sound = player.block(length);
        work.interleaved.clear();
        let frames = sound.left.iter().zip(sound.right);
        work.interleaved.extend(frames.flat_map(|(left, right)| [*left, *right]));
        workshop.check()?;
        if work.take(export, workshop)? {
            break;
        }
    }
    Ok(Some(work.rendered()))
}

/// The first pass under way.
struct Work {
    spills: Vec<Spill>,
    tail_end: TailEnd,
    /// Frames of the output still to be left out before the range begins.
    to_drop: u64,
    /// Frames of the output heard since.
    heard: u64,
    range: u64,
    most: u64,
    /// What the output gave in the last block.
    interleaved: Vec<f32>,
    stem: Vec<f32>,
}

impl Work {
    fn begin(
        export: &ExportSetup,
        player: &OfflinePlayer,
        range: u64,
        tail: u64,
        sample_rate: u32,
    ) -> Result<Self, Refusal> {
        let spill = |file: &ExportFile| {
            let latency = match file.node {
                None => player.latency(),
                Some(node) => player
                    .latency_of(node)
                    .ok_or_else(|| Refusal::not_found(format!("there is no strip {node} to export")))?,
            };
            Spill::beside(&file.path, u64::from(latency))
        };
        Ok(Self {
            spills: export.files.iter().map(spill).collect::<Result<_, _>>()?,
            tail_end: TailEnd::new(sample_rate),
            to_drop: u64::from(player.latency()),
            heard: 0,
            range,
            most: range + tail,
            interleaved: Vec::new(),
            stem: Vec::new(),
        })
    }

    fn done(&self) -> u64 {
        self.spills.iter().map(|spill| spill.frames).min().unwrap_or(0)
    }

    /// Takes a block of the output and of every stem. True: it was the last.
    fn take(&mut self, export: &ExportSetup, workshop: &mut OfflineWorkshop<'_>) -> Result<bool, Refusal> {
        for (spill, file) in self.spills.iter_mut().zip(&export.files) {
            match file.node {
                None => spill.write(&self.interleaved, self.most)?,
                Some(node) => {
                    workshop.stems().take(node, &mut self.stem)?;
                    spill.write(&self.stem, self.most)?;
                }
            }
        }
        let frames = (self.interleaved.len() / CHANNELS) as u64;
        let dropped = self.to_drop.min(frames);
        self.to_drop -= dropped;
        self.heard += frames - dropped;
        self.tail_end.hear(&self.interleaved[dropped as usize * CHANNELS..]);
        // The output comes last: when it is over, so is every stem.
        Ok(self.heard >= self.most || (self.heard > self.range && self.tail_end.is_over()))
    }

    fn rendered(self) -> Rendered {
        let sounding = self.heard.saturating_sub(self.tail_end.silent_frames());
        Rendered { frames: sounding.clamp(self.range, self.most), spills: self.spills }
    }
}
