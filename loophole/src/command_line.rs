//! The command line, as clap reads it. Holds no behaviour.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{commands::grants::Grants, metronome_output::MetronomeOutput};

/// Loophole: a digital audio workstation of separate processes.
#[derive(Debug, Parser)]
#[command(name = "loophole", version = link::build(), args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The song to open (a folder, NAME.loophole). Left out: the last one, or an untitled one.
    pub(crate) song: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) start: Start,
}

/// How to start.
#[derive(Args, Debug)]
pub(crate) struct Start {
    /// Create the song if it does not exist.
    #[arg(long)]
    pub new: bool,
    /// Start playing at once.
    #[arg(long)]
    pub play: bool,
    /// Only print the page's address.
    #[arg(long)]
    pub no_browser: bool,
    /// The page's TCP port on 127.0.0.1; 0: any free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The audio device, remembered: auto, virtual[:CHANNELS[:LOOPBACK]], jack[:SERVER], pipewire[:CARD] or alsa[:PCM], for
    /// example alsa:hw:0; `loophole devices` lists them.
    #[arg(long)]
    pub device: Option<String>,
    /// Sample rate in hertz, remembered; JACK and PipeWire have their own.
    #[arg(long, value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    pub rate: Option<u32>,
    /// Frames of a block, remembered.
    #[arg(long, value_parser = clap::value_parser!(u32).range(16..=8_192))]
    pub block: Option<u32>,
    /// Most channels that are heard, remembered.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub inputs: Option<u32>,
    /// Most channels that are played, remembered.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub outputs: Option<u32>,
    /// Where the built page is. Left out: LOOPHOLE_PAGE, or beside the program.
    #[arg(long)]
    pub page_folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open the demo song; it is made at the first time.
    Demo(Start),
    #[command(flatten)]
    Report(Report),
}

