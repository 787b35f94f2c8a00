//! Entities and transactions on their way out.

use chorus::pulse::v1 as wire;
use pulse_model::{
    Clip, ClipContent, Device, DeviceKind, DeviceMedia, Entity, FadeCurve, Id, Monitor, ParameterValue,
    Track, TrackKind, Transaction,
};

use crate::wire::isolation;

/// An entity for a client. Fields of later versions stay here.
#[must_use]
pub fn entity(entity: &Entity) -> wire::Entity {
    use wire::entity::Kind;
    let kind = match entity {
        Entity::Song(it) => Kind::Song(wire::Song {
            id: it.id.0,
            name: it.name.clone(),
            loop_enabled: it.loop_enabled,
            loop_start: it.loop_start.0,
            loop_end: it.loop_end.0,
            punch_enabled: it.punch_enabled,
            punch_in: it.punch_in.0,
            punch_out: it.punch_out.0,
            metronome: it.metronome,
            metronome_level_db: it.metronome_level_db,
            count_in_bars: it.count_in_bars,
            pre_roll_bars: it.pre_roll_bars,
            isolation: isolation::write(it.isolation).into(),
        }),
        Entity::TempoPoint(it) => Kind::TempoPoint(tempo_point(it)),
        Entity::SignaturePoint(it) => Kind::SignaturePoint(signature_point(it)),
        Entity::Marker(it) => {
            Kind::Marker(wire::Marker { id: it.id.0, position: it.position.0, name: it.name.clone() })
        }
        Entity::Track(it) => Kind::Track(track(it)),
        Entity::Device(it) => Kind::Device(device(it)),
        Entity::Send(it) => Kind::Send(wire::Send {
            id: it.id.0,
            track: it.track.0,
            target: it.target.0,
            order: it.order,
            level_db: it.level_db,
            pre_fader: it.pre_fader,
        }),
        Entity::Media(it) => Kind::Media(wire::Media {
            id: it.id.0,
            hash: it.hash.clone(),
            name: it.name.clone(),
            path: it.path.clone(),
            sample_rate: it.sample_rate,
            channels: it.channels,
            frames: it.frames,
        }),
        Entity::Clip(it) => Kind::Clip(clip(it)),
        Entity::Note(it) => Kind::Note(wire::Note {
            id: it.id.0,
            clip: it.clip.0,
            start: it.start.0,
            length: it.length.0,
            pitch: it.pitch,
            velocity: it.velocity,
            release_velocity: it.release_velocity,
            channel: it.channel,
        }),
        Entity::MidiEvent(it) => Kind::MidiEvent(wire::MidiEvent {
            id: it.id.0,
            clip: it.clip.0,
            position: it.position.0,
            data: it.data.clone(),
        }),
    };
    wire::Entity { kind: Some(kind) }
}

/// A tempo point for a client.
#[must_use]
pub fn tempo_point(it: &pulse_model::TempoPoint) -> wire::TempoPoint {
    wire::TempoPoint {
        id: it.id.0,
        position: it.position.0,
        superclocks_per_quarter: it.superclocks_per_quarter,
    }
}

/// A signature point for a client.
#[must_use]
pub fn signature_point(it: &pulse_model::SignaturePoint) -> wire::SignaturePoint {
    wire::SignaturePoint {
        id: it.id.0,
        position: it.position.0,
        numerator: it.numerator,
        denominator: it.denominator,
    }
}

