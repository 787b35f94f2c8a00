//! Sound cards as the kernel shows them: whether there are any, who may use them, and the sequencer that MIDI goes through.
//! It opens no card: that is Signal's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

use super::{Finding, good, warning};

/// Where the kernel shows them.
pub(super) struct Places {
    /// What there is.
    pub cards: PathBuf,
    /// What is opened.
    pub devices: PathBuf,
    /// Who is in which group.
    pub groups: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Self { cards: "/proc/asound".into(), devices: "/dev/snd".into(), groups: "/etc/group".into() }
    }
}

/// Cards, rights, sequencer.
pub(super) fn look(places: &Places) -> Vec<Finding> {
    let cards = cards(&places.cards);
    let mut findings = Vec::new();
    findings.push(match (cards.as_slice(), places.cards.exists()) {
        ([], false) => warning(
            "sound card",
            "this kernel runs no sound cards (no /proc/asound)",
            "in a container or a virtual machine give it the host's (--device /dev/snd); else install the kernel's modules and \
             load the card's driver, for example `sudo modprobe snd-hda-intel` or `snd-usb-audio`",
        ),
        ([], true) => warning("sound card", "there is none", "plug one in; `sudo dmesg | grep -i snd` tells what went wrong"),
        (cards, _) => good("sound card", cards.join("; ")),
    });
    findings.extend(rights(places, &cards));
    findings.push(sequencer(&places.devices));
    findings
}

/// "PCH: HDA Intel PCH" of ` 0 [PCH            ]: HDA-Intel - HDA Intel PCH`.
fn cards(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("cards")).unwrap_or_default();
    let card = |line: &str| {
        let (number, rest) = line.trim_start().split_once('[')?;
        let _: u32 = number.trim().parse().ok()?;
        let (id, rest) = rest.split_once(']')?;
        let name = rest.split_once(" - ")?.1;
        Some(format!("{}: {}", id.trim(), name.trim()))
    };
    text.lines().filter_map(card).collect()
}

fn rights(places: &Places, cards: &[String]) -> Option<Finding> {
    let pcms = files(&places.devices, "pcm");
    let closed =
        pcms.iter().filter(|path| access(*path, Access::READ_OK | Access::WRITE_OK).is_err()).count();
    let remedy = "`sudo usermod -aG audio $USER`, then log in again; or log in at the machine itself, which opens them too";
    if closed > 0 {
        let finding = format!("you may not use {closed} of {} in {}", pcms.len(), places.devices.display());
        return Some(warning("rights to cards", finding, remedy));
    }
    if pcms.is_empty() && cards.is_empty() {
        // Without a card nothing says more than the group, and nothing is wrong.
        let there = in_group(&places.groups, "audio");
        return there.map(|there| {
            let text = if there {
                "you are in the group audio"
            } else {
                "not in the group audio; no card asks for it"
            };
            good("group audio", text)
        });
    }
    Some(match pcms.is_empty() {
        true => warning(
            "rights to cards",
            format!("{} holds nothing to open", places.devices.display()),
            "udev makes it: start it, or give the container /dev/snd",
        ),
        false => good("rights to cards", format!("you may use all {}", pcms.len())),
    })
}

fn files(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.map(|entry| entry.path()).collect()
}

/// Whether the process is in a group; none if there is no such group.
fn in_group(groups: &Path, name: &str) -> Option<bool> {
    let text = fs::read_to_string(groups).ok()?;
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let line = lines.find(|line| line.first() == Some(&name))?;
    let group: u32 = line.get(2)?.parse().ok()?;
    let ours = rustix::process::getgroups().unwrap_or_default();
    Some(rustix::process::getegid().as_raw() == group || ours.iter().any(|it| it.as_raw() == group))
}

fn sequencer(devices: &Path) -> Finding {
    let path = devices.join("seq");
    if !path.exists() {
        return warning(
            "ALSA sequencer",
            "not there: no MIDI devices but through JACK",
            "`sudo modprobe snd-seq`, and a line `snd-seq` in /etc/modules-load.d/snd-seq.conf for every start",
        );
    }
    match access(&path, Access::READ_OK | Access::WRITE_OK) {
        Ok(()) => good("ALSA sequencer", "there"),
        Err(error) => warning(
            "ALSA sequencer",
            format!("you may not use it: {error}"),
            "`sudo usermod -aG audio $USER`, then log in again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Verdict;

    fn told(cards: Option<&str>, devices: &[&str]) -> Vec<(&'static str, bool, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places {
            cards: folder.path().join("asound"),
            devices: folder.path().join("snd"),
            groups: folder.path().join("group"),
        };
        fs::create_dir(&places.devices).expect("made");
        fs::write(&places.groups, "root:x:0:\naudio:x:4000000000:\n").expect("written");
        if let Some(cards) = cards {
            fs::create_dir(&places.cards).expect("made");
            fs::write(places.cards.join("cards"), cards).expect("written");
        }
        for name in devices {
            fs::write(places.devices.join(name), "").expect("written");
        }
        let findings = look(&places).into_iter();
        findings
            .map(|finding| {
                assert_eq!(
                    finding.verdict == Verdict::Good,
                    finding.remedy.is_empty(),
                    "{}",
                    finding.finding
                );
                (finding.topic, finding.verdict == Verdict::Good, finding.finding)
            })
            .collect()
    }

    #[test]
    fn cards_are_named_and_all_is_well_where_they_can_be_used() {
        let cards = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      at 0xf7 irq 30\n \
                     1 [USB            ]: USB-Audio - Scarlett 2i2\n";
        let found = told(Some(cards), &["pcmC0D0p", "pcmC0D0c", "seq"]);
        assert_eq!(found[0], ("sound card", true, "PCH: HDA Intel PCH; USB: Scarlett 2i2".to_owned()));
        assert_eq!(found[1], ("rights to cards", true, "you may use all 2".to_owned()));
        assert_eq!(found[2], ("ALSA sequencer", true, "there".to_owned()));
    }

    #[test]
    fn what_is_missing_is_told_apart() {
        let found = told(None, &[]);
        let topics: Vec<_> = found.iter().map(|(topic, good, _)| (*topic, *good)).collect();
        assert_eq!(topics, [("sound card", false), ("group audio", true), ("ALSA sequencer", false)]);
        let found = told(Some("--- no soundcards ---\n"), &["seq"]);
        assert_eq!((found[0].1, found[0].2.as_str()), (false, "there is none"));
        let found = told(Some(" 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n"), &[]);
        assert_eq!((found[1].0, found[1].1), ("rights to cards", false));
    }
}
