//! Which devices there are, and opening the one that is chosen.
//!
//! Both may take as long as a sound server takes to answer, so they belong on a thread of their own. It keeps no device.

use super::jack::{self, Server, Wish};
use super::settings::{AUTO, AudioSettings};
use super::{CHANNELS, DeviceFormat, MOST_CHANNELS, Opened, VirtualSetup};

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
    let (devices, absent) = list();
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
    serde_json::json!({ "devices": devices, "absent": absent, "realtime_remedy": remedy }).to_string()
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
    /// What the user should know: that nothing but the virtual device was found.
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
        _ => Err(format!("there is no device “{}”", settings.device)),
    }
}

/// The first that is there: JACK, which somebody started on purpose, then PipeWire; at last the virtual device.
fn seek(settings: &AudioSettings) -> Found {
    let mut reasons = Vec::new();
    for server in [Server::Jack, Server::PipeWire] {
        match open_server(server, settings, "") {
            Ok(device) => return Found { device, notice: None },
            Err(reason) => reasons.push(reason),
        }
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
