//! A graph rendered to a file, faster or slower than real time, by the nodes and the schedule that play it live.
//!
//! Bars and tails are Pulse's: the range is in samples. The sound of the range's first frame is the file's first frame, also
//! where plugins delay it: what comes before is dropped, and as much rendered on at the end. There is no dither.

mod loading;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use signal_graph::{BlockSizes, Graph, GraphUpdate, OfflinePlayer, Order};
use tokio::sync::mpsc;

use crate::device::{CHANNELS, LARGEST_BLOCK_FRAMES};
use crate::export::{self, ExportSetup, Exported};
use crate::refusal::Refusal;
use crate::state_store::StateStore;
use crate::wav_file::{SampleFormat, WavError, WavFile, WavSummary};
use crate::workshop::OfflineWorkshop;

pub use loading::Loading;

/// Longest render, in frames: a week at 48 kHz.
const LONGEST_FRAMES: i64 = 1 << 35;
/// Threads of one render.
const MOST_THREADS: u32 = 64;
/// Rates that plugins and players are made for.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=384_000;
/// Between two progress messages.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Lengths of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// 16 to 8192.
    pub frames: u32,
    /// Set: lengths are random, 1 to `frames`, always the same for one seed.
    pub random_seed: Option<u64>,
}

/// What to render, and into what.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderSetup {
    /// In hertz; the graph's own.
    pub sample_rate: u32,
    /// Lengths of the blocks.
    pub blocks: Blocks,
    /// 1 to 64.
    pub threads: u32,
    /// First sample of the song.
    pub from: i64,
    /// After the last sample.
    pub to: i64,
    /// How samples lie in the file.
    pub format: SampleFormat,
    /// Absolute path of the file.
    pub path: PathBuf,
    /// Makes these files instead of the one of `format` and `path`.
    pub export: Option<ExportSetup>,
}

impl RenderSetup {
    /// Whether it can be rendered.
    ///
    /// # Errors
    /// The first number out of range.
    pub fn check(&self) -> Result<(), Refusal> {
        let rules = [
            (SAMPLE_RATES.contains(&self.sample_rate), "the sample rate must be 8000 to 384000 Hz"),
            ((16..=LARGEST_BLOCK_FRAMES).contains(&self.blocks.frames), "a block has 16 to 8192 frames"),
            ((1..=MOST_THREADS).contains(&self.threads), "1 to 64 threads can render"),
            (self.from >= 0 && self.to > self.from, "there is nothing between the range's start and end"),
            (self.to.saturating_sub(self.from) <= LONGEST_FRAMES, "the range is longer than a week"),
            (self.export.is_some() || self.path.is_absolute(), "the file's path must be absolute"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Refusal::invalid(rule)),
            None => self.export.as_ref().map_or(Ok(()), ExportSetup::check),
        }
    }
}

/// Everything one render needs.
#[derive(Debug)]
pub struct RenderJob {
    /// What to render, and into what.
    pub setup: RenderSetup,
    /// The whole graph.
    pub update: GraphUpdate,
    /// States of its plugins.
    pub states: StateStore,
}

/// What an offline Signal was started with.
#[derive(Clone, Debug)]
pub struct OfflineSetup {
    /// The program that hosts plugins.
    pub sandbox_binary: PathBuf,
}

/// How far a render is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Frames in the file.
    pub frames: i64,
    /// Frames it will have.
    pub total_frames: i64,
    /// Seconds of sound by seconds of work.
    pub times_realtime: f64,
}

/// A finished render.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// What the file holds.
    pub wav: WavSummary,
    /// In hertz.
    pub sample_rate: u32,
    /// Seconds of sound by seconds of work.
    pub times_realtime: f64,
}

/// What a render tells.
#[derive(Debug)]
pub enum RenderEvent {
    /// Now and then; left out when nobody takes them.
    Progress(Progress),
    /// The file is there. Last.
    Done(Rendered),
    /// The files of an export are there, and how fast they were rendered, against real time. Last.
    Exported(Vec<Exported>, f64),
    /// There is no file. Last.
    Failed(Refusal),
}

/// Renders on a thread of its own. Closing the receiver of `events` cancels it, and no file appears.
///
/// # Errors
/// The thread could not be started.
pub fn spawn(setup: OfflineSetup, job: RenderJob, events: mpsc::Sender<RenderEvent>) -> std::io::Result<()> {
    let render = move || {
        let last = match render(&setup, job, &events) {
            Ok(Some(last)) => last,
            Ok(None) => return,
            Err(refusal) => RenderEvent::Failed(refusal),
        };
        let _ = events.blocking_send(last);
    };
    std::thread::Builder::new().name("render".into()).spawn(render).map(drop)
}

