//! What a client may ask of a song, in the shape of `command.proto`. What each does is in `plan`.
//!
//! An `id` of `None` lets the project choose. Where a field is an `Option` and its comment says nothing, `None` leaves
//! the value as it is.

use crate::entity::{DeviceKind, ParameterValue, TrackKind};
use crate::id::Id;
use serde::{Deserialize, Serialize};
use units::Ticks;

/// One intention. As JSON an object with one member, its name: `{"move_clip":{"id":7,"start":0}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is named after the struct it holds, which is documented")]
pub enum Command {
    SetSong(SetSong),
    SetTempo(SetTempo),
    SetSignature(SetSignature),
    AddMarker(AddMarker),
    AddTrack(AddTrack),
    SetTrack(SetTrack),
    MoveTrack(MoveTrack),
    AddDevice(AddDevice),
    SetDevice(SetDevice),
    MoveDevice(MoveDevice),
    SetParameter(SetParameter),
    AddSend(AddSend),
    SetSend(SetSend),
    AddMedia(AddMedia),
    AddAudioClip(AddAudioClip),
    AddNoteClip(AddNoteClip),
    SetClip(SetClip),
    MoveClip(MoveClip),
    SplitClip(SplitClip),
    AddNotes(AddNotes),
    SetNote(SetNote),
    AddMidiEvents(AddMidiEvents),
    SetDeviceState(SetDeviceState),
    Remove(Remove),
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[allow(missing_docs, reason = "fields without a comment are those of the entity")]
            pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
        )*
    };
}

commands! {
    /// Names the song, moves or switches its loop.
    SetSong {
        name: Option<String>,
        loop_enabled: Option<bool>,
        loop_start: Option<Ticks>,
        loop_end: Option<Ticks>,
    }

    /// Sets the tempo from a position on; changes the point there, if any.
    SetTempo {
        id: Option<Id>,
        position: Ticks,
        /// [`units::MIN_BPM`] to [`units::MAX_BPM`].
        bpm: f64,
    }

    /// Sets the signature from a position on, which must start a bar; changes the point there, if any.
    SetSignature {
        id: Option<Id>,
        position: Ticks,
        numerator: u32,
        denominator: u32,
    }

    /// Names a position.
    AddMarker {
        id: Option<Id>,
        position: Ticks,
        name: String,
    }

    /// Adds a track above `before`, or above the master.
    AddTrack {
        id: Option<Id>,
        kind: TrackKind,
        name: String,
        /// `None`: the next in the palette.
        color: Option<u32>,
        before: Option<Id>,
    }

    /// Changes a track's name and mixer values.
    SetTrack {
        id: Id,
        name: Option<String>,
        color: Option<u32>,
        fader_db: Option<f64>,
        pan: Option<f64>,
        mute: Option<bool>,
        solo: Option<bool>,
        /// A bus, or the master, which may also be given as id 0.
        output: Option<Id>,
    }

    /// Moves a track above `before`, or above the master.
    MoveTrack {
        id: Id,
        before: Option<Id>,
    }

    /// Puts a device into a track's chain, ahead of `before` or at its end.
    AddDevice {
        id: Option<Id>,
        track: Id,
        before: Option<Id>,
        /// Empty: the built-in's or the plugin's own.
        #[serde(default)]
        name: String,
        #[serde(default)]
        vendor: String,
        #[serde(flatten)]
        kind: DeviceKind,
        #[serde(default)]
        parameters: Vec<ParameterValue>,
    }

    /// Names or bypasses a device.
    SetDevice {
        id: Id,
        name: Option<String>,
        bypass: Option<bool>,
    }

    /// Moves a device within its chain or to another track's, ahead of `before` or to its end.
    MoveDevice {
        id: Id,
        /// `None`: the track it is on.
        track: Option<Id>,
        before: Option<Id>,
    }

    /// Sets one parameter of a device, in the parameter's own range.
    SetParameter {
        device: Id,
        parameter: u32,
        value: f64,
    }

    /// Taps a track for a bus.
    AddSend {
        id: Option<Id>,
        track: Id,
        target: Id,
        #[serde(default)]
        level_db: f64,
        #[serde(default)]
        pre_fader: bool,
    }

    /// Changes a send.
    SetSend {
        id: Id,
        level_db: Option<f64>,
        pre_fader: Option<bool>,
    }

    /// Makes an imported file known to the song. Pulse's own: no client can send it, since the file has to be stored
    /// under `media/` first.
    AddMedia {
        id: Option<Id>,
        hash: String,
        name: String,
        path: String,
        sample_rate: u32,
        channels: u32,
        frames: i64,
    }

    /// Plays media already in the song on an audio track.
    AddAudioClip {
        id: Option<Id>,
        track: Id,
        start: Ticks,
        /// `None`: to the end of the media.
        length: Option<Ticks>,
        /// Empty: the media's.
        #[serde(default)]
        name: String,
        media: Id,
        #[serde(default)]
        offset_frames: i64,
        #[serde(default)]
        gain_db: f64,
    }

    /// Adds a clip of notes to an instrument track, empty or with what is given.
    AddNoteClip {
        id: Option<Id>,
        track: Id,
        start: Ticks,
        length: Ticks,
        /// Empty: the track's.
        #[serde(default)]
        name: String,
        #[serde(default)]
        notes: Vec<NewNote>,
    }

    /// A note to be.
    NewNote {
        id: Option<Id>,
        /// From the start of the clip's content.
        start: Ticks,
        length: Ticks,
        pitch: u32,
        /// `None`: 0.8.
        velocity: Option<f64>,
        #[serde(default)]
        release_velocity: f64,
        #[serde(default)]
        channel: u32,
    }

    /// Changes a clip.
    SetClip {
        id: Id,
        name: Option<String>,
        length: Option<Ticks>,
        mute: Option<bool>,
        /// Audio clips only.
        gain_db: Option<f64>,
    }

    /// Moves a clip in time, and to another track of the same kind unless `track` is `None`.
    MoveClip {
        id: Id,
        track: Option<Id>,
        start: Ticks,
    }

    /// Cuts a clip in two at a position inside it. The left part keeps its id.
    SplitClip {
        id: Id,
        /// From the start of the song.
        position: Ticks,
        /// The id of the right part.
        right: Option<Id>,
    }

    /// Adds notes to a clip.
    AddNotes {
        clip: Id,
        notes: Vec<NewNote>,
    }

    /// Changes a note.
    SetNote {
        id: Id,
        start: Option<Ticks>,
        length: Option<Ticks>,
        pitch: Option<u32>,
        velocity: Option<f64>,
    }

    /// Adds MIDI messages to a clip.
    AddMidiEvents {
        clip: Id,
        events: Vec<NewMidiEvent>,
    }

    /// A MIDI message to be.
    NewMidiEvent {
        id: Option<Id>,
        position: Ticks,
        #[serde(with = "crate::hex")]
        data: Vec<u8>,
    }

    /// Records that a plugin's own state is now the one with this hash. Pulse's own: the state has to be stored under
    /// `state/` first.
    SetDeviceState {
        device: Id,
        /// Hex BLAKE3, or empty for none.
        state: String,
    }

    /// Removes entities, and what belongs to them: a track takes its clips, devices and sends along, a bus also the sends
    /// to it; a clip its notes. The song, the master, and the points at 0 stay, and so does media that a clip plays.
    Remove {
        ids: Vec<Id>,
    }
}