/// Commands that do one thing and end.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// List the processes of every running Loophole, and what its plugins and their isolation cost.
    #[command(visible_alias = "processes")]
    Ps {
        #[arg(long)]
        json: bool,
    },
    /// Show the log of all processes.
    Logs {
        /// Go on with new lines as they come.
        #[arg(short, long)]
        follow: bool,
        /// How many of the last lines to begin with.
        #[arg(short = 'n', long, default_value_t = 100)]
        lines: usize,
    },
    /// List the audio devices that can be chosen.
    Devices {
        #[arg(long)]
        json: bool,
    },
    /// Look at what sound needs of this machine, and say what to do about what is missing.
    Doctor {
        #[arg(long)]
        json: bool,
    },
    /// Silence every note of every running Loophole; songs that play go on.
    Panic,
    /// Stop a running Loophole.
    Stop {
        /// The supervisor's pid, if several run.
        pid: Option<u32>,
    },
    /// Kill one of the processes with SIGKILL; it is started again.
    Kill {
        /// A pid that `loophole ps` shows.
        pid: u32,
    },
    /// List the CLAP plugins of this machine. What is new is looked at first, each bundle in a process of its own.
    Plugins {
        /// Look at every bundle anew, also at those that are remembered.
        #[arg(long)]
        rescan: bool,
        /// List what went wrong with them instead, newest first: the last 500 crashes, hangs and the like.
        #[arg(long, conflicts_with = "rescan")]
        incidents: bool,
        /// Let a plugin that runs alone because it crashed run as its songs say again.
        #[arg(long, value_name = "PLUGIN-ID", conflicts_with_all = ["rescan", "incidents", "json"])]
        forgive: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Say what plugins may reach on this machine beside their own folders, or grant and revoke it, in all songs.
    ///
    /// Without a plugin all are listed. A plugin that plays is loaded anew, with its state.
    Grants(Grants),
    /// Bring MIDI, WAV (RF64, BW64 and Wave64 too) and FLAC files into a song, which is created if it does not exist.
    Import {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The song.
        #[arg(short = 'o', long = "output", value_name = "SONG")]
        song: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Render a song to a WAV file, offline.
    Render(Render),
    /// Export a song, or its tracks one by one, to WAV, FLAC or Ogg Vorbis.
    Export(Box<Export>),
    /// Say what a song holds.
    Info {
        song: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// List the songs that were opened last, and those of the songs folder.
    Songs {
        #[arg(long)]
        json: bool,
    },
    /// Have a running Loophole open another song in place of the one that is open; every page follows.
    ///
    /// `loophole SONG` opens a song in a Loophole of its own instead, beside those that run.
    Switch {
        /// The song (a folder, NAME.loophole). Left out: an untitled new one.
        song: Option<PathBuf>,
        /// Create the song.
        #[arg(long)]
        new: bool,
        /// The supervisor's pid, if several run.
        #[arg(long)]
        pid: Option<u32>,
    },
    /// Copy a song, as it is now, with its whole history, under another name. It may be open.
    Copy {
        song: PathBuf,
        /// The copy; a folder that is not there yet, NAME.loophole.
        #[arg(short = 'o', long, value_name = "COPY")]
        output: PathBuf,
    },
    /// Apply a script of commands, one JSON object a line (see `loophole commands`).
    ///
    /// {"transaction": "label"} starts a new transaction; {"undo": {}} and {"redo": {}} do what they say.
    Edit {
        song: PathBuf,
        /// The script; - is standard input.
        script: PathBuf,
        /// Create the song if it does not exist.
        #[arg(long)]
        new: bool,
        #[arg(long)]
        json: bool,
    },
    /// Record into the armed tracks of the song that is open; the song plays if it rests.
    Record {
        /// End the recording; the song plays on.
        #[arg(long)]
        stop: bool,
    },
    /// Make clips of what was played last on armed tracks, as if it had been recorded.
    Keep {
        /// The track that gets it if none is armed.
        #[arg(long, default_value_t = 0)]
        track: u64,
    },
    /// Measure the latency from an output to an input that a cable connects, and place recordings by it.
    Calibrate {
        /// Output of the audio device, from 1.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
        output: u32,
        /// Input of the audio device, from 1.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
        input: u32,
    },
    /// Say, or choose, where the metronome is heard on this machine; `edit` switches it on and sets its level (`set_song`).
    Metronome {
        /// main (with the song), none, an output of the audio device from 1, or two as 3-4.
        output: Option<MetronomeOutput>,
    },
    /// List the commands of `edit` with their fields.
    Commands {
        #[arg(long)]
        json: bool,
    },
}

/// `loophole render`.
#[derive(Args, Debug)]
pub(crate) struct Render {
    /// A song, or "demo".
    pub song: PathBuf,
    /// The WAV file to write.
    #[arg(short = 'o', long, value_name = "OUT.wav")]
    pub output: PathBuf,
    /// Sample rate.
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    pub rate: u32,
    /// Frames of a block (16 to 8192), or random:SEED.
    #[arg(long, default_value = "256")]
    pub block: Blocks,
    /// Threads, 1 to 64. Left out: one a core. The sound is the same.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub threads: Option<u32>,
    /// First bar, from 1.
    #[arg(long, value_name = "BAR", requires = "to", value_parser = clap::value_parser!(u32).range(1..))]
    pub from: Option<u32>,
    /// Bar after the last.
    #[arg(long, value_name = "BAR", requires = "from", value_parser = clap::value_parser!(u32).range(2..))]
    pub to: Option<u32>,
    /// Format of the samples.
    #[arg(long, value_enum, default_value = "24")]
    pub bits: Bits,
    #[arg(long)]
    pub json: bool,
}

/// `loophole export`.
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// A song, or "demo". While it is open it is exported as it is at this moment.
    pub song: PathBuf,
    /// The file to write; with --stems the folder.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: PathBuf,
    /// The mix, and a file for each track and bus that goes to the master, before the master: together they are the mix.
    #[arg(long)]
    pub stems: bool,
    /// Left out: what the file's ending says, else wav.
    #[arg(long, value_enum)]
    pub format: Option<FileFormat>,
    /// Format of the samples of WAV and FLAC.
    #[arg(long, value_enum, default_value = "24")]
    pub bits: Bits,
    /// Quality of Ogg Vorbis, -1 to 10.
    #[arg(long, default_value_t = 6.0, allow_negative_numbers = true)]
    pub quality: f32,
    /// Sample rate of the files.
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    pub rate: u32,
    /// Render at this rate and convert; left out: render at the rate of the files.
    #[arg(long, value_name = "RATE", value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    pub render_rate: Option<u32>,
    /// First bar, from 1.
    #[arg(long, value_name = "BAR", requires = "to", value_parser = clap::value_parser!(u32).range(1..))]
    pub from: Option<u32>,
    /// Bar after the last.
    #[arg(long, value_name = "BAR", requires = "from", value_parser = clap::value_parser!(u32).range(2..))]
    pub to: Option<u32>,
    /// The song's loop instead of bars.
    #[arg(long = "loop", conflicts_with = "from")]
    pub loop_range: bool,
    /// Seconds to go on at most, until it is silent.
    #[arg(long, default_value_t = 10.0)]
    pub tail: f64,
    /// Bring the mix to this integrated loudness in LUFS; stems get the same gain.
    #[arg(long, value_name = "LUFS", allow_negative_numbers = true, conflicts_with = "true_peak")]
    pub loudness: Option<f32>,
    /// Bring the mix to this true peak in dBTP; stems get the same gain.
    #[arg(long, value_name = "DBTP", allow_negative_numbers = true)]
    pub true_peak: Option<f32>,
    /// Round to 16 or 24 bits without dither.
    #[arg(long)]
    pub no_dither: bool,
    /// Seed of the dither: the same gives the same file.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Title in the files. Left out: the song's name.
    #[arg(long)]
    pub title: Option<String>,
    /// Frames of a block (16 to 8192), or random:SEED.
    #[arg(long, default_value = "256")]
    pub block: Blocks,
    /// Threads, 1 to 64. Left out: one a core. The sound is the same.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub threads: Option<u32>,
    #[arg(long)]
    pub json: bool,
    /// Yield to whatever plays; with --json tell each step and each file in a line of its own.
    #[arg(long)]
    pub background: bool,
}

/// Kinds of files an export makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    Wav,
    Flac,
    Ogg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bits {
    #[value(name = "16")]
    Int16,
    #[value(name = "24")]
    Int24,
    #[value(name = "32f")]
    Float32,
}

/// Lengths of the blocks that a render is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocks {
    Fixed(u32),
    /// Random lengths from this seed.
    Random(u64),
}

impl std::str::FromStr for Blocks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(seed) = text.strip_prefix("random:") {
            return seed
                .parse()
                .map(Self::Random)
                .map_err(|_| format!("“{seed}” is no seed: give a whole number"));
        }
        match text.parse() {
            Ok(frames @ 16..=8_192) => Ok(Self::Fixed(frames)),
            _ => Err("give 16 to 8192 frames, or random:SEED".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn blocks_are_frames_or_a_seed() {
        assert_eq!("64".parse(), Ok(Blocks::Fixed(64)));
        assert_eq!("random:7".parse(), Ok(Blocks::Random(7)));
        assert!("15".parse::<Blocks>().is_err());
        assert!("random:x".parse::<Blocks>().is_err());
    }
}
