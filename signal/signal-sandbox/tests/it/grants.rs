//! What is granted to a plugin, and that nothing else is: the ways out of `escape`, tried by a plugin that was granted some of
//! them. Each also where but one layer of those that cover files is there.

use std::{fs, os::unix::net::UnixListener, path::PathBuf, process::Command};

use chorus::{
    sandbox::v1::{
        Confined,
        confinement_layer::{Hold, Layer},
    },
    signal::v1::{GrantedPlace, Grants},
};

use crate::{bait::Bait, escape::try_with};

/// Attempts, from 1.
const READ_SECRET: usize = 1;
const WRITE: usize = 2;
const TCP: usize = 3;
const UNIX_SOCKET: usize = 5;
/// Either holds alone where files are meant; in a chroot there is but Landlock.
const FILE_LAYERS: [&[&str]; 3] = [&[], &["namespaces"], &["landlock"]];

/// The attempts that succeed, and would not without what was granted.
fn granted(
    bait: &Bait,
    without: &[&str],
    places: &[GrantedPlace],
    prepare: impl Fn(&mut Command),
) -> Vec<usize> {
    let grants = Grants { places: places.to_vec(), ..Grants::default() };
    let (before, _) = try_with(bait, without, Grants::default(), |_| {});
    let _ = fs::remove_file(bait.home().join("planted"));
    let (refused, _) = try_with(bait, without, grants, prepare);
    (1..=refused.len()).filter(|attempt| before[attempt - 1] && !refused[attempt - 1]).collect()
}

/// Whether plugins of this machine have a root of their own; if not, only seccomp keeps them from sockets in folders.
fn have_own_root(confined: &Confined) -> bool {
    let layer = confined.layers.iter().find(|layer| layer.layer() == Layer::Namespaces).unwrap();
    layer.hold() != Hold::Not && !layer.lack.contains("file system")
}

fn place(path: PathBuf, writable: bool) -> GrantedPlace {
    let leads_to = path.canonicalize().unwrap().display().to_string();
    GrantedPlace { path: path.display().to_string(), leads_to, writable }
}

#[test]
fn a_file_is_read_and_a_folder_is_written_to_where_that_was_granted() {
    for without in FILE_LAYERS {
        let bait = Bait::lay();
        let licence = place(bait.home().join("secret"), false);
        assert_eq!(granted(&bait, without, &[licence], |_| {}), [READ_SECRET], "without {without:?}");
        let home = place(bait.home(), false);
        assert_eq!(granted(&bait, without, &[home], |_| {}), [READ_SECRET], "without {without:?}");
        let written = place(bait.home(), true);
        let both = [READ_SECRET, WRITE];
        assert_eq!(granted(&bait, without, &[written], |_| {}), both, "without {without:?}");
        assert!(bait.home().join("planted").exists());
    }
}

#[test]
fn a_folder_within_what_all_plugins_read_can_be_written_to() {
    for without in FILE_LAYERS {
        let bait = Bait::lay();
        let all = place(bait.home(), false);
        let inner = bait.home().join("inner");
        fs::create_dir(&inner).unwrap();
        let within = place(inner.clone(), true);
        let as_home = |sandbox: &mut Command| {
            sandbox.env("HOME", &inner);
        };
        assert_eq!(granted(&bait, without, &[all, within], as_home), [WRITE], "without {without:?}");
    }
}

#[test]
fn a_link_that_was_turned_elsewhere_grants_nothing() {
    let bait = Bait::lay();
    let (link, samples) = (bait.home().join("link"), bait.home().join("samples"));
    fs::create_dir(&samples).unwrap();
    std::os::unix::fs::symlink(&samples, &link).unwrap();
    let linked = place(link.clone(), true);
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(bait.home(), &link).unwrap();
    assert_eq!(granted(&bait, &[], &[linked], |_| {}), [0_usize; 0]);
}

#[test]
fn a_plugin_with_network_connects_and_is_not_connected_to() {
    let bait = Bait::lay();
    let with_network = |sandbox: &mut Command| {
        sandbox.arg("--access=network");
    };
    // Sending by UDP, as it is tried, takes a port of one's own.
    assert_eq!(granted(&bait, &[], &[], with_network), [TCP]);
}

/// The socket of a display that is there as long as this is.
struct Display {
    socket: PathBuf,
    number: u32,
    _server: UnixListener,
}

impl Display {
    fn start() -> Self {
        let folder = PathBuf::from("/tmp/.X11-unix");
        fs::create_dir_all(&folder).unwrap();
        let number = 10_000 + std::process::id();
        let socket = folder.join(format!("X{number}"));
        let _ = fs::remove_file(&socket);
        Self { _server: UnixListener::bind(&socket).unwrap(), socket, number }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.socket);
    }
}

#[test]
fn a_plugin_with_a_display_reaches_that_and_no_other_socket() {
    let (bait, display) = (Bait::lay(), Display::start());
    let with_display = |sandbox: &mut Command| {
        sandbox.arg("--access=display").env("DISPLAY", format!(":{}.0", display.number));
    };
    let (refused, confined) = try_with(&bait, &[], Grants::default(), with_display);
    assert!(refused[UNIX_SOCKET - 1] == have_own_root(&confined), "another socket");
    assert!(refused.iter().enumerate().all(|(index, refused)| *refused || index == UNIX_SOCKET - 1));
    let its_socket = granted(&bait, &[], &[], |sandbox| {
        with_display(sandbox);
        sandbox.env("LOOPHOLE_TEST_SOCKET", &display.socket);
    });
    assert_eq!(its_socket, [UNIX_SOCKET]);
    let not_granted = granted(&bait, &[], &[], |sandbox| {
        sandbox.env("DISPLAY", format!(":{}", display.number));
        sandbox.env("LOOPHOLE_TEST_SOCKET", &display.socket);
    });
    assert_eq!(not_granted, [0_usize; 0]);
}
