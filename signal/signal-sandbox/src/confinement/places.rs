//! Which files a plugin may see: its own folder, and what libraries need of the system. Opens none.

use std::{
    env,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

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
/// The mode bit of a folder like `/tmp`, which everybody puts files into.
const STICKY: u32 = 0o1000;

/// What may be read, sorted: a folder stands before what lies in it. Not all of it need be there.
pub fn readable(bundles: &[PathBuf]) -> Vec<PathBuf> {
    let home = env::home_dir();
    let mut places: Vec<PathBuf> = SYSTEM.iter().chain(&FACTS).map(PathBuf::from).collect();
    places.extend(bundles.iter().flat_map(|bundle| places_of(bundle, home.as_deref())));
    // A panic of this program is told with the names of its functions.
    places.extend(env::current_exe());
    places.sort();
    places.dedup();
    places
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
    fn a_plugin_in_a_folder_of_much_else_reads_itself_alone() {
        for bundle in ["/users/ann/Verb.clap", "/users/Verb.clap", "/Verb.clap", "/tmp/Verb.clap"] {
            assert_eq!(places(bundle), [Path::new(bundle)], "{bundle}");
        }
    }
}
