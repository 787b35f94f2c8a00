//! Commands on their way in. Whether one makes sense in the song is the model's to say.

use chorus::pulse::v1 as wire;
use pulse_model::{
    self as model, ClapPlugin, Command, DeviceKind, Id, MAX_COMMANDS, ParameterValue, TrackKind,
};
use units::Ticks;

/// What is wrong with a request of commands.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A transaction has a bounded size.
    #[error("{0} commands; a transaction takes at most {MAX_COMMANDS}")]
    TooMany(usize),
    /// One that this version does not know, or an empty one.
    #[error("command {0} is empty or unknown to this version")]
    Unknown(usize),
    /// A field that has to be set is not.
    #[error("command {index}: {what}")]
    Field {
        /// Of the command, from 1.
        index: usize,
        /// The rule.
        what: &'static str,
    },
}

/// Commands of a client.
///
/// # Errors
/// See [`CommandError`].
pub fn commands(commands: Vec<wire::Command>) -> Result<Vec<Command>, CommandError> {
    if commands.len() > MAX_COMMANDS {
        return Err(CommandError::TooMany(commands.len()));
    }
    let converted = commands.into_iter().enumerate().map(|(index, command)| {
        let kind = command.kind.ok_or(CommandError::Unknown(index + 1))?;
        one(kind).map_err(|what| CommandError::Field { index: index + 1, what })
    });
    converted.collect()
}

/// 0 lets Pulse choose, or means none.
fn id(id: u64) -> Option<Id> {
    (id != 0).then_some(Id(id))
}

fn one(kind: wire::command::Kind) -> Result<Command, &'static str> {
    use wire::command::Kind;
    Ok(match kind {
        Kind::SetSong(it) => Command::SetSong(model::SetSong {
            name: it.name,
            loop_enabled: it.loop_enabled,
            loop_start: it.loop_start.map(Ticks),
            loop_end: it.loop_end.map(Ticks),
        }),
        Kind::SetTempo(it) => {
            Command::SetTempo(model::SetTempo { id: id(it.id), position: Ticks(it.position), bpm: it.bpm })
        }
        Kind::SetSignature(it) => Command::SetSignature(model::SetSignature {
            id: id(it.id),
            position: Ticks(it.position),
            numerator: it.numerator,
            denominator: it.denominator,
        }),
        Kind::AddMarker(it) => Command::AddMarker(model::AddMarker {
            id: id(it.id),
            position: Ticks(it.position),
            name: it.name,
        }),
        Kind::Remove(it) => Command::Remove(model::Remove { ids: it.ids.into_iter().map(Id).collect() }),
        Kind::AddTrack(_) | Kind::SetTrack(_) | Kind::MoveTrack(_) | Kind::AddSend(_) | Kind::SetSend(_) => {
            return track(kind);
        }
        Kind::AddDevice(_) | Kind::SetDevice(_) | Kind::MoveDevice(_) | Kind::SetParameter(_) => {
            return device(kind);
        }
        _ => return clip(kind),
    })
}

fn track(kind: wire::command::Kind) -> Result<Command, &'static str> {
    use wire::command::Kind;
    Ok(match kind {
        Kind::AddTrack(it) => {
            let kind = match it.kind() {
                wire::TrackKind::Audio => TrackKind::Audio,
                wire::TrackKind::Instrument => TrackKind::Instrument,
                wire::TrackKind::Bus => TrackKind::Bus,
                wire::TrackKind::Master => TrackKind::Master,
                wire::TrackKind::Unspecified => return Err("a track needs a kind that this version knows"),
            };
            let (id, before) = (id(it.id), id(it.before));
            Command::AddTrack(model::AddTrack { id, kind, name: it.name, color: it.color, before })
        }
        Kind::SetTrack(it) => Command::SetTrack(model::SetTrack {
            id: Id(it.id),
            name: it.name,
            color: it.color,
            fader_db: it.fader_db,
            pan: it.pan,
            mute: it.mute,
            solo: it.solo,
            output: it.output.map(Id),
        }),
        Kind::MoveTrack(it) => Command::MoveTrack(model::MoveTrack { id: Id(it.id), before: id(it.before) }),
        Kind::AddSend(it) => Command::AddSend(model::AddSend {
            id: id(it.id),
            track: Id(it.track),
            target: Id(it.target),
            level_db: it.level_db,
            pre_fader: it.pre_fader,
        }),
        Kind::SetSend(it) => {
            Command::SetSend(model::SetSend { id: Id(it.id), level_db: it.level_db, pre_fader: it.pre_fader })
        }
        _ => return Err("it is no command of a track"),
    })
}

