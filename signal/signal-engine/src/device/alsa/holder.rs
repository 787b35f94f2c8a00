//! Why a PCM can't be had, in words: who holds it, what rights are missing, what to do.
//!
//! Who holds a card is in `/proc/asound`, as far as the kernel tells. It opens no PCM.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// Where the kernel tells of sound cards.
const CARDS: &str = "/proc/asound";
const PROCESSES: &str = "/proc";

/// Why the PCM of this name could not be opened, and what to do.
pub fn explain(name: &str, error: Errno) -> String {
    explain_by(name, error, Path::new(CARDS), Path::new(PROCESSES))
}

fn explain_by(name: &str, error: Errno, cards: &Path, processes: &Path) -> String {
    match error {
        Errno::BUSY | Errno::AGAIN => match holders(name, cards, processes).as_slice() {
            [] => format!(
                "“{name}” is in use by another program, most likely a sound server: choose PipeWire or JACK, or end what \
                 holds it"
            ),
            holders => {
                format!(
                    "“{name}” is in use by {}: end it, or choose it if it is a sound server",
                    holders.join(", ")
                )
            }
        },
        Errno::ACCESS | Errno::PERM => format!(
            "you may not use “{name}”: `sudo usermod -aG audio $USER` adds you to the group audio; log in again after it"
        ),
        Errno::NOENT | Errno::NODEV | Errno::NXIO => {
            format!("ALSA has no “{name}” now: plug it in, or see `loophole devices` for what there is")
        }
        Errno::INVAL => format!("ALSA does not understand “{name}”, or its server does not run"),
        _ => format!("“{name}” can't be opened: {}", words(error)),
    }
}

/// What the system calls an error.
pub fn words(error: Errno) -> String {
    std::io::Error::from(error).to_string()
}

/// Programs that have a PCM of the card open, as "name (process 12)".
fn holders(name: &str, cards: &Path, processes: &Path) -> Vec<String> {
    let card = card_of(name).map(|card| match card.parse::<u32>() {
        Ok(number) => cards.join(format!("card{number}")),
        // The kernel links the card's name to its folder.
        Err(_) => cards.join(card),
    });
    let cards = card.map_or_else(|| folders(cards, "card"), |card| vec![card]);
    let pcms = cards.iter().flat_map(|card| folders(card, "pcm"));
    let uses = pcms.flat_map(|pcm| folders(&pcm, "sub"));
    let mut holders: Vec<String> = uses
        .filter_map(|sub| value(&sub.join("status"), "owner_pid"))
        .map(|thread| program(&thread, processes))
        .collect();
    holders.sort();
    holders.dedup();
    holders
}

/// "0" of "hw:0,3", "PCH" of "plughw:CARD=PCH,DEV=0"; none of what names no card.
fn card_of(name: &str) -> Option<&str> {
    let arguments = name.split_once(':')?.1;
    let card = arguments.split(',').find_map(|argument| match argument.split_once('=') {
        Some(("CARD", card)) => Some(card),
        Some(_) => None,
        None => Some(argument),
    })?;
    let named = !card.is_empty() && card.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    named.then_some(card)
}

fn folders(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// The value in a line "key : value".
fn value(file: &Path, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
}

/// What the process of this thread is called.
fn program(thread: &str, processes: &Path) -> String {
    let process = value(&processes.join(thread).join("status"), "Tgid").unwrap_or_else(|| thread.to_owned());
    let name = fs::read_to_string(processes.join(&process).join("comm"));
    match name.as_deref().map(str::trim) {
        Ok(name) if !name.is_empty() => format!("{name} (process {process})"),
        _ => format!("process {process}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_the_card_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("asound/card0/pcm0p/sub0/status", "state: RUNNING\nowner_pid   : 4243\n");
        write("asound/card0/pcm0c/sub0/status", "closed\n");
        write("asound/card1/pcm0p/sub0/status", "closed\n");
        write("proc/4243/status", "Name:\tdata-loop.0\nTgid:\t4242\n");
        write("proc/4242/comm", "pipewire\n");
        let told = |name: &str| {
            explain_by(name, Errno::BUSY, &folder.path().join("asound"), &folder.path().join("proc"))
        };
        for name in ["hw:0", "plughw:CARD=0,DEV=0", "default"] {
            assert!(told(name).contains("in use by pipewire (process 4242)"), "{}", told(name));
        }
        assert!(told("hw:1,0").contains("by another program"), "{}", told("hw:1,0"));
    }

    #[test]
    fn names_lead_to_their_card_and_nowhere_else() {
        assert_eq!(card_of("hw:CARD=PCH,DEV=0"), Some("PCH"));
        assert_eq!(card_of("hw:1,0"), Some("1"));
        assert_eq!(card_of("default"), None);
        assert_eq!(card_of("hw:../../etc"), None);
        assert_eq!(card_of("file:FILE=x"), None);
    }

    #[test]
    fn every_reason_says_what_to_do() {
        let told = |error| explain_by("hw:9", error, Path::new("/nowhere"), Path::new("/nowhere"));
        assert!(told(Errno::ACCESS).contains("usermod -aG audio"));
        assert!(told(Errno::NOENT).contains("loophole devices"));
        assert!(told(Errno::BUSY).contains("sound server"));
    }
}
