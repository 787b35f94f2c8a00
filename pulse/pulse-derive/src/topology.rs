//! Nodes and edges of all tracks. Regions are not derived here.
//!
//! Each track is a chain: player (or what other tracks play and send into a bus) → devices in order → strip → the strip
//! of its output, the master's → the output. A contiguous run of CLAP devices is one node; which of them share
//! a sandbox is in `process`. A send taps what enters the strip (before the fader) or what leaves it.
//!
//! Notes go to the first device that can take them and to every instrument of ours, which plays beside what comes before it,
//! not through it. An instrument track without a device for its notes is silent.

use crate::process;
use crate::region::Locator;
use crate::solo::Audible;
use crate::spec::{BuiltinMedia, Edge, EdgeKind, Node, NodeId, PluginSlot};
use pulse_model::{
    Builtin, ClapPlugin, Device, DeviceKind, DeviceMedia, Id, Isolation, Monitor, Project, Track, TrackKind,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use units::{Gain, SampleRate};

const ROLE_SHIFT: u32 = 56;
const AUDIO_PLAYER: u64 = 1;
const NOTE_PLAYER: u64 = 2;
const PLUGIN_CHAIN: u64 = 3;
const OUTPUT: u64 = 4;
/// For runs of plugins whose number is too high for their role: named after their first device.
const LATE_PLUGIN_CHAIN: u64 = 5;
const AUDIO_INPUT: u64 = 6;
const MIDI_OUTPUT: u64 = 7;
/// Runs of plugins that the top byte can number.
const NUMBERED_CHAINS: u64 = 16;

/// The node that plays an audio track's clips.
pub fn audio_player(track: Id) -> NodeId {
    AUDIO_PLAYER << ROLE_SHIFT | track.0
}

/// The node that plays an instrument track's clips.
pub fn note_player(track: Id) -> NodeId {
    NOTE_PLAYER << ROLE_SHIFT | track.0
}

/// The node that lets an audio track's input in.
pub fn audio_input(track: Id) -> NodeId {
    AUDIO_INPUT << ROLE_SHIFT | track.0
}

/// The node that sends an instrument track's notes to a MIDI port.
pub fn midi_output(track: Id) -> NodeId {
    MIDI_OUTPUT << ROLE_SHIFT | track.0
}

/// The node of a track's run of plugins, counted from 0 along its chain, with the first device of that run.
pub fn plugin_chain(track: Id, run: usize, first_device: Id) -> NodeId {
    match run as u64 {
        run if run < NUMBERED_CHAINS => (PLUGIN_CHAIN + run * 16) << ROLE_SHIFT | track.0,
        _ => LATE_PLUGIN_CHAIN << ROLE_SHIFT | first_device.0,
    }
}

/// The node of the device's output, given the master track.
pub fn output(master: Id) -> NodeId {
    OUTPUT << ROLE_SHIFT | master.0
}

/// Nodes and edges.
#[derive(Default)]
pub(crate) struct Topology {
    pub(crate) nodes: BTreeMap<NodeId, Node>,
    pub(crate) edges: BTreeSet<Edge>,
}

impl Topology {
    pub(crate) fn of(project: &Project, rate: SampleRate, locator: &dyn Locator) -> Self {
        let mut topology = Self::default();
        let audible = Audible::of(project);
        let master = project.master().id;
        let mut feeds = feeds(project, &audible);
        for track in project.tracks() {
            let mut sources = feeds.remove(&track.id).unwrap_or_default();
            let player = topology.add_player(track, &mut sources);
            topology.add_chain(project, (rate, locator), track, player, &mut sources);
            if let Some(player) = player {
                topology.add_midi_output(project, &audible, track, player);
            }
            topology.add_strip(project, &audible, track, &sources);
        }
        topology.nodes.insert(output(master), Node::Output);
        topology.connect(master.0, output(master), EdgeKind::Audio);
        topology
    }

    fn connect(&mut self, from: NodeId, to: NodeId, kind: EdgeKind) {
        self.edges.insert(Edge { from, to, kind });
    }

    fn connect_all(&mut self, from: &[NodeId], to: NodeId) {
        for from in from {
            self.connect(*from, to, EdgeKind::Audio);
        }
    }

    /// Adds what plays a track's clips; gives the player of notes, if that is what it is.
    fn add_player(&mut self, track: &Track, sources: &mut Vec<NodeId>) -> Option<NodeId> {
        match track.kind {
            TrackKind::Audio => {
                let player = audio_player(track.id);
                self.nodes.insert(player, Node::AudioPlayer);
                sources.push(player);
                let channels = track.effective_input().audio_channels;
                let always = track.monitor == Monitor::On;
                if !channels.is_empty() && (always || (track.armed && track.monitor == Monitor::Auto)) {
                    let input = audio_input(track.id);
                    self.nodes.insert(input, Node::AudioInput { channels, always });
                    sources.push(input);
                }
                None
            }
            TrackKind::Instrument => {
                let player = note_player(track.id);
                self.nodes.insert(player, Node::NotePlayer);
                Some(player)
            }
            TrackKind::Bus | TrackKind::Group | TrackKind::Master => None,
        }
    }

    /// Adds the devices; `sources` become what leaves the last of them.
    fn add_chain(
        &mut self,
        project: &Project,
        (rate, locator): (SampleRate, &dyn Locator),
        track: &Track,
        player: Option<NodeId>,
        sources: &mut Vec<NodeId>,
    ) {
        let mut notes_taken = false;
        for (run, part) in parts(project.devices_of(track.id)) {
            let (id, node, is_synth) = match part {
                Part::Builtin(device, name) => {
                    let (parameters, bypass) = (device.parameters.clone(), device.bypass);
                    let media = sounds(project, device, rate, locator);
                    (
                        device.id.0,
                        Node::Builtin { name: name.into(), parameters, bypass, media },
                        is_instrument(name),
                    )
                }
                Part::Plugins(plugins) => {
                    let id = plugin_chain(track.id, run, plugins[0].0.id);
                    let slots = plugins
                        .into_iter()
                        .map(|(device, clap)| slot(project, device, clap, locator))
                        .collect();
                    (id, Node::PluginChain(slots), false)
                }
            };
            let takes_notes = is_synth || (!notes_taken && matches!(node, Node::PluginChain(_)));
            self.nodes.insert(id, node);
            if let Some(player) = player
                && takes_notes
            {
                self.connect(player, id, EdgeKind::Notes);
                notes_taken = true;
            }
            if is_synth {
                sources.push(id);
            } else {
                self.connect_all(sources, id);
                *sources = vec![id];
            }
        }
    }

    /// Adds what sends a track's notes away, if it has a port; muted as its strip is.
    fn add_midi_output(&mut self, project: &Project, audible: &Audible, track: &Track, player: NodeId) {
        let Some(output) = &track.midi_output else { return };
        let node = midi_output(track.id);
        let (port, channel) = (output.port.clone(), output.channel);
        let mute = track.mute || !is_heard(project, audible, track);
        self.nodes.insert(node, Node::MidiOutput { port, channel, mute, note_player: player });
        self.connect(player, node, EdgeKind::Notes);
    }

    /// Adds a track's strip and sends, fed by `sources`.
    fn add_strip(&mut self, project: &Project, audible: &Audible, track: &Track, sources: &[NodeId]) {
        let gain = Gain::from_db(track.fader_db).linear();
        let mute = track.mute || !is_heard(project, audible, track);
        let (pan, phase_invert) = (track.pan as f32, track.phase_invert);
        self.nodes.insert(track.id.0, Node::Strip { gain, pan, mute, phase_invert });
        self.connect_all(sources, track.id.0);
        for send in project.sends_of(track.id) {
            let shut = !audible.connection(track.id, send.target) || (send.pre_fader && track.mute);
            let gain = if shut { Gain::SILENCE } else { Gain::from_db(send.level_db) };
            self.nodes.insert(send.id.0, Node::SendLevel(gain.linear()));
            if send.pre_fader {
                self.connect_all(sources, send.id.0);
            } else {
                self.connect(track.id.0, send.id.0, EdgeKind::Audio);
            }
        }
    }
}

/// What plays into each track from others.
fn feeds(project: &Project, audible: &Audible) -> HashMap<Id, Vec<NodeId>> {
    let mut feeds: HashMap<Id, Vec<NodeId>> = HashMap::new();
    for track in project.tracks().filter(|track| track.kind != TrackKind::Master) {
        let target = target(project, track);
        // A track that is heard through a send alone keeps its strip open, so it must not reach its output.
        if audible.connection(track.id, target) || !is_heard(project, audible, track) {
            feeds.entry(target).or_default().push(track.id.0);
        }
        for send in project.sends_of(track.id) {
            feeds.entry(send.target).or_default().push(send.id.0);
        }
    }
    feeds
}

fn target(project: &Project, track: &Track) -> Id {
    track.output.unwrap_or(project.master().id)
}

/// Whether solo leaves a track any way out.
fn is_heard(project: &Project, audible: &Audible, track: &Track) -> bool {
    track.kind == TrackKind::Master
        || audible.connection(track.id, target(project, track))
        || project.sends_of(track.id).any(|send| audible.connection(track.id, send.target))
}

fn is_instrument(name: &str) -> bool {
    Builtin::find(name).is_some_and(|builtin| builtin.is_instrument)
}

/// What becomes one node.
enum Part<'a> {
    Builtin(&'a Device, &'a str),
    Plugins(Vec<(&'a Device, &'a ClapPlugin)>),
}

