//! What sandboxes take of the machine's memory, each with three gains.

use std::fmt::Write as _;

use crate::{
    device,
    machine::{self, Memory},
    plugins,
    song::{Hosting, Song},
};

/// So many at once.
const COUNTS: [usize; 3] = [1, 16, 128];
/// Blocks before it is looked at, so that all that is used is in place.
const BLOCKS: usize = 100;

/// Measures it.
///
/// # Errors
/// A plugin does not run.
pub fn measure() -> anyhow::Result<String> {
    let mut text = "| sandboxes, three gains each | resident | its share of it (PSS) | its own alone | all together (PSS) |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    for count in COUNTS {
        let mut song = Song::load(Hosting::Isolated, &vec![vec![vec![plugins::gain()?; 3]]; count])?;
        device::play(&mut song, BLOCKS)?;
        let mut sum = Memory::default();
        for sandbox in song.sandboxes() {
            let memory = machine::memory(sandbox.pid)?;
            sum.resident += memory.resident;
            sum.proportional += memory.proportional;
            sum.private += memory.private;
        }
        let each = |bytes: u64| bytes as f64 / count as f64 / 1e6;
        writeln!(
            text,
            "| {count} | {:.1} MB | {:.1} MB | {:.1} MB | {:.0} MB |",
            each(sum.resident),
            each(sum.proportional),
            each(sum.private),
            sum.proportional as f64 / 1e6
        )?;
    }
    Ok(text)
}
