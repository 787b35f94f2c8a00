//! The memory this process shares with its host, found the way malice would find it, and filled with garbage.
#![allow(unsafe_code)]

use std::fs;

/// Writes pseudo-random words into every shared mapping that can be written, for ever.
pub fn scribble_without_end() {
    let mappings = shared_mappings();
    // A fixed seed: every run writes the same.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        for (start, end) in &mappings {
            for address in (*start..*end).step_by(8) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                // SAFETY: the range is mapped, shared and writable, as /proc/self/maps said, and nothing here unmaps it.
                // What others make of the words is the very question.
                unsafe { std::ptr::with_exposed_provenance_mut::<u64>(address).write_volatile(seed) };
            }
        }
    }
}

fn shared_mappings() -> Vec<(usize, usize)> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let shared = maps.lines().filter(|line| line.contains("rw-s") && line.contains("memfd:"));
    shared
        .filter_map(|line| {
            let (start, end) = line.split_whitespace().next()?.split_once('-')?;
            Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
        })
        .collect()
}

/// What a stray pointer does.
pub fn write_to_nowhere() {
    // SAFETY: none: this is the crash that was asked for.
    unsafe { std::ptr::null_mut::<u32>().write_volatile(1) };
}

/// A process of its own that outlives a moment.
pub fn fork() {
    // SAFETY: the child calls nothing but async-signal-safe functions.
    unsafe {
        if libc::fork() == 0 {
            libc::sleep(600);
            libc::_exit(0);
        }
    }
}

/// Descriptors of the host's, too.
pub fn close_all() {
    // SAFETY: none: whoever owned them finds them closed. That is what is asked for.
    unsafe { libc::close_range(0, u32::MAX, 0) };
}

/// The host's memory file, found as its descriptor in /proc, cut to nothing.
pub fn truncate_shared_memory() {
    for descriptor in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        let is_memory =
            fs::read_link(descriptor.path()).is_ok_and(|it| it.to_string_lossy().contains("memfd:"));
        let number = descriptor.file_name().to_string_lossy().parse::<i32>();
        if let (true, Ok(number)) = (is_memory, number) {
            // SAFETY: it touches no memory here; what happens to mappings of the file is the very question.
            unsafe { libc::ftruncate(number, 0) };
        }
    }
}

/// Wakes waiters on every word of the shared memory, again and again.
pub fn forge_wakes_without_end() {
    let mappings = shared_mappings();
    loop {
        for (start, end) in &mappings {
            for address in (*start..(*end).min(start + 4096)).step_by(4) {
                // SAFETY: a wake reads and writes nothing at the address.
                unsafe { libc::syscall(libc::SYS_futex, address, libc::FUTEX_WAKE, i32::MAX) };
            }
        }
    }
}