/// A chain cut into nodes, runs of plugins numbered from 0. Built-ins this version doesn't know are left out.
fn parts<'a>(devices: impl Iterator<Item = &'a Device>) -> Vec<(usize, Part<'a>)> {
    let mut parts: Vec<(usize, Part)> = Vec::new();
    let mut runs = 0;
    for device in devices {
        match (&device.kind, parts.last_mut()) {
            (DeviceKind::Builtin(name), _) if Builtin::find(name).is_none() => {}
            (DeviceKind::Builtin(name), _) => parts.push((0, Part::Builtin(device, name))),
            (DeviceKind::Clap(clap), Some((_, Part::Plugins(run)))) => run.push((device, clap)),
            (DeviceKind::Clap(clap), _) => {
                parts.push((runs, Part::Plugins(vec![(device, clap)])));
                runs += 1;
            }
        }
    }
    parts
}

fn sounds(project: &Project, device: &Device, rate: SampleRate, locator: &dyn Locator) -> Vec<BuiltinMedia> {
    let sound = |it: &DeviceMedia| {
        let media = project.media(it.media)?;
        let sound = locator.sound(media, rate)?;
        let (path, frames, channels) = (sound.path, sound.frames, media.channels);
        Some(BuiltinMedia { slot: it.slot, path, frames, channels, sample_rate: rate })
    };
    device.media.iter().filter_map(sound).collect()
}

fn slot(project: &Project, device: &Device, clap: &ClapPlugin, locator: &dyn Locator) -> PluginSlot {
    let runs_alone = locator.runs_alone(clap);
    let grants = locator.grants(clap);
    let isolation = device.isolation.unwrap_or(project.song().isolation);
    let isolation = if runs_alone || !grants.is_empty() { Isolation::Plugin } else { isolation };
    PluginSlot {
        device: device.id,
        plugin_id: clap.plugin_id.clone(),
        bundle: locator.bundle(clap).unwrap_or_else(|| clap.bundle.clone()),
        parameters: device.parameters.clone(),
        state: device.state.clone(),
        bypass: device.bypass,
        process: process::name(device, isolation),
        standby: device.standby || runs_alone,
        disabled: device.disabled,
        grants,
    }
}