fn track(it: &Track) -> wire::Track {
    let kind = match it.kind {
        TrackKind::Audio => wire::TrackKind::Audio,
        TrackKind::Instrument => wire::TrackKind::Instrument,
        TrackKind::Bus => wire::TrackKind::Bus,
        TrackKind::Group => wire::TrackKind::Group,
        TrackKind::Master => wire::TrackKind::Master,
    };
    let monitor = match it.monitor {
        Monitor::Off => wire::Monitor::Off,
        Monitor::Auto => wire::Monitor::Auto,
        Monitor::On => wire::Monitor::On,
    };
    let input = it.effective_input();
    wire::Track {
        id: it.id.0,
        kind: kind.into(),
        name: it.name.clone(),
        color: it.color,
        order: it.order,
        fader_db: it.fader_db,
        pan: it.pan,
        mute: it.mute,
        solo: it.solo,
        output: it.output.unwrap_or(Id(0)).0,
        group: it.group.unwrap_or(Id(0)).0,
        phase_invert: it.phase_invert,
        solo_safe: it.solo_safe,
        armed: it.armed,
        monitor: monitor.into(),
        input: Some(wire::TrackInput { audio_channels: input.audio_channels, midi_port: input.midi_port }),
        midi_output: it
            .midi_output
            .as_ref()
            .map(|output| wire::MidiOutput { port: output.port.clone(), channel: output.channel }),
    }
}

fn device(it: &Device) -> wire::Device {
    let kind = match &it.kind {
        DeviceKind::Builtin(name) => wire::device::Kind::Builtin(name.clone()),
        DeviceKind::Clap(plugin) => wire::device::Kind::Clap(wire::ClapPlugin {
            plugin_id: plugin.plugin_id.clone(),
            bundle: plugin.bundle.clone(),
        }),
    };
    let parameter = |it: &ParameterValue| wire::ParameterValue { id: it.id, value: it.value };
    wire::Device {
        id: it.id.0,
        track: it.track.0,
        order: it.order,
        name: it.name.clone(),
        vendor: it.vendor.clone(),
        bypass: it.bypass,
        kind: Some(kind),
        parameters: it.parameters.iter().map(parameter).collect(),
        state: it.state.clone(),
        media: it.media.iter().map(device_media).collect(),
        isolation: it.isolation.map_or(wire::Isolation::Unspecified, isolation::write).into(),
        standby: it.standby,
        disabled: it.disabled,
    }
}

fn device_media(it: &DeviceMedia) -> wire::DeviceMedia {
    wire::DeviceMedia { slot: it.slot, media: it.media.0 }
}

fn clip(it: &Clip) -> wire::Clip {
    let content = match &it.content {
        ClipContent::Audio(audio) => wire::clip::Content::Audio(wire::AudioContent {
            media: audio.media.0,
            offset_frames: audio.offset_frames,
            gain_db: audio.gain_db,
            reverse: audio.reverse,
        }),
        ClipContent::Notes(notes) => wire::clip::Content::Notes(wire::NoteContent { offset: notes.offset.0 }),
    };
    wire::Clip {
        id: it.id.0,
        track: it.track.0,
        start: it.start.0,
        length: it.length.0,
        name: it.name.clone(),
        mute: it.mute,
        content: Some(content),
        lane: it.lane,
        fade_in: it.fade_in.0,
        fade_out: it.fade_out.0,
        fade_in_curve: curve(it.fade_in_curve).into(),
        fade_out_curve: curve(it.fade_out_curve).into(),
        loop_length: it.loop_length.0,
        loop_phase: it.loop_phase.0,
        color: it.color,
    }
}

fn curve(it: FadeCurve) -> wire::FadeCurve {
    match it {
        FadeCurve::Linear => wire::FadeCurve::Linear,
        FadeCurve::EqualPower => wire::FadeCurve::EqualPower,
        FadeCurve::SCurve => wire::FadeCurve::SCurve,
    }
}

/// A transaction for a client.
#[must_use]
pub fn transaction(it: &Transaction) -> wire::Transaction {
    let updates = it.updates.iter().map(|update| wire::Update {
        before: update.before.as_ref().map(entity),
        after: update.after.as_ref().map(entity),
    });
    wire::Transaction {
        sequence: it.sequence,
        client: it.client.clone(),
        label: it.label.clone(),
        time_ms: it.time_ms,
        updates: updates.collect(),
        inverts: it.inverts.unwrap_or(0),
    }
}
