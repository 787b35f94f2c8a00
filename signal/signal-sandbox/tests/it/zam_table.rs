//! All of Debian's zam-plugins through everything a song does with them, as the table of `docs/plugins/zam.md`.
//!
//! The test fails when the table is not what is measured now; `UPDATE_EXPECT=1` writes it. Counts are small and seeds
//! fixed, so that two runs say the same.

use std::fmt::Write as _;

use chorus::{
    sandbox::v1::{PluginFacts, SlotLoaded},
    signal::v1::{ParameterDescription, PluginSlot},
};
use expect_test::expect_file;
use shm::sandbox_block::{BadReply, Event, TimedEvent};

use crate::{
    in_process::InProcess,
    peer::{Peer, noise, slot},
    zam::{bundle, plugin_id},
};

const PLUGINS: [&str; 17] = [
    "ZaMaximX2",
    "ZaMultiComp",
    "ZaMultiCompX2",
    "ZamAutoSat",
    "ZamComp",
    "ZamCompX2",
    "ZamDelay",
    "ZamDynamicEQ",
    "ZamEQ2",
    "ZamGEQ31",
    "ZamGate",
    "ZamGateX2",
    "ZamGrains",
    "ZamHeadX2",
    "ZamPhono",
    "ZamTube",
    "ZamVerb",
];
const RATES: [u32; 4] = [44_100, 48_000, 96_000, 192_000];
const BLOCKS: [usize; 7] = [1, 64, 17, 4096, 256, 1000, 1024];
/// Where within a block of 1024 values change.
const AT: usize = 300;
/// Blocks of 1024 frames until smoothed values have arrived.
const SETTLES: usize = 64;

/// What is so far good; else what is not.
type Verdict = Result<String, String>;
type Check = fn(&Plugin) -> Verdict;

struct Plugin {
    name: &'static str,
    id: String,
    report: SlotLoaded,
}

impl Plugin {
    fn load(name: &'static str) -> Self {
        let id = plugin_id(name);
        let (_, mut loaded) = Peer::load(vec![slot(1, &bundle(name), &id, &[])]);
        Self { name, id, report: loaded.slots.remove(0) }
    }

    fn slot(&self, values: &[(u32, f64)], bypass: bool) -> PluginSlot {
        PluginSlot { bypass, ..slot(1, &bundle(self.name), &self.id, values) }
    }

    fn start(&self, rate: u32, values: &[(u32, f64)], bypass: bool) -> Peer {
        let mut peer = Peer::start();
        peer.hello();
        peer.load_chain_at(rate, true, vec![self.slot(values, bypass)]);
        peer
    }

    fn settable(&self) -> impl Iterator<Item = &ParameterDescription> {
        self.report.parameters.iter().filter(|it| !it.read_only)
    }

    /// A value for each parameter that is hardly the one it has.
    fn turned(&self) -> Vec<(u32, f64)> {
        let value = |it: &ParameterDescription| {
            let value = it.minimum + (it.maximum - it.minimum) * 0.3;
            if it.stepped { value.round() } else { value }
        };
        self.settable().map(|it| (it.id, value(it))).collect()
    }

    fn facts(&self) -> &PluginFacts {
        self.report.facts.as_ref().unwrap()
    }
}

fn values(offset: usize, values: &[(u32, f64)]) -> Vec<TimedEvent> {
    let event = |(id, value): &(u32, f64)| TimedEvent {
        offset: offset as u32,
        event: Event::Parameter { slot: 0, id: *id, value: *value },
    };
    values.iter().map(event).collect()
}

fn run(peer: &mut Peer, frames: usize, seed: u64, events: &[TimedEvent]) -> Result<[Vec<f32>; 2], BadReply> {
    let [mut left, mut right] = [noise(frames, seed), noise(frames, seed + 1000)];
    peer.answer(&mut left, &mut right, events, None)?;
    Ok([left, right])
}

fn silence(peer: &mut Peer, blocks: usize, events: &[TimedEvent]) -> Result<(), BadReply> {
    for block in 0..blocks {
        let [mut left, mut right] = [vec![0.0; 1024], vec![0.0; 1024]];
        peer.answer(&mut left, &mut right, if block == 0 { events } else { &[] }, None)?;
    }
    Ok(())
}

