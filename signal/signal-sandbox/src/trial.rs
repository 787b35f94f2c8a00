//! Trying how a sandbox of this machine would be confined, for `loophole doctor`. Loads no foreign code.

use std::{io::Write as _, os::fd::AsRawFd as _};

use crate::confinement::{Confinement, Hold, Layer, take_standard_output};

/// Writes a line for each layer to standard output: its name, how it holds, and what is missing of it, parted by tabs.
///
/// # Errors
/// Standard output can't be written, or a sandbox not be made.
pub fn run(without: &[Layer]) -> anyhow::Result<()> {
    let mut output = take_standard_output()?;
    let mut confinement = Confinement::enter(&[output.as_raw_fd()], Vec::new(), without)?;
    for (layer, hold) in confinement.close(&[], &[]).into_iter().flatten() {
        let (hold, lack) = match hold {
            Hold::Whole => ("whole", ""),
            Hold::Partly(lack) => ("partly", lack.as_str()),
            Hold::Not(lack) => ("not", lack.as_str()),
        };
        writeln!(
            output,
            "{}\t{hold}\t{}",
            format!("{layer:?}").to_lowercase(),
            lack.replace(['\t', '\n'], " ")
        )?;
    }
    Ok(())
}
