//! Loophole's supervisor and command line.
//!
//! 1. [`run`] takes the command line. Without a command it is the supervisor ([`supervisor::run`]): it makes the runtime
//!    folder, the sockets, the page's token and the telemetry block, starts Pulse, Signal and Aura with them, and starts
//!    again what dies, until it is told to stop.
//! 2. A command talks to Pulse over gRPC: to the one that has the song open, or to one it starts for itself and ends
//!    afterwards ([`song_host`]). Rendering also starts a Signal that has no device.
//!
//! It knows no rule of the song and makes no sound: commands are Chorus messages made from their descriptors, and what a
//! file holds is Pulse's business.

mod audio_settings;
mod command_line;
mod commands;
mod demo;
mod log_file;
mod metronome_output;
mod places;
mod preferences;
mod recent_songs;
mod runtime_folder;
mod song_choice;
mod song_host;
mod song_lock;
mod songs;
mod supervisor;
mod wire;

use std::process::ExitCode;

use command_line::Command;
pub use command_line::CommandLine;

/// Status of a command that Ctrl-C ended, as shells have it.
const INTERRUPTED: u8 = 130;

/// Does what the command line says and returns the process's status.
///
/// # Errors
/// The text is one clear line for people, together with its causes.
pub fn run(line: CommandLine) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(async {
        match line.command {
            None => {
                let song = song_choice::choose(line.song.as_deref(), line.start.new)?;
                supervisor::run(song, line.start).await
            }
            Some(Command::Demo(start)) => open_demo(start).await,
            Some(Command::Report(report)) => interruptible(commands::run(report)).await,
        }
    });
    // A follower of the log may sit in a blocking read; nothing is left to wait for.
    runtime.shutdown_background();
    result
}

async fn open_demo(start: command_line::Start) -> anyhow::Result<ExitCode> {
    let mut song = None;
    let ensured = interruptible(async {
        song = Some(demo::ensure(&places::data_folder()?.join("demo")).await?);
        Ok(ExitCode::SUCCESS)
    });
    let code = ensured.await?;
    match song {
        Some(song) => supervisor::run(song_choice::existing(song)?, start).await,
        None => Ok(code),
    }
}

/// Runs a command until it ends or somebody wants it to. Either way what it started is dropped, and so ended.
async fn interruptible(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let mut signals = supervisor::StopSignals::new()?;
    tokio::select! {
        result = command => result,
        () = signals.next() => {
            eprintln!("loophole: interrupted");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}
