//! Which devices there are, and opening the one that is chosen.
//!
//! Both may take as long as a sound server takes to answer, so they belong on a thread of their own. It keeps no device.

use super::alsa::{self, AlsaWish};
use super::jack::{self, Server, Wish};
use super::midi_cable::LoopbackPorts;
use super::settings::{AUTO, AudioSettings};
use super::{CHANNELS, DeviceFormat, Latency, MOST_CHANNELS, MidiDirection, Opened, OuterPort, VirtualSetup};
use crate::midi::sequencer;

/// A device that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it is chosen by.
    pub id: String,
    /// For people.
    pub name: String,
    /// Channels it hears.
    pub inputs: usize,
    /// Channels it plays.
    pub outputs: usize,
    /// What it runs at, where that is not ours to say.
    pub format: Option<DeviceFormat>,
}

/// Every device there is now, and why whole kinds of them are not: for people. `[any]` but slow.
pub fn list() -> (Vec<Listed>, Vec<String>) {
    let mut devices = Vec::new();
    let mut absent = Vec::new();
    match jack::cards(Server::Jack, "") {
        Ok((format, cards)) => devices.push(server(Server::Jack, "JACK, default server", format, &cards)),
        Err(reason) => absent.push(format!("JACK: {reason}")),
    }
    match jack::cards(Server::PipeWire, "") {
        Ok((format, cards)) => {
            devices.push(server(Server::PipeWire, "PipeWire, all cards", format, &cards));
            devices.extend(cards.iter().map(|card| Listed {
                id: format!("pipewire:{}", card.name),
                name: format!("PipeWire, {}", card.name),
                inputs: card.inputs,
                outputs: card.outputs,
                format: Some(format),
            }));
        }
        Err(reason) => absent.push(format!("PipeWire: {reason}")),
    }
    match alsa::list() {
        Ok(pcms) => devices.extend(pcms.into_iter().map(|pcm| Listed {
            id: format!("alsa:{}", pcm.name),
            name: format!("ALSA, {}", pcm.title),
            inputs: pcm.inputs,
            outputs: pcm.outputs,
            format: None,
        })),
        Err(reason) => absent.push(format!("ALSA: {reason}")),
    }
    devices.push(Listed {
        id: "virtual".into(),
        name: "Virtual device (no sound, hears what it plays)".into(),
        inputs: CHANNELS,
        outputs: CHANNELS,
        format: None,
    });
    (devices, absent)
}

/// What [`list`] finds, as `loophole devices --json` prints it.
pub fn json() -> String {
    let (devices, mut absent) = list();
    let (ports, no_midi) = midi_ports();
    absent.extend(no_midi);
    let ports: Vec<_> = ports
        .iter()
        .map(|(system, port)| {
            let direction = match port.direction {
                MidiDirection::Input => "input",
                MidiDirection::Output => "output",
            };
            serde_json::json!({
                "name": port.name, "direction": direction, "system": system, "physical": port.physical,
            })
        })
        .collect();
    let devices: Vec<_> = devices
        .iter()
        .map(|device| {
            serde_json::json!({
                "id": device.id, "name": device.name, "inputs": device.inputs, "outputs": device.outputs,
                "sample_rate": device.format.map(|format| format.sample_rate),
                "block_frames": device.format.map(|format| format.block_frames),
            })
        })
        .collect();
    // A thread of its own, for it keeps the priority that it gets.
    let entered = std::thread::spawn(|| signal_rt::enter(signal_rt::Role::Device).remedy).join();
    let remedy = entered.unwrap_or_default();
    let found = serde_json::json!({
        "devices": devices, "midi_ports": ports, "absent": absent, "realtime_remedy": remedy,
    });
    found.to_string()
}

