//! Plugins that apply every value of a block from its first frame on, whatever frame the value is for.
//!
//! CLAP gives each event a frame, and most plugins keep to it. Those made with DPF do not: a filter turned in the middle
//! of a block of 8192 is heard 0.17 s too early. Their blocks are split at values instead, which costs a call each. They
//! are known by a symbol that DPF puts into everything it builds. Measuring would need a second instance, twice the time
//! to load, and would still be fooled by plugins that are never twice the same; taking everyone for one of these would make
//! automation dear for those that do it right.

use std::{fs::File, io::Read as _, path::Path};

/// The name of DPF's group of two ports, which its plugin core holds.
const MARK: &[u8] = b"\0dpf_stereo\0";
/// Bytes looked through; DPF comes first in small files, and large ones are mostly samples.
const MOST_BYTES: u64 = 32 << 20;
/// Bytes read at once.
const PART_BYTES: usize = 64 << 10;

/// Whether the plugins of the bundle at `path` need their blocks split at values. A file that can't be read needs nothing.
pub fn applies_values_early(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut file = file.take(MOST_BYTES);
    let mut part = vec![0; PART_BYTES];
    // What was read last may hold the beginning of the mark.
    let mut kept = 0;
    while let Ok(read) = file.read(&mut part[kept..])
        && read > 0
    {
        let filled = kept + read;
        if part[..filled].windows(MARK.len()).any(|window| window == MARK) {
            return true;
        }
        kept = filled.min(MARK.len() - 1);
        part.copy_within(filled - kept..filled, 0);
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_mark_is_found_wherever_it_lies_and_not_where_it_is_not() {
        let folder = std::env::temp_dir().join(format!("loophole-block-start-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, before: usize, mark: &[u8]| {
            let path = folder.join(name);
            let mut file = File::create(&path).unwrap();
            file.write_all(&vec![b'x'; before]).unwrap();
            file.write_all(mark).unwrap();
            path
        };
        assert!(applies_values_early(&file("across", PART_BYTES - 5, MARK)));
        assert!(applies_values_early(&file("first", 0, MARK)));
        assert!(!applies_values_early(&file("none", 3 * PART_BYTES, &MARK[..9])));
        assert!(!applies_values_early(&folder.join("missing")));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
