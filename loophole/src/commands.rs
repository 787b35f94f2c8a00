//! The commands, but for those that start the supervisor. Each reports in words, or as JSON for programs.

mod devices;
mod doctor;
mod edit;
mod export;
pub(crate) mod grants;
mod import;
mod info;
mod list;
mod logs;
mod plugins;
mod processes;
mod recording;
pub(crate) mod render;
mod songs;

use std::process::ExitCode;

pub(crate) use edit::{Script, apply};

use crate::command_line::Report;

/// Does what a command says.
pub(crate) async fn run(report: Report) -> anyhow::Result<ExitCode> {
    match report {
        Report::Ps { json } => processes::list(json).await,
        Report::Logs { follow, lines } => logs::show(lines, follow).await,
        Report::Devices { json } => devices::run(json),
        Report::Doctor { json } => doctor::run(json),
        Report::Panic => processes::panic().await,
        Report::Stop { pid } => processes::stop(pid).await,
        Report::Kill { pid } => processes::kill(pid).await,
        Report::Plugins { forgive: Some(plugin), .. } => plugins::forgive(&plugin).await,
        Report::Plugins { incidents: true, json, .. } => plugins::incidents(json).await,
        Report::Plugins { rescan, json, .. } => plugins::list(rescan, json).await,
        Report::Grants(asked) => grants::run(asked).await,
        Report::Import { files, song, json } => import::run(&files, &song, json).await,
        Report::Render(order) => render::run(order).await,
        Report::Export(order) => export::run(order).await,
        Report::Info { song, json } => info::run(&song, json).await,
        Report::Edit { song, script, new, json } => edit::run(&song, &script, new, json).await,
        Report::Songs { json } => songs::list(json),
        Report::Switch { song, new, pid } => songs::switch(song.as_deref(), new, pid).await,
        Report::Copy { song, output } => songs::copy(&song, &output).await,
        Report::Record { stop } => recording::record(stop).await,
        Report::Keep { track } => recording::keep(track).await,
        Report::Calibrate { output, input } => recording::calibrate(output, input).await,
        Report::Metronome { output } => recording::metronome(output).await,
        Report::Commands { json } => list::run(json),
    }
}
