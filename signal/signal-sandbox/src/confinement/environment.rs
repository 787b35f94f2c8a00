//! The environment: a plugin gets what it needs to find files and speak the user's language, and no more. Keys and passwords
//! that the user's shell holds are not among it.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};

/// What stays.
const KEPT: [&str; 10] =
    ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "CLAP_PATH", "LD_LIBRARY_PATH"];
/// What stays for who opens windows: where the display is, and who may use it.
const OF_THE_DISPLAY: [&str; 3] = ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"];
/// What stays whatever follows: places, the language's parts, and settings of this program.
const KEPT_PREFIXES: [&str; 4] = ["XDG_", "LC_", "RUST_", "LOOPHOLE_"];

unsafe extern "C" {
    static environ: *const *mut c_char;
}

/// Removes everything else, also from the memory that `/proc/PID/environ` shows. Where the `display` is stays on request.
pub fn forget(display: bool) {
    let mut forgotten = Vec::new();
    // SAFETY: this process has one thread, and the C library keeps a null pointer at the end of the list.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            let text = CStr::from_ptr(*entry);
            let length = text.to_bytes().len();
            let text = text.to_string_lossy();
            if let Some((name, _)) = text.split_once('=').filter(|(name, _)| !is_kept(name, display)) {
                forgotten.push((name.to_owned(), *entry, length));
            }
            entry = entry.add(1);
        }
    }
    for (name, text, length) in forgotten {
        // SAFETY: this process has one thread; the string lies where the kernel put it at the start, in memory of ours that
        // nobody reads once its name is gone from the list.
        unsafe {
            std::env::remove_var(name);
            text.write_bytes(0, length);
        }
    }
}

fn is_kept(name: &str, display: bool) -> bool {
    KEPT.contains(&name)
        || (display && OF_THE_DISPLAY.contains(&name))
        || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
