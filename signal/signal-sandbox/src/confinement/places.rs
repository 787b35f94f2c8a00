//! Which files a plugin may see: its own folder, what libraries need of the system, and what was granted to it. Opens none.

use std::{
    env,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::grants::{Access, GrantedPlace};
use crate::bundle::plugin_folders;

/// Programs and libraries of the system, in the places of all distributions.
const SYSTEM: [&str; 9] =
    ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/opt", "/nix/store", "/gnu/store", "/var/cache/fontconfig"];
/// What libraries ask the system about: other libraries, fonts, time, names of users, processors.
const FACTS: [&str; 13] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/group",
    "/sys/devices/system",
    "/dev/urandom",
    "/dev/random",
];
/// The same, of what the kernel tells; and of the process itself.
pub const KERNEL: [&str; 5] = ["/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm"];
/// What anybody may also write to.
pub const DEVICES: [&str; 2] = ["/dev/null", "/dev/zero"];
/// How names of machines are found, and which certificates are trusted.
const NETWORK: [&str; 9] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
];
/// Where X servers listen, by number.
const X11_SOCKETS: &str = "/tmp/.X11-unix/X";
/// The mode bit of a folder like `/tmp`, which everybody puts files into.
const STICKY: u32 = 0o1000;

/// Sorted: a folder stands before what lies in it. Not all of it need be there.
#[derive(Debug, Default)]
pub struct Places {
    /// What may be read.
    pub readable: Vec<PathBuf>,
    /// What may be written to as well.
    pub writable: Vec<PathBuf>,
}

impl Places {
    /// Those of the plugins in `bundles`, to which the places `granted` and other `access` were granted.
    pub fn of(bundles: &[PathBuf], granted: &[GrantedPlace], access: &[Access]) -> Self {
        let home = env::home_dir();
        let mut readable: Vec<PathBuf> = SYSTEM.iter().chain(&FACTS).map(PathBuf::from).collect();
        readable.extend(bundles.iter().flat_map(|bundle| places_of(bundle, home.as_deref())));
        // Chains that join later may have other plugins of the usual places.
        readable.extend(plugin_folders());
        // A panic of this program is told with the names of its functions.
        readable.extend(env::current_exe());
        for access in access {
            match access {
                Access::Network => readable.extend(with_targets(NETWORK.map(PathBuf::from))),
                Access::Display => readable.extend(with_targets(display(home.as_deref()))),
            }
        }
        let mut writable = Vec::new();
        for place in granted.iter().filter(|place| place.is_what_it_was()) {
            let into = if place.writable { &mut writable } else { &mut readable };
            into.extend(place.names().map(Clone::clone));
        }
        for places in [&mut readable, &mut writable] {
            places.sort();
            places.dedup();
        }
        Self { readable, writable }
    }
}

/// The sockets of the user's display, as far as they lie in folders, and the key to it.
fn display(home: Option<&Path>) -> Vec<PathBuf> {
    let x11 = env::var("DISPLAY").ok().and_then(|display| x11_socket(&display));
    let wayland = env::var_os("WAYLAND_DISPLAY").map(|socket| {
        let folder = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default();
        folder.join(socket)
    });
    let key = env::var_os("XAUTHORITY").map(PathBuf::from);
    let key = key.or_else(|| home.map(|home| home.join(".Xauthority")));
    x11.into_iter().chain(wayland).chain(key).filter(|place| place.is_absolute()).collect()
}

/// Of a display on this machine: ":0", ":0.1", "unix:0".
fn x11_socket(display: &str) -> Option<PathBuf> {
    let (host, number) = display.rsplit_once(':')?;
    let number = number.split('.').next()?;
    let is_here = host.is_empty() || host == "unix";
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_here && is_number).then(|| PathBuf::from(format!("{X11_SOCKETS}{number}")))
}

/// As they are named and where that leads.
fn with_targets(places: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let both = |place: PathBuf| {
        let target = place.canonicalize().ok();
        std::iter::once(place).chain(target)
    };
    places.into_iter().flat_map(both).collect()
}

/// The folder of a bundle, as it is named and where that leads. Of a folder that holds much else, like the user's own or
/// `/tmp`, it is the bundle alone.
fn places_of(bundle: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let mut files = vec![bundle.to_owned()];
    files.extend(bundle.canonicalize());
    let place = |file: PathBuf| match file.parent() {
        Some(folder) if !is_common(folder, home) => folder.to_owned(),
        _ => file,
    };
    files.into_iter().map(place).collect()
}

fn is_common(folder: &Path, home: Option<&Path>) -> bool {
    let sticky = folder.metadata().is_ok_and(|it| it.mode() & STICKY != 0);
    sticky || folder == Path::new("/") || home.is_some_and(|home| home.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(bundle: &str) -> Vec<PathBuf> {
        places_of(Path::new(bundle), Some(Path::new("/users/ann")))
    }

    #[test]
    fn a_plugin_reads_the_folder_it_lies_in() {
        assert_eq!(places("/users/ann/.clap/Verb.clap"), [Path::new("/users/ann/.clap")]);
    }

    #[test]
    fn a_display_of_this_machine_has_a_socket_here() {
        let socket = |display| x11_socket(display).map(|path| path.display().to_string());
        for here in [":7", ":7.1", "unix:7"] {
            assert_eq!(socket(here).as_deref(), Some("/tmp/.X11-unix/X7"), "{here}");
        }
        for elsewhere in ["ann:7", "", ":", ":../../etc/passwd", "7"] {
            assert_eq!(socket(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_plugin_in_a_folder_of_much_else_reads_itself_alone() {
        for bundle in ["/users/ann/Verb.clap", "/users/Verb.clap", "/Verb.clap", "/tmp/Verb.clap"] {
            assert_eq!(places(bundle), [Path::new(bundle)], "{bundle}");
        }
    }
}