fn device(kind: wire::command::Kind) -> Result<Command, &'static str> {
    use wire::command::Kind;
    Ok(match kind {
        Kind::AddDevice(it) => Command::AddDevice(model::AddDevice {
            id: id(it.id),
            track: Id(it.track),
            before: id(it.before),
            name: it.name,
            vendor: it.vendor,
            kind: match it.kind.ok_or("a device is built-in or a CLAP plugin")? {
                wire::add_device::Kind::Builtin(name) => DeviceKind::Builtin(name),
                wire::add_device::Kind::Clap(plugin) => DeviceKind::Clap(ClapPlugin {
                    plugin_id: plugin.plugin_id,
                    bundle: plugin.bundle,
                    extra: model::Extra::default(),
                }),
            },
            parameters: it
                .parameters
                .iter()
                .map(|it| ParameterValue { id: it.id, value: it.value })
                .collect(),
        }),
        Kind::SetDevice(it) => {
            Command::SetDevice(model::SetDevice { id: Id(it.id), name: it.name, bypass: it.bypass })
        }
        Kind::MoveDevice(it) => Command::MoveDevice(model::MoveDevice {
            id: Id(it.id),
            track: id(it.track),
            before: id(it.before),
        }),
        Kind::SetParameter(it) => Command::SetParameter(model::SetParameter {
            device: Id(it.device),
            parameter: it.parameter,
            value: it.value,
        }),
        _ => return Err("it is no command of a device"),
    })
}

fn clip(kind: wire::command::Kind) -> Result<Command, &'static str> {
    use wire::command::Kind;
    Ok(match kind {
        Kind::AddAudioClip(it) => Command::AddAudioClip(model::AddAudioClip {
            id: id(it.id),
            track: Id(it.track),
            start: Ticks(it.start),
            length: it.length.map(Ticks),
            name: it.name,
            media: Id(it.media),
            offset_frames: it.offset_frames,
            gain_db: it.gain_db,
        }),
        Kind::AddNoteClip(it) => Command::AddNoteClip(model::AddNoteClip {
            id: id(it.id),
            track: Id(it.track),
            start: Ticks(it.start),
            length: Ticks(it.length),
            name: it.name,
            notes: it.notes.into_iter().map(new_note).collect(),
        }),
        Kind::SetClip(it) => Command::SetClip(model::SetClip {
            id: Id(it.id),
            name: it.name,
            length: it.length.map(Ticks),
            mute: it.mute,
            gain_db: it.gain_db,
        }),
        Kind::MoveClip(it) => {
            Command::MoveClip(model::MoveClip { id: Id(it.id), track: id(it.track), start: Ticks(it.start) })
        }
        Kind::SplitClip(it) => Command::SplitClip(model::SplitClip {
            id: Id(it.id),
            position: Ticks(it.position),
            right: id(it.right),
        }),
        Kind::AddNotes(it) => Command::AddNotes(model::AddNotes {
            clip: Id(it.clip),
            notes: it.notes.into_iter().map(new_note).collect(),
        }),
        Kind::SetNote(it) => Command::SetNote(model::SetNote {
            id: Id(it.id),
            start: it.start.map(Ticks),
            length: it.length.map(Ticks),
            pitch: it.pitch,
            velocity: it.velocity,
        }),
        Kind::AddMidiEvents(it) => Command::AddMidiEvents(model::AddMidiEvents {
            clip: Id(it.clip),
            events: it.events.into_iter().map(new_event).collect(),
        }),
        _ => return Err("it is no command of a clip"),
    })
}

fn new_note(it: wire::NewNote) -> model::NewNote {
    model::NewNote {
        id: id(it.id),
        start: Ticks(it.start),
        length: Ticks(it.length),
        pitch: it.pitch,
        velocity: it.velocity,
        release_velocity: it.release_velocity,
        channel: it.channel,
    }
}

fn new_event(it: wire::NewMidiEvent) -> model::NewMidiEvent {
    model::NewMidiEvent { id: id(it.id), position: Ticks(it.position), data: it.data }
}
