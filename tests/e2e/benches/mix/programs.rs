//! The command lines that mix the same files: Loophole's, ecasound's and sox's.
//!
//! Blocks are of 1024 frames where a program has any. ecasound sums with a gain and a panner on every chain, as Loophole's tracks do; sox has gains alone, so it does less.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use e2e::{Home, home::text};

use crate::material::{FRAMES, Material, RATE, SECONDS};

/// Where every mix goes, in the home.
pub const OUTPUT: &str = "mix.wav";

/// What mixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `loophole render` of a song.
    Loophole,
    /// A chain a file.
    Ecasound,
    /// `sox -m`.
    Sox,
}

impl Program {
    /// The one that is measured first.
    pub const ALL: [Self; 3] = [Self::Loophole, Self::Ecasound, Self::Sox];

    /// As people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loophole => "loophole",
            Self::Ecasound => "ecasound",
            Self::Sox => "sox",
        }
    }

    /// The command line that mixes `material` to [`OUTPUT`].
    ///
    /// # Errors
    /// Loophole has not been built.
    pub fn mix(self, home: &Home, material: &Material) -> anyhow::Result<Command> {
        let output = home.path(OUTPUT);
        let _ = std::fs::remove_file(&output);
        match self {
            Self::Loophole => {
                let mut command = home.loophole()?;
                command.args(["render", text(&material.song)?, "-o", text(&output)?]);
                command.args(["--bits", "24", "--block", "1024"]);
                // A new song goes by two seconds to a bar; without a range there would be a tail.
                command.args(["--from", "1", "--to", &(SECONDS / 2 + 1).to_string()]);
                Ok(command)
            }
            Self::Ecasound => ecasound(material, &output),
            Self::Sox => sox(material, &output),
        }
    }
}

fn ecasound(material: &Material, output: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new("ecasound");
    // No ring buffers against late disks: the files are in memory, and they cost it time.
    command.args(["-q", "-D", "-b:1024", "-z:nodb", "-z:mixmode,sum"]);
    for (track, file) in material.files.iter().enumerate() {
        let (fader, pan) = (material.gain(), material.pan(track));
        command.args([format!("-a:{track}"), format!("-i:{}", text(file)?)]);
        command.args([format!("-ea:{}", 100.0 * fader), format!("-epp:{}", 50.0 + 50.0 * pan)]);
    }
    command.args(["-a:all".to_owned(), format!("-f:s24_le,2,{RATE}"), format!("-o:{}", text(output)?)]);
    Ok(command)
}

fn sox(material: &Material, output: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new("sox");
    command.args(["-D", "-m"]);
    for file in &material.files {
        command.args(["-v".to_owned(), material.gain().to_string(), text(file)?.to_owned()]);
    }
    command.args(["-b", "24", text(output)?]);
    Ok(command)
}

/// Whether a program has mixed what it was told.
///
/// # Errors
/// The mix is missing, silent, or not as long as the files.
pub fn check(output: &Path) -> anyhow::Result<()> {
    let mut reader = hound::WavReader::open(output)?;
    let frames = reader.duration();
    ensure!(frames.abs_diff(FRAMES) <= 1024, "{} has {frames} frames", output.display());
    let loudest = reader.samples::<i32>().take(1 << 20).filter_map(Result::ok).map(i32::unsigned_abs).max();
    ensure!(loudest > Some(1 << 16), "{} is silent", output.display());
    Ok(())
}
