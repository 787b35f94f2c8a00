//! Commands on media, clips, notes and MIDI events.

use crate::entity::FadeCurve;
use crate::id::Id;
use serde::{Deserialize, Serialize};
use units::Ticks;

commands! {
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
        #[serde(default)]
        lane: u32,
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
        #[serde(default)]
        lane: u32,
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
    #[derive(Default)]
    SetClip {
        id: Id,
        name: Option<String>,
        /// Fades that no longer fit are shortened, unless they are given too.
        length: Option<Ticks>,
        mute: Option<bool>,
        /// Audio clips only.
        gain_db: Option<f64>,
        lane: Option<u32>,
        fade_in: Option<Ticks>,
        fade_out: Option<Ticks>,
        fade_in_curve: Option<FadeCurve>,
        fade_out_curve: Option<FadeCurve>,
        loop_length: Option<Ticks>,
        loop_phase: Option<Ticks>,
        /// [`COLORS`](crate::COLORS): the track's.
        color: Option<u32>,
        /// Turns round the stretch of media that an audio clip plays.
        reverse: Option<bool>,
        /// Slips an audio clip.
        offset_frames: Option<i64>,
        /// Slips a note clip.
        offset: Option<Ticks>,
    }

    /// Moves a clip in time, and to another track of the same kind unless `track` is `None`.
    MoveClip {
        id: Id,
        track: Option<Id>,
        start: Ticks,
    }

    /// Copies a clip with its notes and MIDI events.
    DuplicateClip {
        /// The clip to copy.
        id: Id,
        /// The id of the copy.
        new_id: Option<Id>,
        /// `None`: the clip's own.
        track: Option<Id>,
        start: Ticks,
    }

    /// Makes one clip of several on one track and lane. Audio clips must go on where the one before ends.
    JoinClips {
        ids: Vec<Id>,
        /// The id of the whole; `None`: that of the first.
        id: Option<Id>,
    }

    /// Makes a take heard: its clip goes to lane 0, and what was heard in its place to the lane it came from.
    ChooseTake {
        clip: Id,
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

    /// Moves the starts of notes towards a grid that begins anew with each bar.
    QuantiseNotes {
        /// Notes, and clips with all notes in their window.
        ids: Vec<Id>,
        /// Distance of the grid's lines, above 0.
        grid: Ticks,
        /// 0 (stay) to 1 (on the line).
        strength: f64,
        /// 0 to 1: how late every second line is, of half the grid's distance.
        #[serde(default)]
        swing: f64,
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
}
