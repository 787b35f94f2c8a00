//! What the confinement is made of, seen from outside: processes and how they end, priorities, environment, log.

use std::{fs, io::Read as _, process::Stdio, time::Duration};

use chorus::sandbox::v1::{
    Hello,
    confinement_layer::{Hold, Layer},
    signal_message::Kind as Down,
};
use signal_rt::Role;

use crate::{
    peer::{Peer, slot},
    test_plugin::bundle,
};

/// Kept where root may not raise the limit that would make up for it.
const SYS_NICE: u64 = 1 << 23;

fn gain() -> Vec<chorus::signal::v1::PluginSlot> {
    vec![slot(7, &bundle(), "test.gain", &[])]
}

/// A field of `/proc/PID/status`.
fn status(pid: u32, field: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim_start_matches(':').trim().to_owned())
}

fn parent(pid: u32) -> u32 {
    status(pid, "PPid").and_then(|parent| parent.parse().ok()).unwrap_or(0)
}

fn wait_until_gone(pid: u32) {
    // A hundred times what the slowest machine needs.
    for _ in 0..1000 {
        if !fs::exists(format!("/proc/{pid}")).unwrap() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("process {pid} is still there");
}

#[test]
fn the_host_has_no_capability_but_that_to_priorities_and_filters_on_every_thread() {
    let (peer, _) = Peer::load(gain());
    for layer in &peer.confined().layers {
        assert!(layer.lack.is_empty() == (layer.hold() == Hold::Whole), "{layer:?}");
    }
    for task in fs::read_dir(format!("/proc/{}/task", peer.pid())).unwrap() {
        let thread = task.unwrap().file_name().into_string().unwrap().parse().unwrap();
        assert_eq!(status(thread, "Seccomp").unwrap(), "2");
        assert_eq!(status(thread, "NoNewPrivs").unwrap(), "1");
        for set in ["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"] {
            let held = u64::from_str_radix(&status(thread, set).unwrap(), 16).unwrap();
            let is_bound = set == "CapBnd" && !rustix::process::geteuid().is_root();
            assert!(held & !SYS_NICE == 0 || is_bound, "{set} of {thread}: {held:x}");
        }
    }
}

#[test]
fn a_layer_that_is_left_out_is_told() {
    let mut peer = Peer::start_with(|sandbox| {
        sandbox.args(["--without", "seccomp,limits"]);
    });
    peer.hello();
    peer.load_chain(gain());
    let missing = |wanted: Layer| {
        let mut layers = peer.confined().layers.iter();
        layers.any(|it| it.layer() == wanted && it.hold() == Hold::Not && !it.lack.is_empty())
    };
    assert!(missing(Layer::Seccomp) && missing(Layer::Limits) && !missing(Layer::Privileges));
    assert_eq!(status(peer.pid(), "Seccomp").unwrap(), "0");
}

#[test]
fn whoever_kills_the_parent_of_a_host_kills_the_host_and_all_around_it() {
    let (peer, _) = Peer::load(gain());
    let (host, warden) = (peer.pid(), parent(peer.pid()));
    assert_eq!(parent(warden), std::process::id());
    let children = fs::read_to_string(format!("/proc/{warden}/task/{warden}/children")).unwrap_or_default();
    let children: Vec<u32> = children.split_whitespace().map(|child| child.parse().unwrap()).collect();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(warden as i32).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    wait_until_gone(host);
    children.into_iter().for_each(wait_until_gone);
}

#[test]
fn the_parent_of_a_host_ends_as_the_host_did() {
    use std::os::unix::process::ExitStatusExt as _;
    for signal in
        [rustix::process::Signal::KILL, rustix::process::Signal::USR1, rustix::process::Signal::XCPU]
    {
        let (peer, _) = Peer::load(gain());
        let host = rustix::process::Pid::from_raw(peer.pid() as i32).unwrap();
        rustix::process::kill_process(host, signal).unwrap();
        assert_eq!(peer.ended().signal(), Some(signal.as_raw()));
    }
}

#[test]
fn told_to_end_the_parent_ends_the_host() {
    use std::os::unix::process::ExitStatusExt as _;
    let (peer, _) = Peer::load(gain());
    let (host, warden) = (peer.pid(), parent(peer.pid()));
    let warden = rustix::process::Pid::from_raw(warden as i32).unwrap();
    rustix::process::kill_process(warden, rustix::process::Signal::TERM).unwrap();
    assert_eq!(peer.ended().signal(), Some(rustix::process::Signal::KILL.as_raw()));
    wait_until_gone(host);
}

#[test]
fn the_audio_thread_has_real_time_priority_where_one_of_its_parent_would() {
    let may = std::thread::spawn(|| signal_rt::enter(Role::LiveSandbox).realtime).join().unwrap();
    let mut peer = Peer::start();
    peer.hello();
    peer.load_chain_at(48_000, false, gain());
    let priority = |task: fs::DirEntry| {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap();
        let (name, fields) = stat.rsplit_once(')').unwrap();
        let fields: Vec<&str> = fields.split_whitespace().collect();
        // Field 40 of proc(5), counted from the state, which is field 3.
        name.ends_with("(audio").then(|| fields[37].parse::<i32>().unwrap())
    };
    let tasks = fs::read_dir(format!("/proc/{}/task", peer.pid())).unwrap();
    // It asks once it runs: a block that was answered says that it does.
    peer.block(&mut [0.0; 64], &mut [0.0; 64], &[]);
    let found: Vec<i32> = tasks.filter_map(|task| priority(task.unwrap())).collect();
    assert_eq!(found, [if may { Role::LiveSandbox.priority().unwrap() } else { 0 }]);
}

#[test]
fn no_key_of_the_users_shell_is_in_the_environment() {
    let mut peer = Peer::start_with(|sandbox| {
        sandbox.env("CLOUD_KEY", "the user's own").env("LC_TIME", "de_DE.UTF-8");
    });
    peer.hello();
    peer.load_chain(gain());
    let Ok(environment) = fs::read(format!("/proc/{}/environ", peer.pid())) else {
        assert!(!rustix::process::geteuid().is_root(), "root may read it");
        return;
    };
    let environment = String::from_utf8_lossy(&environment).into_owned();
    assert!(environment.contains("LC_TIME=de_DE.UTF-8"));
    assert!(!environment.contains("CLOUD_KEY") && !environment.contains("the user's own"), "{environment}");
}

#[test]
fn what_a_host_says_on_standard_error_is_passed_on() {
    let (read, written) = rustix::pipe::pipe().unwrap();
    let mut peer = Peer::start_with(|sandbox| {
        sandbox.stderr(Stdio::from(written));
    });
    peer.send(Down::Hello(Hello { build: "old".to_owned(), ..Hello::default() }));
    assert_eq!(peer.ended().code(), Some(1));
    let mut said = String::new();
    fs::File::from(read).read_to_string(&mut said).unwrap();
    assert!(said.contains("version 0 of the sandbox contract"), "{said}");
}
