//! Graphs as Pulse derives them, small.

use std::path::Path;

use chorus::signal::v1::node::Kind;
use chorus::signal::v1::*;

const AUDIO_PLAYER: u64 = 1 << 56;
const NOTE_PLAYER: u64 = 2 << 56;
const OUTPUT: u64 = 4 << 56;

/// The track everything plays into.
pub const MASTER: u64 = 2;
/// A track of notes, and its synth.
pub const SYNTH: u64 = 10;
pub const TIDE: u64 = 11;
/// A track of audio.
pub const AUDIO: u64 = 20;

pub fn node(id: u64, kind: Kind) -> Node {
    Node { id, kind: Some(kind) }
}

pub fn strip(id: u64, gain: f32) -> Node {
    node(id, Kind::Strip(Strip { gain, ..Strip::default() }))
}

pub fn audio_edge(from: u64, to: u64) -> Edge {
    Edge { from, to, kind: EdgeKind::Audio as i32 }
}

pub fn timeline() -> Timeline {
    Timeline {
        sample_rate: 48_000,
        tempo: vec![TempoSegment {
            start_sample: 0,
            bpm: 120.0,
            start_quarters: 0.0,
            numerator: 4,
            denominator: 4,
            bar_start_quarters: 0.0,
            bar: 0,
        }],
        loop_enabled: false,
        loop_start_sample: 0,
        loop_end_sample: 0,
        end_sample: 480_000,
    }
}

/// Two notes a second for ten seconds, from `first` on.
pub fn notes(region: u64, track: u64) -> NoteRegion {
    let note = |index: u64| NoteSpan {
        id: 1000 + index,
        start_sample: index as i64 * 24_000,
        end_sample: index as i64 * 24_000 + 20_000,
        pitch: 48 + (index as u32 * 7) % 24,
        velocity: 0.8,
        release_velocity: 0.0,
        channel: 0,
    };
    NoteRegion {
        id: region,
        node: NOTE_PLAYER | track,
        append: false,
        notes: (0..20).map(note).collect(),
        midi: Vec::new(),
    }
}

/// A master and nothing else.
pub fn empty() -> GraphUpdate {
    GraphUpdate {
        revision: 1,
        whole: true,
        last: true,
        nodes: vec![strip(MASTER, 1.0), node(OUTPUT | MASTER, Kind::Output(Output {}))],
        edges: vec![audio_edge(MASTER, OUTPUT | MASTER)],
        timeline: Some(timeline()),
        ..Default::default()
    }
}

/// Adds a synth that plays notes.
pub fn with_synth(mut graph: GraphUpdate) -> GraphUpdate {
    let tide = Builtin { name: "tide".into(), ..Builtin::default() };
    graph.nodes.extend([
        node(NOTE_PLAYER | SYNTH, Kind::NotePlayer(NotePlayer {})),
        node(TIDE, Kind::Builtin(tide)),
        strip(SYNTH, 0.8),
    ]);
    let notes_edge = Edge { from: NOTE_PLAYER | SYNTH, to: TIDE, kind: EdgeKind::Notes as i32 };
    graph.edges.extend([notes_edge, audio_edge(TIDE, SYNTH), audio_edge(SYNTH, MASTER)]);
    graph.note_regions.push(notes(100, SYNTH));
    graph
}

/// Adds a track `track` that plays `file` from the start.
pub fn with_audio(mut graph: GraphUpdate, track: u64, file: &Path) -> GraphUpdate {
    graph.nodes.extend([node(AUDIO_PLAYER | track, Kind::AudioPlayer(AudioPlayer {})), strip(track, 0.5)]);
    graph.edges.extend([audio_edge(AUDIO_PLAYER | track, track), audio_edge(track, MASTER)]);
    graph.audio_regions.push(AudioRegion {
        id: 200 + track,
        node: AUDIO_PLAYER | track,
        start_sample: 1000,
        length_samples: 400_000,
        path: file.to_str().expect("unicode").to_owned(),
        offset_frames: 0,
        gain: 0.7,
        ..AudioRegion::default()
    });
    graph
}

/// A file of the song's cache: a slow sweep in stereo, `frames` long, of which `present` are there.
pub fn write_sweep(path: &Path, frames: u64, present: u64) {
    let mut bytes = b"LOOPPCM1".to_vec();
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend(frames.to_le_bytes());
    bytes.resize(64, 0);
    for frame in 0..present {
        let phase = (frame * frame / 4096 % 4096) as f32 / 4096.0;
        bytes.extend((phase - 0.5).to_le_bytes());
        bytes.extend((0.5 - phase).to_le_bytes());
    }
    std::fs::write(path, bytes).expect("written");
}
