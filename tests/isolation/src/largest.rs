//! The largest session of three plugins a track that plays without a late block, for each way of sharing sandboxes.
//!
//! A block counts as late where none of a control loop's was in the same second
//! (chorus/decisions/0010-judge-late-blocks-by-a-loop-on-every-core.md).

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use e2e::control_loop::ControlLoop;

use crate::{
    FRAMES, PERIOD_NS, RATE, device,
    plugins::{self, Sharing},
    song::{Hosting, Song, Track},
};

/// Plugins of a track.
const PLUGINS: usize = 3;
/// Sessions are tried in steps of so many tracks.
const STEP: usize = 16;
/// Nobody has more.
const MOST_TRACKS: usize = 512;
/// Blocks that decide: 3 s.
const BLOCKS: usize = 2250;
/// Late blocks are judged within so much time.
const SECOND: Duration = Duration::from_secs(1);
/// Times a size is tried before it counts as too large: other virtual machines of the host take from this one.
const TRIES: usize = 2;

/// What a musician can choose, and its name.
const POLICIES: [(Sharing, &str); 4] = [
    (Sharing::Chain, "a sandbox a chain"),
    (Sharing::Plugin, "a sandbox a plugin"),
    (Sharing::Vendor, "a sandbox a vendor"),
    (Sharing::Shared, "one sandbox"),
];

/// Finds it for each policy.
///
/// # Errors
/// A plugin does not run.
pub fn measure() -> anyhow::Result<String> {
    let seconds = PERIOD_NS as f64 * BLOCKS as f64 / 1e9;
    let mut text = format!(
        "| largest session without a late block in {seconds:.0} s | tracks | plugins | sandboxes | p50 µs | p99 µs |\n\
         |---|---|---|---|---|---|\n"
    );
    for (sharing, name) in POLICIES {
        writeln!(text, "{}", row(sharing, name)?)?;
    }
    Ok(text)
}

fn row(sharing: Sharing, name: &str) -> anyhow::Result<String> {
    let track: Track = vec![vec![plugins::gain()?.shared_by(sharing); PLUGINS]];
    let tracks = |steps: usize| vec![track.clone(); steps * STEP];
    let mut song = Song::load(Hosting::Isolated, &[])?;
    // Between the two lies the answer.
    let (mut plays, mut fails) = (0, MOST_TRACKS / STEP + 1);
    let mut figures = None;
    // From below: processes of tracks that are left out again stay, and would weigh on the smaller sizes.
    let mut next = 1;
    while plays + 1 < fails {
        song.become_tracks(&tracks(next))?;
        match without_late_block(&mut song)? {
            Some(played) => {
                plays = next;
                figures = Some(played);
            }
            None => fails = next,
        }
        next = (2 * plays).min((plays + fails) / 2);
    }
    let Some(played) = figures else {
        return Ok(format!("| {name} | fewer than {STEP} | | | | |"));
    };
    let most = if plays * STEP == MOST_TRACKS { " or more" } else { "" };
    Ok(format!(
        "| {name} | {}{most} | {} | {} | {:.0} | {:.0} |",
        plays * STEP,
        plays * STEP * PLUGINS,
        sandboxes(sharing, plays * STEP),
        played.blocks.percentile_us(50.0),
        played.blocks.percentile_us(99.0)
    ))
}

fn sandboxes(sharing: Sharing, tracks: usize) -> usize {
    match sharing {
        Sharing::Chain => tracks,
        Sharing::Plugin => tracks * PLUGINS,
        Sharing::Vendor | Sharing::Shared => 1,
    }
}

/// None: blocks were late, and the machine was not.
fn without_late_block(song: &mut Song) -> anyhow::Result<Option<device::Played>> {
    for _ in 0..TRIES {
        let control = ControlLoop::start(RATE, FRAMES as u32)?;
        let played = device::play(song, BLOCKS)?;
        if beyond(&played.late, &control) == 0 {
            return Ok(Some(played));
        }
    }
    Ok(None)
}

/// Late blocks in seconds in which the control loop had fewer.
fn beyond(late: &[Instant], control: &ControlLoop) -> u64 {
    let mut beyond = 0;
    let mut rest = late;
    while let Some(first) = rest.first() {
        let end = *first + SECOND;
        let within = rest.partition_point(|moment| *moment < end);
        // A stall begins before the block that it makes late.
        let excused = control.late_between(*first - SECOND / 10, end);
        beyond += (within as u64).saturating_sub(excused);
        rest = &rest[within..];
    }
    beyond
}
