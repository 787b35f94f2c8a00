//! Attempts to break out of a sandbox, while it and another one play.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    path::PathBuf,
};

use signal_engine::sandbox::Convertible;
use tempfile::TempDir;

use crate::rig::{GAIN, Rig, sandbox_binary, slot};

const ATTEMPT: u32 = 8;
const ATTEMPTS: u32 = 16;
const SECRET: &str = "the user's own";

/// A sandbox that is told where a secret, a port and a socket are.
fn tempted(home: &TempDir, tcp: &TcpListener) -> PathBuf {
    let program = home.path().join("sandbox");
    let script = format!(
        "#!/bin/sh\nexport HOME={home} LOOPHOLE_TEST_SECRET={SECRET:?} LOOPHOLE_TEST_SOCKET={home}/socket\n\
         export LOOPHOLE_TEST_TCP={port} LOOPHOLE_TEST_PARENT={own}\nexec {sandbox} \"$@\"\n",
        home = home.path().display(),
        port = tcp.local_addr().unwrap().port(),
        own = std::process::id(),
        sandbox = sandbox_binary().display(),
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[test]
fn a_plugin_that_tries_to_break_out_is_refused_and_sound_goes_on() {
    let (home, tcp) = (TempDir::new().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    fs::write(home.path().join("secret"), SECRET).unwrap();
    let _socket = UnixListener::bind(home.path().join("socket")).unwrap();
    let mut rig = Rig::of_program(tempted(&home, &tcp), false);
    let mut hostile = rig.track(1, slot(10, "test.escape", &[(GAIN, 2.0)]), 0.25);
    let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut hostile, 0.5);
    rig.until_plays(&mut other, 0.5);
    hostile.listen();
    other.listen();
    for attempt in 1..=ATTEMPTS {
        let tries = Convertible::Value(f64::from(attempt));
        let mut answer = rig.sandboxes.convert(10, ATTEMPT, tries);
        let said = loop {
            rig.block(&mut [&mut hostile, &mut other]);
            if let Ok(said) = answer.try_recv() {
                break said;
            }
        };
        let (_, words) = said.unwrap();
        assert!(words.starts_with("refused"), "attempt {attempt}: {words}");
    }
    rig.until("both plugins", &mut [&mut hostile, &mut other], |_, tracks| {
        tracks.iter().all(|it| it.plays(0.5))
    });
    // A block that a busy machine made late is dry; nothing else was ever heard.
    for track in [&hostile, &other] {
        assert!(track.played.iter().all(|sample| (0.2499..0.5001).contains(sample)));
    }
    assert_eq!((rig.restarts(1), rig.restarts(2)), (0, 0));
    assert!(!home.path().join("planted").exists());
}

#[test]
fn another_track_has_the_same_bits_while_a_plugin_tries_to_break_out() {
    let (home, tcp) = (TempDir::new().unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let mut rig = Rig::of_program(tempted(&home, &tcp), true);
    let mut hostile = rig.track(1, slot(10, "test.escape", &[(GAIN, 2.0)]), 0.25);
    let mut other = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
    rig.until_plays(&mut other, 0.5);
    other.listen();
    for attempt in 1..=ATTEMPTS {
        let answer = rig.sandboxes.convert(10, ATTEMPT, Convertible::Value(f64::from(attempt)));
        rig.block(&mut [&mut hostile, &mut other]);
        assert!(answer.blocking_recv().unwrap().unwrap().1.starts_with("refused"), "attempt {attempt}");
        rig.block(&mut [&mut hostile, &mut other]);
    }
    assert!(other.played.iter().all(|sample| *sample == 0.5));
    assert!(hostile.plays(0.5));
}