/// Every rate, every length of a block: good replies, and some sound.
fn processes(plugin: &Plugin) -> Verdict {
    for rate in RATES {
        let mut peer = plugin.start(rate, &[], false);
        let mut peak = 0.0_f32;
        for (seed, frames) in BLOCKS.into_iter().enumerate() {
            let sound = run(&mut peer, frames, seed as u64, &[]);
            let sound = sound.map_err(|error| format!("{rate} Hz, {frames} frames: {error:?}"))?;
            peak = sound.iter().flatten().fold(peak, |peak, sample| peak.max(sample.abs()));
        }
        if peak < 1e-3 {
            return Err(format!("silent at {rate} Hz"));
        }
    }
    Ok("yes".to_owned())
}

/// All values that may follow a curve change in the middle of a block: nothing is heard of it before, and something after.
fn automates(plugin: &Plugin) -> Verdict {
    let automatable: Vec<u32> = plugin.settable().filter(|it| it.automatable).map(|it| it.id).collect();
    let mut turned_values = plugin.turned();
    turned_values.retain(|(id, _)| automatable.contains(id));
    if turned_values.is_empty() {
        return Ok("has none".to_owned());
    }
    let [mut turned, mut left_alone] = [(), ()].map(|()| plugin.start(48_000, &[], false));
    let wrong = |error: BadReply| format!("{error:?}");
    for seed in 0..4 {
        let (own, other) = (run(&mut turned, 1024, seed, &[]), run(&mut left_alone, 1024, seed, &[]));
        if own.map_err(wrong)? != other.map_err(wrong)? {
            return Err("never twice the same".to_owned());
        }
    }
    let own = run(&mut turned, 1024, 9, &values(AT, &turned_values)).map_err(wrong)?;
    // Cut at the same frame: some sound otherwise when their blocks are.
    let [mut left, mut right] = [noise(1024, 9), noise(1024, 1009)];
    left_alone.answer(&mut left[..AT], &mut right[..AT], &[], None).map_err(wrong)?;
    left_alone.answer(&mut left[AT..], &mut right[AT..], &[], None).map_err(wrong)?;
    match own.iter().zip([left, right]).filter_map(|(own, other)| first_difference(own, &other)).min() {
        None => Err("nothing is heard of it".to_owned()),
        Some(early) if early < AT => Err(format!("{} frames too early", AT - early)),
        Some(_) => Ok("yes".to_owned()),
    }
}

fn first_difference(own: &[f32], other: &[f32]) -> Option<usize> {
    own.iter().zip(other).position(|(own, other)| own != other)
}

/// A second instance that is loaded with the values of the first sounds the same.
fn keeps_state(plugin: &Plugin) -> Verdict {
    let turned = plugin.turned();
    let wrong = |error: BadReply| format!("{error:?}");
    let mut first = plugin.start(48_000, &[], false);
    silence(&mut first, SETTLES, &values(0, &turned)).map_err(wrong)?;
    let mut second = plugin.start(48_000, &turned, false);
    silence(&mut second, SETTLES, &[]).map_err(wrong)?;
    let mut worst = 0.0_f32;
    for seed in 0..8 {
        let (own, other) = (run(&mut first, 1024, seed, &[]), run(&mut second, 1024, seed, &[]));
        let (own, other) = (own.map_err(wrong)?, other.map_err(wrong)?);
        let differences =
            own.iter().flatten().zip(other.iter().flatten()).map(|(own, other)| (own - other).abs());
        worst = differences.fold(worst, f32::max);
    }
    let how = if plugin.report.has_state { "its own" } else { "values" };
    if worst == 0.0 {
        Ok(how.to_owned())
    } else {
        Err(format!("differs by up to {:.0} dB", 20.0 * worst.log10()))
    }
}

