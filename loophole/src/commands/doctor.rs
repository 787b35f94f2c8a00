//! `loophole doctor`: what sound needs of this machine, each finding with its remedy. It changes nothing.

mod alsa;
mod confinement;
mod kernel;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use rustix::process::{Resource, getrlimit};
use serde::Serialize;

use super::devices;

/// Memory that audio threads should be able to hold in place, in bytes.
const ENOUGH_LOCKED: u64 = 64 << 20;

#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Warning,
    Problem,
}

#[derive(Serialize)]
struct Finding {
    topic: &'static str,
    verdict: Verdict,
    finding: String,
    /// What to do; empty if nothing.
    remedy: String,
}

/// Looks, tells, and fails if something does not work at all.
pub(super) fn run(json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = Vec::new();
    sound(&mut findings);
    findings.extend(alsa::look(&alsa::Places::default()));
    findings.push(real_time_kit());
    findings.push(locked_memory());
    findings.extend(plugins());
    findings.extend(kernel::look());
    findings.extend(confinement::look());
    findings.push(governor());
    if json {
        println!("{}", serde_json::to_string(&findings)?);
    } else {
        for Finding { topic, verdict, finding, remedy } in &findings {
            let mark = match verdict {
                Verdict::Good => "good   ",
                Verdict::Warning => "warning",
                Verdict::Problem => "PROBLEM",
            };
            println!("{mark}  {topic:<20} {finding}");
            if !remedy.is_empty() {
                println!("{:<29} → {remedy}", "");
            }
        }
    }
    let broken = findings.iter().any(|finding| finding.verdict == Verdict::Problem);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn good(topic: &'static str, finding: impl Into<String>) -> Finding {
    Finding { topic, verdict: Verdict::Good, finding: finding.into(), remedy: String::new() }
}

fn warning(topic: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { topic, verdict: Verdict::Warning, finding: finding.into(), remedy: remedy.into() }
}

fn problem(topic: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { topic, verdict: Verdict::Problem, finding: finding.into(), remedy: remedy.into() }
}

fn sound(findings: &mut Vec<Finding>) {
    let found = match devices::ask() {
        Ok(found) => found,
        Err(error) => {
            findings.push(problem("audio devices", format!("{error:#}"), "build or install Loophole anew"));
            return;
        }
    };
    for device in found.devices.iter().filter(|device| !device.id.starts_with("virtual")) {
        let text = format!("{} ({} in, {} out): {}", device.id, device.inputs, device.outputs, device.name);
        findings.push(good("audio device", text));
    }
    if found.devices.iter().all(|device| device.id.starts_with("virtual")) {
        findings.push(warning(
            "audio devices",
            "there is only the virtual one, which makes no sound",
            "start PipeWire (systemctl --user start pipewire wireplumber) with pipewire-jack, or jackd, or plug in a card",
        ));
    }
    for reason in found.absent {
        findings.push(good("not in use", reason));
    }
    findings.push(match found.realtime_remedy {
        None => good("real-time priority", "audio threads get SCHED_FIFO"),
        Some(remedy) => warning("real-time priority", "audio threads compete with all others", remedy),
    });
}

fn real_time_kit() -> Finding {
    let service = "/usr/share/dbus-1/system-services/org.freedesktop.RealtimeKit1.service";
    let limit = getrlimit(Resource::Rtprio).current;
    match (limit, Path::new(service).exists()) {
        (None, _) => good("rtprio limit", "unlimited"),
        (Some(limit), _) if limit > 0 => good("rtprio limit", format!("{limit}")),
        (_, true) => good("rtkit", "installed; sound servers can ask it for real-time priority"),
        (_, false) => warning(
            "rtkit",
            "neither an rtprio limit nor rtkit",
            "install rtkit, or give yourself `@audio - rtprio 95` in /etc/security/limits.d/audio.conf",
        ),
    }
}

fn locked_memory() -> Finding {
    match getrlimit(Resource::Memlock).current {
        None => good("locked memory", "unlimited"),
        Some(bytes) if bytes >= ENOUGH_LOCKED => good("locked memory", format!("{} MiB", bytes >> 20)),
        Some(bytes) => warning(
            "locked memory",
            format!("{} MiB: audio memory may be swapped out when the machine is short of it", bytes >> 20),
            "add `@audio - memlock unlimited` to /etc/security/limits.d/audio.conf and log in again",
        ),
    }
}

fn plugins() -> Vec<Finding> {
    let mut folders: Vec<PathBuf> =
        env::var_os("CLAP_PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(env::home_dir().map(|home| home.join(".clap")));
    folders.extend(["/usr/local/lib/clap", "/usr/lib/clap"].map(PathBuf::from));
    let mut findings = Vec::new();
    for folder in folders {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let bundle = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|kind| kind == "clap");
        let count = entries.flatten().filter(bundle).count();
        findings.push(good("plugin folder", format!("{}: {count} CLAP bundles", folder.display())));
    }
    if findings.is_empty() {
        let remedy = "install CLAP plugins to ~/.clap or /usr/lib/clap, for example the package zam-plugins";
        findings.push(warning("plugin folders", "there are none", remedy));
    }
    findings
}

fn governor() -> Finding {
    let path = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    match fs::read_to_string(path).map(|text| text.trim().to_owned()) {
        Ok(governor) if governor == "performance" => good("CPU governor", governor),
        Ok(governor) => warning(
            "CPU governor",
            format!("{governor}: the processor slows down between blocks"),
            "for short blocks: cpupower frequency-set -g performance",
        ),
        Err(_) => good("CPU governor", "the machine does not let it be chosen"),
    }
}
