//! How plugins are kept from the rest of the machine here: a sandbox is made as for plugins, and says which layers hold. What
//! each refuses is in docs/confinement.md.

use std::{env, process::Command};

use anyhow::{Context as _, ensure};

use super::{Finding, good, problem, warning};
use crate::places;

/// A layer, as the sandbox names it and as people do; what keeps plugins from what while it is missing; and what to do.
struct Layer {
    name: &'static str,
    topic: &'static str,
    holds: &'static str,
    replaced: &'static str,
    remedy: &'static str,
}

const LAYERS: [Layer; 5] = [
    Layer {
        name: "privileges",
        topic: "privileges",
        holds: "plugins have no capability, no descriptor and no key of your shell",
        replaced: "they may have rights that you have",
        remedy: "don't run Loophole as root",
    },
    Layer {
        name: "namespaces",
        topic: "namespaces",
        holds: "plugins have users, processes, files and a network of their own",
        replaced: "Landlock keeps them from files, seccomp from networks and processes",
        remedy: "`sudo sysctl kernel.unprivileged_userns_clone=1` on Debian, user.max_user_namespaces above 0, no AppArmor \
                 restriction (kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu), no chroot or container",
    },
    Layer {
        name: "limits",
        topic: "limits",
        holds: "plugins have bounds of memory, descriptors and real-time processor time",
        replaced: "one that takes all memory takes it from everything",
        remedy: "report it: these limits can always be lowered",
    },
    Layer {
        name: "landlock",
        topic: "Landlock",
        holds: "plugins read their own folder and the system's libraries, and write nothing",
        replaced: "namespaces keep them from your files; seccomp and namespaces from TCP, sockets and signals",
        remedy: "run a kernel of 6.12 or newer with CONFIG_SECURITY_LANDLOCK, and `landlock` in lsm=… of its command line",
    },
    Layer {
        name: "seccomp",
        topic: "seccomp",
        holds: "plugins start no program, open no socket and reach no other process",
        replaced: "namespaces keep them from networks and processes; nothing keeps them from sockets in folders that they see, \
                   io_uring and other calls that kernels were broken into by",
        remedy: "run a kernel with CONFIG_SECCOMP_FILTER",
    },
];

/// All of it.
pub(super) fn look() -> Vec<Finding> {
    let mut findings = match ask() {
        Ok(said) => LAYERS.iter().map(|layer| finding(layer, &said)).collect(),
        Err(error) => vec![problem("confinement", format!("{error:#}"), "build or install Loophole anew")],
    };
    findings.push(display());
    findings
}

/// What a sandbox says, a line for each layer.
fn ask() -> anyhow::Result<String> {
    let program = places::program("loophole-sandbox")?;
    let output = Command::new(&program).arg("--try-confinement").output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{} ended with {}: {words}", program.display(), output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{} says nothing readable", program.display()))
}

fn finding(layer: &Layer, said: &str) -> Finding {
    let lines = said.lines().map(|line| line.splitn(3, '\t').collect::<Vec<_>>());
    let told = lines.into_iter().find_map(|line| match line.as_slice() {
        [name, hold, lack] if *name == layer.name => Some(((*hold).to_owned(), (*lack).to_owned())),
        _ => None,
    });
    let Layer { topic, holds, replaced, remedy, .. } = layer;
    match told {
        Some((hold, _)) if hold == "whole" => good(topic, *holds),
        Some((hold, lack)) if hold == "partly" => {
            warning(topic, format!("{holds}, but for this: {lack}. There, {replaced}"), *remedy)
        }
        Some((_, lack)) => warning(topic, format!("none: {lack}. Without it, {replaced}"), *remedy),
        None => warning(topic, "the sandbox says nothing of it", "build or install Loophole anew"),
    }
}

/// The one risk that no layer takes away once the display is granted.
fn display() -> Finding {
    let none = "no plugin reaches the display unless you grant it";
    let risk =
        "one that has a window under X11 can read the keys of all other windows, and press keys in them";
    good(
        "plugins' windows",
        match (env::var_os("WAYLAND_DISPLAY"), env::var_os("DISPLAY")) {
            (None, None) => format!("{none}; there is none here"),
            _ => format!("{none}; {risk}"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn what_the_kernel_of_debian_12_lacks_is_told_with_what_replaces_it_and_the_remedy() {
        let said = "landlock\tpartly\tABI 2 can't rule out TCP\nseccomp\twhole\t\n";
        let [.., landlock, seccomp] = LAYERS.map(|layer| finding(&layer, said));
        assert!(landlock.verdict == Verdict::Warning && landlock.remedy.contains("6.12"));
        assert!(
            landlock.finding.contains("ABI 2 can't rule out TCP. There, namespaces keep"),
            "{}",
            landlock.finding
        );
        assert!(seccomp.verdict == Verdict::Good && seccomp.remedy.is_empty());
    }

    #[test]
    fn a_layer_that_is_not_there_and_one_that_is_not_told_are_warnings() {
        let said = "namespaces\tnot\tthe system gives none (EPERM)\n";
        let [_, namespaces, limits, ..] = LAYERS.map(|layer| finding(&layer, said));
        assert!(
            namespaces.finding.starts_with("none: the system gives none (EPERM). Without it, Landlock keeps")
        );
        assert!(limits.verdict == Verdict::Warning);
    }
}
