//! Songs from lines of JSON (positions in quarter notes as `"4q"`), and graphs and their differences as text.

use pulse_derive::{
    AudioRegion, Derivation, EdgeKind, Grants, GraphDifference, GraphSpec, Locator, Node, NodeId, PluginSlot,
    Sound, Timeline, derive, difference,
};
use pulse_model::{ClapPlugin, Command, Id, Media, Plan, Project, plan};
use std::fmt::Write;
use units::{SampleRate, TICKS_PER_QUARTER};

pub const RATE: SampleRate = SampleRate::HZ_48000;

/// Every media is decoded, except those whose name begins with `missing`. The plugin called `crashed` has, and `granted` was
/// granted the network.
pub struct Files;

impl Locator for Files {
    fn sound(&self, media: &Media, rate: SampleRate) -> Option<Sound> {
        let from = SampleRate::new(media.sample_rate)?;
        let frames = units::Samples(media.frames).at_rate(from, rate).0;
        (!media.name.starts_with("missing")).then(|| Sound { path: format!("cache/{}", media.name), frames })
    }

    fn bundle(&self, plugin: &ClapPlugin) -> Option<String> {
        (plugin.bundle != "lost.clap").then(|| format!("/clap/{}", plugin.bundle))
    }

    fn runs_alone(&self, plugin: &ClapPlugin) -> bool {
        plugin.plugin_id == "crashed"
    }

    fn grants(&self, plugin: &ClapPlugin) -> Grants {
        Grants { network: plugin.plugin_id == "granted", ..Grants::default() }
    }
}

pub fn commands(script: &str) -> Vec<Command> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
            to_ticks(&mut value);
            serde_json::from_value(value).unwrap_or_else(|error| panic!("{error} in {line}"))
        })
        .collect()
}

fn to_ticks(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(to_ticks),
        serde_json::Value::Object(members) => members.values_mut().for_each(to_ticks),
        serde_json::Value::String(text) => {
            if let Some(quarters) = text.strip_suffix('q').and_then(|number| number.parse::<f64>().ok()) {
                *value = ((quarters * TICKS_PER_QUARTER as f64) as i64).into();
            }
        }
        _ => {}
    }
}

pub fn run(project: &mut Project, script: &str) -> Plan {
    let planned = plan(project, &commands(script)).unwrap_or_else(|error| panic!("{error}"));
    project.apply(&planned.updates).unwrap();
    planned
}

pub fn song(script: &str) -> Project {
    let mut project = Project::new_song("Test", 1);
    run(&mut project, script);
    project
}

pub fn graph(script: &str) -> GraphSpec {
    derive(&song(script), RATE, &Files)
}

/// What an edit changes in the graph, found edit by edit; checked against the graphs derived as a whole.
pub fn edit(before: &str, script: &str) -> GraphDifference {
    let mut project = song(before);
    let mut derivation = Derivation::new(&project, RATE, &Files);
    let old = derivation.spec().clone();
    let planned = run(&mut project, script);
    let found = derivation.update(&project, &planned.updates, &Files);
    let new = derive(&project, RATE, &Files);
    assert_eq!(*derivation.spec(), new, "the graph kept up to date is the graph derived anew");
    let mut applied = old.clone();
    applied.apply(&found);
    assert_eq!(applied, new);
    assert_eq!(found, difference(&old, &new));
    found
}

/// A graph with every edge under the node it leads to.
pub fn text(spec: &GraphSpec) -> String {
    let mut out = String::new();
    for (id, node) in &spec.nodes {
        writeln!(out, "{}", line_of_node(*id, node)).unwrap();
        for edge in spec.edges.iter().filter(|edge| edge.to == *id) {
            writeln!(out, "  {}", line_of_source(edge.from, edge.kind)).unwrap();
        }
    }
    out + &regions(&GraphDifference::whole(spec))
}

/// A difference, a line a change.
pub fn changes(difference: &GraphDifference) -> String {
    let mut out = String::new();
    for id in &difference.removed_nodes {
        writeln!(out, "- {}", name(*id)).unwrap();
    }
    for edge in &difference.removed_edges {
        writeln!(out, "- {} {}", name(edge.to), line_of_source(edge.from, edge.kind)).unwrap();
    }
    for id in &difference.removed_regions {
        writeln!(out, "- region {id}").unwrap();
    }
    for (id, node) in &difference.nodes {
        writeln!(out, "+ {}", line_of_node(*id, node)).unwrap();
    }
    for edge in &difference.edges {
        writeln!(out, "+ {} {}", name(edge.to), line_of_source(edge.from, edge.kind)).unwrap();
    }
    for it in &difference.parameters {
        writeln!(out, "{} parameter {} = {:.4}", name(it.node), it.parameter, it.value).unwrap();
    }
    out + &regions(difference)
}

