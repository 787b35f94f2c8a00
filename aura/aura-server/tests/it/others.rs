//! Real Pulse and Signal for a test's Aura: started with inherited sockets as the supervisor does, killed, started again.

use std::{
    os::{fd::OwnedFd, unix::net::UnixListener},
    path::{Path, PathBuf},
};

use link::children::{Child, Program};
use tempfile::TempDir;

use crate::aura::soon;

/// One of the two, with the socket that outlives it.
pub struct Other {
    pub socket: PathBuf,
    listener: UnixListener,
    start: Box<dyn Fn(&UnixListener) -> Child>,
    child: Option<Child>,
}

impl Other {
    fn new(socket: PathBuf, start: impl Fn(&UnixListener) -> Child + 'static) -> Self {
        let listener = UnixListener::bind(&socket).unwrap();
        let child = Some(start(&listener));
        Self { socket, listener, start: Box::new(start), child }
    }

    /// Kills it as the kill button does.
    pub async fn kill(&mut self) {
        let child = self.child.take().unwrap();
        child.kill();
        soon(child.exited()).await;
    }

    pub fn start_again(&mut self) {
        self.child = Some((self.start)(&self.listener));
    }
}

/// Pulse with an empty song, which it derives for the Signal of the same folder.
pub fn pulse(folder: &TempDir) -> Other {
    let song = folder.path().join("Test.loophole");
    let (socket, signal) = (folder.path().join("pulse.sock"), folder.path().join("signal.sock"));
    let address = socket.clone();
    Other::new(socket, move |listener| {
        let program = Program::new(built("loophole-pulse"))
            .option("--song", &song)
            .option("--address", &address)
            .option("--signal-socket", &signal)
            .option("--incidents-file", address.with_file_name("incidents.json"))
            .option("--grants-file", address.with_file_name("grants.json"));
        let program = if song.exists() { program } else { program.argument("--create") };
        program.hand_down("--listen-fd", listener).unwrap().spawn().unwrap()
    })
}

/// Signal on the virtual device, writing this block.
pub fn signal(folder: &TempDir, telemetry: &OwnedFd) -> Other {
    let telemetry = telemetry.try_clone().unwrap();
    Other::new(folder.path().join("signal.sock"), move |listener| {
        Program::new(built("loophole-signal"))
            .hand_down("--listen-fd", listener)
            .unwrap()
            .hand_down("--telemetry-fd", &telemetry)
            .unwrap()
            .option("--sandbox-binary", built("loophole-sandbox"))
            .spawn()
            .unwrap()
    })
}

/// A program of the workspace, beside the test's own executable.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}
