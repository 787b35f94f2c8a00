//! What a client may ask of a song, in the shape of `command.proto`. What each does is in `plan`.
//!
//! An `id` of `None` lets the project choose. Where a field is an `Option` and its comment says nothing, `None` leaves
//! the value as it is.

use crate::entity::{
    DeviceKind, DeviceMedia, Isolation, MidiOutput, Monitor, ParameterValue, TrackInput, TrackKind,
};
use crate::id::Id;
use serde::{Deserialize, Deserializer, Serialize};
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
    SetMarker(SetMarker),
    SetDeviceMedia(SetDeviceMedia),
    DuplicateClip(DuplicateClip),
    JoinClips(JoinClips),
    ChooseTake(ChooseTake),
    QuantiseNotes(QuantiseNotes),
    ReplaceDevice(ReplaceDevice),
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

mod clips;

pub use clips::*;

commands! {
    /// Names the song, moves or switches its loop and punch range, sets metronome and count-in.
    #[derive(Default)]
    SetSong {
        name: Option<String>,
        loop_enabled: Option<bool>,
        loop_start: Option<Ticks>,
        loop_end: Option<Ticks>,
        punch_enabled: Option<bool>,
        punch_in: Option<Ticks>,
        punch_out: Option<Ticks>,
        metronome: Option<bool>,
        metronome_level_db: Option<f64>,
        count_in_bars: Option<u32>,
        pre_roll_bars: Option<u32>,
        isolation: Option<Isolation>,
    }

    /// Sets the tempo from a position on; changes the point there, if any.
    SetTempo {
        /// Of a new point, or of one that exists and moves here.
        id: Option<Id>,
        position: Ticks,
        /// [`units::MIN_BPM`] to [`units::MAX_BPM`].
        bpm: f64,
    }

    /// Sets the signature from a position on, which must start a bar; changes the point there, if any.
    SetSignature {
        /// Of a new point, or of one that exists and moves here.
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

    /// Moves or renames a marker.
    SetMarker {
        id: Id,
        position: Option<Ticks>,
        name: Option<String>,
    }

    /// Adds a track above `before`, or at the end of its group, or above the master.
    AddTrack {
        id: Option<Id>,
        kind: TrackKind,
        name: String,
        /// `None`: the next in the palette.
        color: Option<u32>,
        before: Option<Id>,
        /// The group it becomes a member of.
        group: Option<Id>,
    }

    /// Changes a track's name, mixer values, and what it records.
    #[derive(Default)]
    SetTrack {
        id: Id,
        name: Option<String>,
        color: Option<u32>,
        fader_db: Option<f64>,
        pan: Option<f64>,
        mute: Option<bool>,
        solo: Option<bool>,
        /// A bus, a group, or the master, which may also be given as id 0.
        output: Option<Id>,
        /// A group to enter and play into, or id 0 to leave the one it is in. It keeps its place among the tracks.
        group: Option<Id>,
        phase_invert: Option<bool>,
        solo_safe: Option<bool>,
        armed: Option<bool>,
        monitor: Option<Monitor>,
        input: Option<TrackInput>,
        /// A port without a name is none.
        midi_output: Option<MidiOutput>,
    }

    /// Moves a track above `before`, or to the end of its group, or above the master. A group takes its members along.
    MoveTrack {
        id: Id,
        before: Option<Id>,
        /// As in [`SetTrack`].
        group: Option<Id>,
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
        /// Of built-ins.
        #[serde(default)]
        media: Vec<DeviceMedia>,
    }

    /// Names, bypasses or disables a device, or says whom it shares a process with.
    #[derive(Default)]
    SetDevice {
        id: Id,
        name: Option<String>,
        bypass: Option<bool>,
        /// `Some(None)`, in JSON `null`: as the song says. Plugins only, as the next two.
        #[serde(default, deserialize_with = "also_null", skip_serializing_if = "Option::is_none")]
        isolation: Option<Option<Isolation>>,
        standby: Option<bool>,
        disabled: Option<bool>,
    }

    /// Puts another plugin or built-in in the place of a device, with its own defaults. The id stays, so that what refers
    /// to the place goes on; so do track, order and bypass.
    ReplaceDevice {
        id: Id,
        /// Empty: the built-in's or the plugin's own.
        #[serde(default)]
        name: String,
        #[serde(default)]
        vendor: String,
        #[serde(flatten)]
        kind: DeviceKind,
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

    /// Gives a built-in device a sound to play.
    SetDeviceMedia {
        device: Id,
        slot: u32,
        /// `None` clears the slot.
        media: Option<Id>,
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

    /// Records that a plugin's own state is now the one with this hash. Pulse's own: the state has to be stored under
    /// `state/` first.
    SetDeviceState {
        device: Id,
        /// Hex BLAKE3, or empty for none.
        state: String,
    }

    /// Removes entities, and what belongs to them: a track takes its clips, devices and sends along, a bus also the sends
    /// to it; a clip its notes. The members of a group join the group around it. The song, the master, and the points at 0
    /// stay, and so does media that a clip or device plays.
    Remove {
        ids: Vec<Id>,
    }
}

/// A member that is `null` is set to none; one that is left out stays as it is.
fn also_null<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