/// Bypassed, it lets its input through bit for bit, as late as its latency; and again after it was not.
fn bypasses(plugin: &Plugin) -> Verdict {
    let mut peer = plugin.start(48_000, &plugin.turned(), true);
    let late = plugin.report.latency as usize;
    let mut past: Vec<f32> = vec![0.0; late];
    let mut heard = false;
    for seed in 0..6 {
        let toggles = |on| [TimedEvent { offset: 0, event: Event::Bypass { slot: 0, on } }];
        let events = match seed {
            2 => toggles(false).to_vec(),
            3 => toggles(true).to_vec(),
            _ => Vec::new(),
        };
        let input = noise(4096, seed);
        past.extend(&input);
        let sound = run(&mut peer, 4096, seed, &events).map_err(|error| format!("{error:?}"))?;
        let dry: Vec<f32> = past.drain(..4096).collect();
        let is_bypassed = !(2..=3).contains(&seed);
        if is_bypassed && sound[0] != dry {
            return Err("its input is not heard as it is".to_owned());
        }
        heard |= seed == 2 && sound[0] != dry;
    }
    Ok(if heard { "yes" } else { "nothing to hear" }.to_owned())
}

/// What comes back while nobody turns anything are no edits of the song.
fn keeps_quiet(plugin: &Plugin) -> Verdict {
    let mut peer = plugin.start(48_000, &[], false);
    for seed in 0..50 {
        let [mut left, mut right] = [noise(256, seed), noise(256, seed + 1000)];
        let head = peer.answer(&mut left, &mut right, &[], None).map_err(|error| format!("{error:?}"))?;
        let edits = peer.edits(&head);
        if !edits.is_empty() {
            return Err(format!("{edits:?}"));
        }
    }
    Ok("none".to_owned())
}

/// Whether the plugin gives the same bits to a host of a few lines, without a sandbox: then what is wrong is its own.
fn same_without_sandbox(plugin: &Plugin) -> bool {
    let mut plain = InProcess::load(&bundle(plugin.name), &plugin.id);
    let mut sandboxed = plugin.start(48_000, &[], false);
    (0..16).all(|seed| {
        let turned = if seed == 4 { plugin.turned() } else { Vec::new() };
        let [mut left, mut right] = [noise(1024, seed), noise(1024, seed + 1000)];
        plain.block(&mut left, &mut right, &turned);
        run(&mut sandboxed, 1024, seed, &values(0, &turned)) == Ok([left, right])
    })
}

/// Adds a plugin's line; what failed and whose fault it is, if anything did.
fn row(name: &'static str, table: &mut String) -> Option<String> {
    let plugin = Plugin::load(name);
    assert_eq!(plugin.report.error, "", "{name}");
    assert!(plugin.facts().splits_blocks, "{name} is made with DPF");
    let checks: [(&str, Check); 5] = [
        ("process", processes),
        ("automate", automates),
        ("state", keeps_state),
        ("bypass", bypasses),
        ("edits", keeps_quiet),
    ];
    let (settable, meters) =
        (plugin.settable().count(), plugin.report.parameters.len() - plugin.settable().count());
    write!(table, "| {name} | {settable} | {meters} | {} |", plugin.report.latency).unwrap();
    let mut failures = Vec::new();
    for (check, verdict) in checks {
        let cell = verdict(&plugin).unwrap_or_else(|what| {
            failures.push(format!("{check}: {what}"));
            "**no**".to_owned()
        });
        write!(table, " {cell} |").unwrap();
    }
    table.push('\n');
    if failures.is_empty() {
        return None;
    }
    let whose = if same_without_sandbox(&plugin) {
        "The plugin's own: in a host of a few lines without a sandbox it gives the same bits."
    } else {
        "Loophole's, or the plugin's: in a host of a few lines without a sandbox it sounds otherwise."
    };
    Some(format!("- **{name}**: {}. {whose}\n", failures.join("; ")))
}

#[test]
fn the_table_of_zam_plugins_is_what_is_measured() {
    let mut table = include_str!("zam_table.md").to_owned();
    let failures: String = PLUGINS.into_iter().filter_map(|name| row(name, &mut table)).collect();
    table.push_str("\n## What failed, and whose fault it is\n\n");
    table.push_str(if failures.is_empty() { "Nothing.\n" } else { &failures });
    expect_file!["../../../../docs/plugins/zam.md"].assert_eq(&table);
}
