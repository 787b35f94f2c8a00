//! Commands on their way in; those on clips and notes are in `clip_command`. Whether one makes sense in the song is the model's to say.

use chorus::pulse::v1 as wire;
use pulse_model::{
    self as model, ClapPlugin, Command, DeviceKind, DeviceMedia, Id, MAX_COMMANDS, Monitor, ParameterValue,
    TrackInput, TrackKind,
};
use units::Ticks;

use crate::wire::isolation;

/// What is said of a device of no kind.
const NO_DEVICE: &str = "a device is built-in or a CLAP plugin";

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
pub(super) fn id(id: u64) -> Option<Id> {
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
            punch_enabled: it.punch_enabled,
            punch_in: it.punch_in.map(Ticks),
            punch_out: it.punch_out.map(Ticks),
            metronome: it.metronome,
            metronome_level_db: it.metronome_level_db,
            count_in_bars: it.count_in_bars,
            pre_roll_bars: it.pre_roll_bars,
            isolation: it.isolation.map(isolation::read).transpose()?.map(Option::unwrap_or_default),
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
        Kind::SetMarker(it) => Command::SetMarker(model::SetMarker {
            id: Id(it.id),
            position: it.position.map(Ticks),
            name: it.name,
        }),
        Kind::Remove(it) => Command::Remove(model::Remove { ids: it.ids.into_iter().map(Id).collect() }),
        Kind::AddTrack(_) | Kind::SetTrack(_) | Kind::MoveTrack(_) | Kind::AddSend(_) | Kind::SetSend(_) => {
            return track(kind);
        }
        Kind::AddDevice(_)
        | Kind::ReplaceDevice(_)
        | Kind::SetDevice(_)
        | Kind::MoveDevice(_)
        | Kind::SetParameter(_)
        | Kind::SetDeviceMedia(_) => {
            return device(kind);
        }
        _ => return super::clip_command::clip(kind),
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
                wire::TrackKind::Group => TrackKind::Group,
                wire::TrackKind::Master => TrackKind::Master,
                wire::TrackKind::Unspecified => return Err("a track needs a kind that this version knows"),
            };
            let (id, before, group) = (id(it.id), id(it.before), id(it.group));
            Command::AddTrack(model::AddTrack { id, kind, name: it.name, color: it.color, before, group })
        }
        Kind::SetTrack(it) => return set_track(it),
        Kind::MoveTrack(it) => Command::MoveTrack(model::MoveTrack {
            id: Id(it.id),
            before: id(it.before),
            group: it.group.map(Id),
        }),
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

fn set_track(it: wire::SetTrack) -> Result<Command, &'static str> {
    let monitor = it.monitor.map(|monitor| match wire::Monitor::try_from(monitor) {
        Ok(wire::Monitor::Off) => Ok(Monitor::Off),
        Ok(wire::Monitor::Auto | wire::Monitor::Unspecified) => Ok(Monitor::Auto),
        Ok(wire::Monitor::On) => Ok(Monitor::On),
        Err(_) => Err("monitoring is off, auto or on"),
    });
    Ok(Command::SetTrack(model::SetTrack {
        id: Id(it.id),
        name: it.name,
        color: it.color,
        fader_db: it.fader_db,
        pan: it.pan,
        mute: it.mute,
        solo: it.solo,
        output: it.output.map(Id),
        group: it.group.map(Id),
        phase_invert: it.phase_invert,
        solo_safe: it.solo_safe,
        armed: it.armed,
        monitor: monitor.transpose()?,
        input: it.input.map(|input| TrackInput {
            audio_channels: input.audio_channels,
            midi_port: input.midi_port,
            extra: model::Extra::default(),
        }),
        midi_output: it.midi_output.map(|output| model::MidiOutput {
            port: output.port,
            channel: output.channel,
            extra: model::Extra::default(),
        }),
    }))
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
            kind: match it.kind.ok_or(NO_DEVICE)? {
                wire::add_device::Kind::Builtin(name) => DeviceKind::Builtin(name),
                wire::add_device::Kind::Clap(it) => clap(it),
            },
            parameters: it
                .parameters
                .iter()
                .map(|it| ParameterValue { id: it.id, value: it.value })
                .collect(),
            media: it.media.iter().map(|it| DeviceMedia { slot: it.slot, media: Id(it.media) }).collect(),
        }),
        Kind::ReplaceDevice(it) => Command::ReplaceDevice(model::ReplaceDevice {
            id: Id(it.id),
            name: it.name,
            vendor: it.vendor,
            kind: match it.kind.ok_or(NO_DEVICE)? {
                wire::replace_device::Kind::Builtin(name) => DeviceKind::Builtin(name),
                wire::replace_device::Kind::Clap(it) => clap(it),
            },
        }),
        Kind::SetDevice(it) => Command::SetDevice(model::SetDevice {
            id: Id(it.id),
            name: it.name,
            bypass: it.bypass,
            isolation: it.isolation.map(isolation::read).transpose()?,
            standby: it.standby,
            disabled: it.disabled,
        }),
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
        Kind::SetDeviceMedia(it) => Command::SetDeviceMedia(model::SetDeviceMedia {
            device: Id(it.device),
            slot: it.slot,
            media: id(it.media),
        }),
        _ => return Err("it is no command of a device"),
    })
}

fn clap(it: wire::ClapPlugin) -> DeviceKind {
    let (plugin_id, bundle) = (it.plugin_id, it.bundle);
    DeviceKind::Clap(ClapPlugin { plugin_id, bundle, extra: model::Extra::default() })
}
