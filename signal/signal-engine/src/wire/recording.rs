//! Recording on the wire: what can be recorded comes in and is checked, what is recorded goes out.

use chorus::signal::v1 as wire;

use crate::main_loop::Calibrated;
use crate::recording::click_output::ClickOutput;
use crate::recording::setup::{MonitorChoice, PortChoice, RecordInput, RecordSetup};
use crate::recording::status::{Phase, RecordingStatus, TakeStatus, Trouble};
use crate::wire::graph::{Checked, absolute_path, fault, position, require, within};

/// Tracks of one song that have inputs.
const MOST_INPUTS: usize = 65_536;
/// Channels of one track: as many as a device may show.
const MOST_CHANNELS: usize = 64;
/// Names, in bytes; longer is damage.
const LONGEST_NAME: usize = 1024;
/// Bars of count-in and pre-roll.
const MOST_BARS: u32 = 16;
/// Messages of a keyboard in one call.
const MOST_MESSAGES: usize = 64;
/// Names of clients, in bytes.
const LONGEST_CLIENT: usize = 64;

/// What can be recorded, and how.
///
/// # Errors
/// The first thing in it that breaks a rule.
pub fn setup(message: wire::Recording) -> Checked<RecordSetup> {
    require(message.inputs.len() <= MOST_INPUTS, "recording", 0, "has too many inputs")?;
    let bars = [message.count_in_bars, message.pre_roll_bars];
    require(bars.iter().all(|bars| *bars <= MOST_BARS), "recording", 0, "has too many bars before it")?;
    let punch_in = position("punch", 0, message.punch_in_sample)?;
    let punch_out = position("punch", 0, message.punch_out_sample)?;
    require(!message.punch_enabled || punch_in < punch_out, "punch", 0, "ends before it begins")?;
    let folder = match message.folder.is_empty() {
        true => None,
        false => Some(absolute_path("recording", 0, message.folder)?),
    };
    Ok(RecordSetup {
        folder,
        inputs: message.inputs.into_iter().map(input).collect::<Checked<_>>()?,
        punch: message.punch_enabled.then_some((punch_in, punch_out)),
        metronome: message.metronome,
        metronome_gain: within("metronome", 0, "gain", message.metronome_gain, 0.0, 2.0)?,
        count_in_bars: message.count_in_bars,
        pre_roll_bars: message.pre_roll_bars,
    })
}

fn input(message: wire::RecordInput) -> Checked<RecordInput> {
    let track = message.track;
    let monitor = match message.monitor() {
        wire::Monitor::Off => MonitorChoice::Off,
        wire::Monitor::On => MonitorChoice::On,
        wire::Monitor::Auto => MonitorChoice::Auto,
        wire::Monitor::Unspecified => return fault("input of track", track, "is monitored in no known way"),
    };
    let short = message.name.len() <= LONGEST_NAME && message.midi_port.len() <= LONGEST_NAME;
    require(short, "input of track", track, "has too long a name")?;
    let port = match message.midi_port.as_str() {
        "" => PortChoice::Nothing,
        "*" => PortChoice::Any,
        _ => PortChoice::Named(message.midi_port),
    };
    let channels = channels("input of track", track, &message.audio_channels)?;
    let (name, armed, note_player) = (message.name, message.armed, message.note_player);
    Ok(RecordInput { track, name, armed, monitor, channels, note_player, port })
}

/// Channels of a device, which count from 1, as they count here, from 0.
///
/// # Errors
/// Too many, or one that no device has.
pub fn channels(what: &'static str, id: u64, channels: &[u32]) -> Checked<Vec<u32>> {
    require(channels.len() <= MOST_CHANNELS, what, id, "has too many channels")?;
    let possible = |channel: &u32| (1..=MOST_CHANNELS as u32).contains(channel);
    require(channels.iter().all(possible), what, id, "has a channel that no device has")?;
    Ok(channels.iter().map(|channel| channel - 1).collect())
}

/// A client's name, not longer than names are.
///
/// # Errors
/// It is longer.
pub fn client(name: String) -> Checked<String> {
    require(name.len() <= LONGEST_CLIENT, "client", 0, "has too long a name")?;
    Ok(name)
}