fn regions(difference: &GraphDifference) -> String {
    let mut out = String::new();
    for it in &difference.audio_regions {
        let span = format!("{}+{}", it.start_sample, it.length_samples);
        writeln!(
            out,
            "region {} {} {span} {} from {} × {}{}",
            it.id,
            name(it.node),
            it.path,
            it.offset_frames,
            it.gain,
            shape(it)
        )
        .unwrap();
    }
    for it in &difference.note_regions {
        writeln!(out, "region {} {}", it.id, name(it.node)).unwrap();
        for note in &it.notes {
            let span = format!("{}..{}", note.start_sample, note.end_sample);
            writeln!(out, "  note {} {span} key {} vel {}", note.id, note.pitch, note.velocity).unwrap();
        }
        for midi in &it.midi {
            writeln!(out, "  midi {} {:02x?}", midi.sample, midi.data).unwrap();
        }
    }
    difference.timeline.iter().for_each(|timeline| out.push_str(&lines_of_timeline(timeline)));
    out
}

fn shape(it: &AudioRegion) -> String {
    let mut out = String::new();
    for (word, length, curve) in
        [("in", it.fade_in_samples, it.fade_in_curve), ("out", it.fade_out_samples, it.fade_out_curve)]
    {
        if length > 0 {
            write!(out, " fade-{word} {length} {curve:?}").unwrap();
        }
    }
    out.push_str(if it.reverse { " backwards" } else { "" });
    if !it.loop_starts.is_empty() {
        write!(out, " again from {} at {:?}", it.loop_offset_frames, it.loop_starts).unwrap();
    }
    for (from, to) in &it.covered {
        write!(out, " under {from}..{to}").unwrap();
    }
    out
}

fn lines_of_timeline(it: &Timeline) -> String {
    let state = if it.loop_enabled { "on" } else { "off" };
    let mut out = format!(
        "timeline {} loop {state} {}..{} end {}\n",
        it.sample_rate, it.loop_start_sample, it.loop_end_sample, it.end_sample
    );
    for segment in &it.tempo {
        let (meter, bar) = (format!("{}/{}", segment.numerator, segment.denominator), segment.bar);
        writeln!(
            out,
            "  {} {:.3} bpm {}q {meter} bar {bar} from {}q",
            segment.start_sample, segment.bpm, segment.start_quarters, segment.bar_start_quarters
        )
        .unwrap();
    }
    out
}

fn line_of_source(from: NodeId, kind: EdgeKind) -> String {
    match kind {
        EdgeKind::Audio => format!("← {}", name(from)),
        EdgeKind::Notes => format!("♪ {}", name(from)),
    }
}

fn line_of_node(id: NodeId, node: &Node) -> String {
    let name = name(id);
    match node {
        Node::AudioPlayer | Node::NotePlayer | Node::Output => name,
        Node::AudioInput { channels, always } => {
            let always = if *always { " always" } else { "" };
            format!("{name} input {channels:?}{always}")
        }
        Node::MidiOutput { port, channel, mute, note_player: _ } => {
            format!("{name} sends to {port} on {channel}{}", if *mute { " mute" } else { "" })
        }
        Node::Builtin { name: kind, parameters, bypass, media } => {
            let mut values: String = parameters.iter().map(|it| format!(" {}={}", it.id, it.value)).collect();
            media.iter().for_each(|it| write!(values, " slot {} {}", it.slot, it.path).unwrap());
            format!("{name} {kind}{values}{}", if *bypass { " bypassed" } else { "" })
        }
        Node::PluginChain(slots) => {
            let slots: Vec<String> = slots.iter().map(slot).collect();
            format!("{name} [{}]", slots.join(", "))
        }
        Node::Strip { gain, pan, mute, phase_invert } => {
            let switches = [(*phase_invert, " inverted"), (*mute, " mute")];
            let switches: String = switches.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
            format!("{name} strip × {gain:.4} pan {pan}{switches}")
        }
        Node::SendLevel(gain) => format!("{name} send × {gain:.4}"),
    }
}

fn slot(it: &PluginSlot) -> String {
    let process = if it.process.is_empty() { String::new() } else { format!(" in {}", it.process) };
    let switches = [
        (it.bypass, " bypassed"),
        (it.standby, " standby"),
        (it.disabled, " disabled"),
        (it.grants.network, " with the network"),
    ];
    let switches: String = switches.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    format!("{} {}{process}{switches}", it.device, it.bundle)
}

fn name(id: NodeId) -> String {
    let (role, entity) = (id >> 56, Id(id & ((1 << 56) - 1)));
    match role {
        0 => entity.to_string(),
        1 => format!("audio-of-{entity}"),
        2 => format!("notes-of-{entity}"),
        4 => "output".into(),
        7 => format!("midi-of-{entity}"),
        _ => format!("plugins-{}-of-{entity}", role / 16),
    }
}