/// `None`: cancelled.
fn render(
    offline: &OfflineSetup,
    job: RenderJob,
    events: &mpsc::Sender<RenderEvent>,
) -> Result<Option<RenderEvent>, Refusal> {
    let RenderJob { setup, mut update, states } = job;
    check_rate(&setup, &update)?;
    let order = if setup.threads > 1 { Order::Parallel } else { Order::Sequential };
    if setup.export.as_ref().is_some_and(|export| export.longest_tail_seconds > 0.0) {
        export::cut_at(&mut update, setup.to);
    }
    let mut workshop = OfflineWorkshop::new(offline, &setup, states);
    let mut graph = Graph::new(setup.sample_rate, setup.blocks.frames as usize, order);
    let change = graph.apply(&update, &mut workshop).map_err(Refusal::invalid)?;
    workshop.finish()?;
    let player = OfflinePlayer::new(change, setup.from, setup.threads as usize);
    let mut player = player.ok_or_else(|| Refusal::invalid("a render needs a whole graph"))?;
    if let Some(export) = &setup.export {
        let mut work = Work { setup: &setup, events, started: Instant::now(), told: Instant::now() };
        let mut tell = |done: u64, all: u64| {
            work.tell(done as i64, all as i64);
            !work.events.is_closed()
        };
        let exported = export::render(&setup, export, &mut player, &mut workshop, &mut tell)?;
        return Ok(exported.map(|(files, times_realtime)| RenderEvent::Exported(files, times_realtime)));
    }
    let file = WavFile::create(&setup.path, setup.sample_rate, CHANNELS as u16, setup.format)
        .map_err(wav_refusal)?;
    let started = Instant::now();
    let mut work = Work { setup: &setup, events, started, told: started };
    let Some(wav) = work.write(&mut player, &mut workshop, file)? else { return Ok(None) };
    let times_realtime = work.times_realtime(wav.frames as i64);
    Ok(Some(RenderEvent::Done(Rendered { wav, sample_rate: setup.sample_rate, times_realtime })))
}

fn check_rate(setup: &RenderSetup, update: &GraphUpdate) -> Result<(), Refusal> {
    match &update.timeline {
        None => Err(Refusal::invalid("the graph has no timeline")),
        Some(timeline) if timeline.sample_rate != setup.sample_rate => Err(Refusal::invalid(format!(
            "the graph is for {} Hz, the render for {} Hz",
            timeline.sample_rate, setup.sample_rate
        ))),
        Some(_) => Ok(()),
    }
}

fn wav_refusal(error: WavError) -> Refusal {
    match error {
        WavError::Path(_) | WavError::TooLong => Refusal::invalid(error),
        WavError::Write(..) => Refusal::failed(error),
    }
}

/// A render under way.
struct Work<'a> {
    setup: &'a RenderSetup,
    events: &'a mpsc::Sender<RenderEvent>,
    started: Instant,
    told: Instant,
}

impl Work<'_> {
    /// `None`: cancelled.
    fn write(
        &mut self,
        player: &mut OfflinePlayer,
        workshop: &mut OfflineWorkshop<'_>,
        mut file: WavFile,
    ) -> Result<Option<WavSummary>, Refusal> {
        let total = self.setup.to - self.setup.from;
        let mut dropped = i64::from(player.latency());
        let mut written = 0;
        let mut interleaved = Vec::new();
        for length in self.block_sizes() {
            if self.events.is_closed() {
                return Ok(None);
            }
            let left = total + dropped - written;
            let length = length.min(usize::try_from(left).unwrap_or(length));
            workshop.feed(player.position(), length)?;
            let sound = player.block(length);
            workshop.check()?;
            let skip = usize::try_from(dropped).unwrap_or(usize::MAX).min(sound.left.len());
            dropped -= skip as i64;
            interleaved.clear();
            let frames = sound.left.iter().zip(sound.right).skip(skip);
            interleaved.extend(frames.flat_map(|(left, right)| [*left, *right]));
            file.write(&interleaved).map_err(wav_refusal)?;
            written += (interleaved.len() / CHANNELS) as i64;
            self.tell(written, total);
            if written == total {
                break;
            }
        }
        file.finish().map(Some).map_err(wav_refusal)
    }

    fn block_sizes(&self) -> BlockSizes {
        let frames = self.setup.blocks.frames as usize;
        match self.setup.blocks.random_seed {
            Some(seed) => BlockSizes::Random { seed, max: frames },
            None => BlockSizes::Fixed(frames),
        }
    }

    fn tell(&mut self, frames: i64, total_frames: i64) {
        if self.told.elapsed() < PROGRESS_INTERVAL {
            return;
        }
        self.told = Instant::now();
        let times_realtime = self.times_realtime(frames);
        let _ =
            self.events.try_send(RenderEvent::Progress(Progress { frames, total_frames, times_realtime }));
    }

    fn times_realtime(&self, frames: i64) -> f64 {
        let sound = frames as f64 / f64::from(self.setup.sample_rate);
        sound / self.started.elapsed().as_secs_f64().max(1e-9)
    }
}
