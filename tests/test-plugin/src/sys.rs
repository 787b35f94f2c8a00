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