/// Messages of a keyboard.
///
/// # Errors
/// Too many, or one that is no channel message.
pub fn keys(messages: &[Vec<u8>]) -> Checked<Vec<[u8; 3]>> {
    require(messages.len() <= MOST_MESSAGES, "keyboard", 0, "sent too many messages at once")?;
    messages.iter().map(|message| key(message)).collect()
}

fn key(message: &[u8]) -> Checked<[u8; 3]> {
    let &[status, ref values @ ..] = message else { return fault("keyboard", 0, "sent an empty message") };
    let length = match status {
        0x80..=0xBF | 0xE0..=0xEF => 2,
        0xC0..=0xDF => 1,
        _ => return fault("keyboard", 0, "sent what is no channel message"),
    };
    let sound = values.len() == length && values.iter().all(|value| *value < 0x80);
    require(sound, "keyboard", 0, "sent wrong data bytes")?;
    let mut data = [0; 3];
    data[..=length].copy_from_slice(message);
    Ok(data)
}

/// A channel of the device, from 0; 0 on the wire is the first.
///
/// # Errors
/// No device has it.
pub fn channel(number: u32) -> Checked<usize> {
    require(number as usize <= MOST_CHANNELS, "channel", u64::from(number), "is one that no device has")?;
    Ok(number.saturating_sub(1) as usize)
}

/// Where the metronome is heard, as a client says it.
///
/// # Errors
/// It is no place, or on channels that no device has.
pub fn chosen_click_output(message: wire::MetronomeOutput) -> Checked<ClickOutput> {
    use wire::MetronomePlace::{Channels, Main, Nowhere, Unspecified};
    let first = message.first_channel.wrapping_sub(1);
    let output = match (message.place(), message.channels) {
        (Main, _) => ClickOutput::Main,
        (Nowhere, _) => ClickOutput::Nowhere,
        (Channels, 1) => ClickOutput::One(first),
        (Channels, 2) => ClickOutput::Pair(first),
        (Channels, _) => return fault("metronome", 0, "sounds on one or two channels"),
        (Unspecified, _) => return fault("metronome", 0, "is sent to no known place"),
    };
    require(output.is_possible(), "metronome", 0, "is sent to channels that no device has")?;
    Ok(output)
}

/// Where the metronome is heard.
pub fn click_output(output: ClickOutput) -> wire::MetronomeOutput {
    let (place, first_channel, channels) = match output {
        ClickOutput::Main => (wire::MetronomePlace::Main, 0, 0),
        ClickOutput::Nowhere => (wire::MetronomePlace::Nowhere, 0, 0),
        ClickOutput::One(first) => (wire::MetronomePlace::Channels, first + 1, 1),
        ClickOutput::Pair(first) => (wire::MetronomePlace::Channels, first + 1, 2),
    };
    wire::MetronomeOutput { place: place as i32, first_channel, channels }
}

/// What is being recorded.
pub fn status(status: &RecordingStatus) -> wire::WatchRecordingResponse {
    let phase = match status.phase {
        Phase::Off => wire::RecordingPhase::Off,
        Phase::CountIn => wire::RecordingPhase::CountIn,
        Phase::Waiting => wire::RecordingPhase::Waiting,
        Phase::Running => wire::RecordingPhase::Running,
    };
    wire::WatchRecordingResponse {
        phase: phase as i32,
        takes: status.takes.iter().map(take).collect(),
        troubles: status.troubles.iter().map(trouble).collect(),
        keep_audio_seconds: status.keep_audio_seconds,
        keep_midi_seconds: status.keep_midi_seconds,
        round_trip_frames: status.round_trip,
        round_trip_measured: status.round_trip_measured,
    }
}

fn take(take: &TakeStatus) -> wire::TakeStatus {
    wire::TakeStatus {
        track: take.track,
        start_sample: take.start,
        frames: take.frames,
        pass: take.pass,
        peaks: take.peaks.clone(),
        frames_per_peak: take.frames_per_peak,
    }
}

fn trouble(trouble: &Trouble) -> wire::RecordingTrouble {
    wire::RecordingTrouble { number: trouble.number, track: trouble.track, text: trouble.text.clone() }
}

/// The way from an output to an input.
pub fn calibrated(calibrated: Calibrated) -> wire::CalibrateResponse {
    wire::CalibrateResponse {
        round_trip_frames: calibrated.measured.frames,
        stated_frames: calibrated.stated,
        confidence: calibrated.measured.likeness,
    }
}
