//! Which of ALSA's PCMs are worth choosing: each card's own, what the configuration calls default, and what users made
//! themselves. The dozens of variants that ALSA derives from a card are left out; they can be named by hand.

use std::ffi::CString;
use std::path::PathBuf;

use rustix::io::Errno;

use super::sys::cards::{self, CardPcm, Hint};
use super::sys::library::{self, Functions};
use super::sys::params::Hardware;
use super::sys::pcm::{Direction, Pcm};
use super::{CHANNELS_OF_PLUGINS, DEFAULT_NAME, holder};
use crate::device::MOST_CHANNELS;

/// What comes with ALSA and its plugins: converters, servers that are reached directly, and what has no clock.
const NOT_SHOWN: &[&str] = &[
    "null",
    "lavrate",
    "samplerate",
    "speexrate",
    "speex",
    "oss",
    "jack",
    "pipewire",
    "upmix",
    "vdownmix",
    "a52",
    "sysdefault",
    "front",
    "surround21",
    "surround40",
    "surround41",
    "surround50",
    "surround51",
    "surround71",
    "iec958",
    "spdif",
    "hdmi",
    "modem",
    "phoneline",
    "hw",
    "plughw",
    "plug",
    "dmix",
    "dsnoop",
    "usbstream",
    "usb_stream",
    "arcam_av",
];
/// Most that are shown.
const MOST_SHOWN: usize = 64;

/// A PCM that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsaListed {
    /// What it is opened by.
    pub name: String,
    /// For people.
    pub title: String,
    /// Channels it hears; 0 also where that can't be told.
    pub inputs: usize,
    /// Channels it plays; 0 also where that can't be told.
    pub outputs: usize,
}

/// All of them, and why there are none. `[control]`
///
/// # Errors
/// There is no library, or nothing to choose; for people.
pub fn list() -> Result<Vec<AlsaListed>, String> {
    let functions = library::find()?;
    let mut listed: Vec<AlsaListed> =
        cards::of_cards(&functions).iter().take(MOST_SHOWN).map(|pcm| card(&functions, pcm)).collect();
    let hints = shown(cards::hints(&functions), pulse_runs());
    listed.extend(hints.iter().take(MOST_SHOWN).map(|hint| configured(&functions, hint)));
    let default =
        [Direction::Playback, Direction::Capture].map(|way| channels(&functions, DEFAULT_NAME, way));
    if let [Ok(outputs), inputs] = default {
        let title = "default of its configuration".to_owned();
        listed.insert(
            0,
            AlsaListed { name: DEFAULT_NAME.to_owned(), title, inputs: inputs.unwrap_or(0), outputs },
        );
    }
    if listed.is_empty() { Err(NOTHING.to_owned()) } else { Ok(listed) }
}

/// What is said where there is nothing to choose.
const NOTHING: &str = "no sound card, and no other PCM in its configuration";

fn card(functions: &Functions, pcm: &CardPcm) -> AlsaListed {
    let name = format!("hw:CARD={},DEV={}", pcm.card, pcm.device);
    let ways = [Direction::Playback, Direction::Capture].map(|way| channels(functions, &name, way));
    let held = ways.iter().filter_map(|way| way.as_ref().err()).copied().find(is_held);
    let mut title = format!("{}, {}", pcm.card_name, pcm.name);
    if let Some(error) = held {
        title = format!("{title} ({})", holder::explain(&name, error));
    }
    let [outputs, inputs] = ways.map(|way| way.unwrap_or(0));
    AlsaListed { name, title, inputs, outputs }
}

fn configured(functions: &Functions, hint: &Hint) -> AlsaListed {
    let ways = [Direction::Playback, Direction::Capture].map(|way| channels(functions, &hint.name, way));
    let mut title = title(hint);
    if ways.iter().all(Result::is_err) {
        title = format!("{title} (can't be opened now)");
    }
    let [outputs, inputs] = ways.map(|way| way.unwrap_or(0));
    AlsaListed { name: hint.name.clone(), title, inputs, outputs }
}

fn is_held(error: &Errno) -> bool {
    matches!(*error, Errno::BUSY | Errno::AGAIN | Errno::ACCESS | Errno::PERM)
}

/// Channels of one direction.
fn channels(functions: &Functions, name: &str, way: Direction) -> Result<usize, Errno> {
    let name = CString::new(name).map_err(|_| Errno::INVAL)?;
    let pcm = Pcm::open(*functions, &name, way)?;
    let (least, most) = Hardware::any(&pcm)?.channels()?;
    let any_number = most as usize > MOST_CHANNELS && least <= CHANNELS_OF_PLUGINS;
    Ok(if any_number { CHANNELS_OF_PLUGINS as usize } else { (most as usize).min(MOST_CHANNELS) })
}

/// What users, or servers that are not reached otherwise, have put into the configuration.
fn shown(hints: Vec<Hint>, pulse: bool) -> Vec<Hint> {
    let of_users = |hint: &Hint| {
        let kind = hint.name.split(':').next().unwrap_or_default();
        let derived = hint.name.contains("CARD=");
        let absent = kind == "pulse" && !pulse;
        !derived && !absent && kind != DEFAULT_NAME && !NOT_SHOWN.contains(&kind)
    };
    hints.into_iter().filter(of_users).collect()
}

fn title(hint: &Hint) -> String {
    let line = hint.description.lines().next().unwrap_or_default().trim();
    if line.is_empty() { hint.name.clone() } else { format!("{}: {line}", hint.name) }
}

/// Asked for first: its library may start a server.
fn pulse_runs() -> bool {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    folder.is_some_and(|folder| folder.join("pulse/native").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_configuration_only_what_users_made_is_shown() {
        let names = [
            "null",
            "lavrate",
            "default",
            "sysdefault:CARD=PCH",
            "front:CARD=PCH,DEV=0",
            "studio",
            "pulse",
            "hw:CARD=PCH,DEV=0",
            "jack",
            "surround51:CARD=PCH,DEV=0",
            "both",
        ];
        let hints = || names.map(|name| Hint { name: name.into(), description: String::new() }).to_vec();
        let kept = |pulse| shown(hints(), pulse).into_iter().map(|hint| hint.name).collect::<Vec<_>>();
        assert_eq!(kept(false), ["studio", "both"]);
        assert_eq!(kept(true), ["studio", "pulse", "both"]);
    }

    #[test]
    fn a_title_is_the_name_and_the_first_line_of_what_it_is() {
        let hint = |description: &str| Hint { name: "studio".into(), description: description.into() };
        assert_eq!(title(&hint("Cable on JACK\nand more")), "studio: Cable on JACK");
        assert_eq!(title(&hint("")), "studio");
    }
}