/// Every MIDI port there is now, with what it is reached by, and why ALSA has none. Why servers have none is told with their
/// devices. `[any]` but slow.
fn midi_ports() -> (Vec<(&'static str, OuterPort)>, Option<String>) {
    let loopback = LoopbackPorts::default().list(Latency::default());
    let mut ports: Vec<_> = loopback.into_iter().map(|port| ("virtual", port)).collect();
    for server in [Server::Jack, Server::PipeWire] {
        let of_server = jack::midi_ports(server).unwrap_or_default();
        ports.extend(of_server.into_iter().map(|port| (server.prefix(), port)));
    }
    let absent = match sequencer::list() {
        Ok(of_alsa) => {
            ports.extend(of_alsa.into_iter().map(|port| ("alsa", port)));
            None
        }
        Err(reason) => Some(format!("ALSA MIDI: {reason}")),
    };
    (ports, absent)
}

fn server(server: Server, name: &str, format: DeviceFormat, cards: &[jack::Card]) -> Listed {
    Listed {
        id: server.prefix().to_owned(),
        name: name.to_owned(),
        inputs: cards.iter().map(|card| card.inputs).sum::<usize>().min(MOST_CHANNELS),
        outputs: cards.iter().map(|card| card.outputs).sum::<usize>().min(MOST_CHANNELS),
        format: Some(format),
    }
}

/// What [`open`] found.
pub struct Found {
    /// To be started.
    pub device: Box<dyn Opened>,
    /// What the user should know: that nothing but the virtual device was found, or what of the wish it can't do.
    pub notice: Option<String>,
}

/// Opens what is chosen. `[any]` but slow.
///
/// # Errors
/// It is not there, for people.
pub fn open(settings: &AudioSettings) -> Result<Found, String> {
    let (kind, target) = settings.device.split_once(':').unwrap_or((&settings.device, ""));
    let found = |device| Ok(Found { device, notice: None });
    match kind {
        AUTO => Ok(seek(settings)),
        "virtual" => found(Box::new(virtual_setup(settings, target)?)),
        "jack" => found(open_server(Server::Jack, settings, target)?),
        "pipewire" => found(open_server(Server::PipeWire, settings, target)?),
        "alsa" => open_alsa(settings, target),
        _ => Err(format!("there is no device “{}”", settings.device)),
    }
}

/// The first that is there: JACK, which somebody started on purpose, then PipeWire, then ALSA's default, which a bare machine
/// shares with its other programs; at last the virtual device.
fn seek(settings: &AudioSettings) -> Found {
    let mut reasons = Vec::new();
    for server in [Server::Jack, Server::PipeWire] {
        match open_server(server, settings, "") {
            Ok(device) => return Found { device, notice: None },
            Err(reason) => reasons.push(reason),
        }
    }
    match open_alsa(settings, alsa::DEFAULT_NAME) {
        Ok(found) => return found,
        Err(reason) => reasons.push(reason),
    }
    let notice = format!("no sound: {}; playing on the virtual device", reasons.join("; "));
    let setup = VirtualSetup::stereo(settings.format());
    Found { device: Box::new(setup), notice: Some(notice) }
}

fn open_server(server: Server, settings: &AudioSettings, target: &str) -> Result<Box<dyn Opened>, String> {
    let count = |wished: Option<u32>| wished.map(|count| count as usize);
    let wish = Wish {
        target: if target == "default" { String::new() } else { target.to_owned() },
        block_frames: settings.block,
        inputs: count(settings.inputs),
        outputs: count(settings.outputs),
    };
    Ok(Box::new(jack::open(server, &wish)?))
}

fn open_alsa(settings: &AudioSettings, target: &str) -> Result<Found, String> {
    let count = |wished: Option<u32>| wished.map(|count| count as usize);
    let mut device = alsa::open(&AlsaWish {
        name: if target.is_empty() { alsa::DEFAULT_NAME } else { target }.to_owned(),
        rate: settings.rate,
        block: settings.block,
        inputs: count(settings.inputs),
        outputs: count(settings.outputs),
    })?;
    let notice = device.notice.take();
    Ok(Found { device: Box::new(device), notice })
}

/// "CHANNELS:LOOPBACK", both of which may be left out.
fn virtual_setup(settings: &AudioSettings, text: &str) -> Result<VirtualSetup, String> {
    let format = settings.format();
    let (channels, loopback) = text.split_once(':').unwrap_or((text, ""));
    let number = |text: &str, default: u32| match text {
        "" => Ok(default),
        _ => text.parse().map_err(|_| format!("“virtual:{text}” is none: give virtual:CHANNELS:LOOPBACK")),
    };
    let wished = settings.outputs.max(settings.inputs).unwrap_or(CHANNELS as u32);
    Ok(VirtualSetup {
        format,
        channels: number(channels, wished)? as usize,
        loopback_frames: number(loopback, format.block_frames)?,
    })
}
