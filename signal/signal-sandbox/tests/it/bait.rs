//! What attempts to break out could find: a secret, ports, sockets, memory, a program that belongs to root. All of it is gone
//! when the bait is dropped.

use std::{
    env, fs,
    fs::File,
    net::{TcpListener, UdpSocket},
    os::{
        fd::OwnedFd,
        linux::net::SocketAddrExt as _,
        unix::{
            fs::{MetadataExt as _, PermissionsExt as _},
            net::{SocketAddr, UnixListener},
        },
    },
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::{NamedTempFile, TempDir};

/// Names the program that belongs to root, in the environment of tests as well.
const ROOTS_PROGRAM: &str = "LOOPHOLE_TEST_ROOTS_PROGRAM";
const SECRET: &str = "the user's own";

pub struct Bait {
    home: TempDir,
    tcp: TcpListener,
    udp: UdpSocket,
    _socket: UnixListener,
    _abstract: UnixListener,
    abstract_name: String,
    shared: NamedTempFile,
    _block: OwnedFd,
    _left_open: File,
}

impl Bait {
    pub fn lay() -> Self {
        let home = TempDir::new().unwrap();
        fs::write(home.path().join("secret"), SECRET).unwrap();
        let left_open = File::open(home.path().join("secret")).unwrap();
        rustix::io::fcntl_setfd(&left_open, rustix::io::FdFlags::empty()).unwrap();
        static LAID: AtomicU32 = AtomicU32::new(0);
        let laid = LAID.fetch_add(1, Ordering::Relaxed);
        let abstract_name = format!("loophole-bait-{}-{laid}", std::process::id());
        let name = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            _socket: UnixListener::bind(home.path().join("socket")).unwrap(),
            _abstract: UnixListener::bind_addr(&name).unwrap(),
            abstract_name,
            shared: NamedTempFile::new_in("/dev/shm").unwrap(),
            // Signal holds the blocks of all its sandboxes.
            _block: shm::sandbox_block::create().unwrap(),
            _left_open: left_open,
            home,
        }
    }

    /// The user's own folder.
    pub fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Tells a sandbox's environment where it lies.
    pub fn tell(&self, sandbox: &mut Command) {
        sandbox
            .env("HOME", self.home.path())
            .env("LOOPHOLE_TEST_SECRET", SECRET)
            .env("LOOPHOLE_TEST_PARENT", std::process::id().to_string())
            .env("LOOPHOLE_TEST_TCP", self.tcp.local_addr().unwrap().port().to_string())
            .env("LOOPHOLE_TEST_UDP", self.udp.local_addr().unwrap().port().to_string())
            .env("LOOPHOLE_TEST_SOCKET", self.home.path().join("socket"))
            .env("LOOPHOLE_TEST_ABSTRACT", &self.abstract_name)
            .env("LOOPHOLE_TEST_SHM", self.shared.path());
    }
}

/// A place where everybody may write, with a program that belongs to whoever runs this, and runs as them.
pub fn common_place() -> TempDir {
    let place = TempDir::new().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let program = roots_program(place.path());
    fs::copy("/usr/bin/id", &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).unwrap();
    place
}

/// Tells a test's environment of the program in the place.
pub fn tell_of_program(place: &Path, test: &mut Command) {
    test.env(ROOTS_PROGRAM, roots_program(place));
}

/// Whether the program that this test was told of belongs to root.
pub fn is_laid_by_root() -> bool {
    let program = env::var_os(ROOTS_PROGRAM).unwrap_or_default();
    fs::metadata(program).is_ok_and(|program| program.uid() == 0)
}

fn roots_program(place: &Path) -> PathBuf {
    place.join("id")
}
