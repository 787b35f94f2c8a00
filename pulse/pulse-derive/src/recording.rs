//! What can be recorded, and how: inputs of tracks, punch range, metronome. Where takes go is the process's to add.

use crate::topology::note_player;
use pulse_model::{Id, Monitor, Project, Track, TrackKind};
use units::{Gain, SampleRate};

/// What can be recorded, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// Every track that has an input, in the order of the tracks.
    pub inputs: Vec<RecordInput>,
    /// Recording goes on only within the punch range.
    pub punch_enabled: bool,
    /// First sample of it.
    pub punch_in_sample: i64,
    /// The sample after its last.
    pub punch_out_sample: i64,
    /// Clicks during play.
    pub metronome: bool,
    /// Linear, 0 to 2.
    pub metronome_gain: f32,
    /// Bars clicked before a recording.
    pub count_in_bars: u32,
    /// Bars played before it.
    pub pre_roll_bars: u32,
}

/// A track that has an input.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordInput {
    /// The track.
    pub track: Id,
    /// For people.
    pub name: String,
    /// Record goes there.
    pub armed: bool,
    /// When it is heard.
    pub monitor: Monitor,
    /// Of the device, from 1; for tracks of sound.
    pub audio_channels: Vec<u32>,
    /// The node that plays notes; 0 for tracks of sound.
    pub note_player: u64,
    /// "*", a port's name, or none.
    pub midi_port: String,
}

impl Recording {
    pub(crate) fn of(project: &Project, rate: SampleRate) -> Self {
        let song = project.song();
        let samples = |position| project.tempo_map().samples(position, rate).0;
        let (punch_in, punch_out) = (samples(song.punch_in), samples(song.punch_out));
        Self {
            inputs: project.tracks().filter_map(input).collect(),
            // A range can be shorter than a sample.
            punch_enabled: song.punch_enabled && punch_in < punch_out,
            punch_in_sample: punch_in,
            punch_out_sample: punch_out,
            metronome: song.metronome,
            metronome_gain: Gain::from_db(song.metronome_level_db).linear(),
            count_in_bars: song.count_in_bars,
            pre_roll_bars: song.pre_roll_bars,
        }
    }
}

fn input(track: &Track) -> Option<RecordInput> {
    let chosen = track.effective_input();
    let (audio_channels, note_player, midi_port) = match track.kind {
        TrackKind::Audio if !chosen.audio_channels.is_empty() => (chosen.audio_channels, 0, String::new()),
        TrackKind::Instrument => (Vec::new(), note_player(track.id), chosen.midi_port),
        _ => return None,
    };
    Some(RecordInput {
        track: track.id,
        name: track.name.clone(),
        armed: track.armed,
        monitor: track.monitor,
        audio_channels,
        note_player,
        midi_port,
    })
}
