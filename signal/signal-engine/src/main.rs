//! `loophole-signal`: logging, inherited descriptors, and which of the two kinds of Signal to be.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use signal_engine::{Config, arguments::Arguments, device::listing, render::OfflineSetup, run, run_offline};

signal_rt::guard_allocations!();

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list_devices {
        println!("{}", listing::json());
        return ExitCode::SUCCESS;
    }
    link::logging::init("signal");
    let termination = link::process::on_termination();
    link::process::exit_code(serve(arguments, termination).await)
}

async fn serve(arguments: Arguments, termination: link::process::Termination) -> anyhow::Result<()> {
    let settings = arguments.settings();
    let sandbox_binary = arguments.sandbox_binary;
    let listener = link::listen(arguments.listen_fd.context("there is no --listen-fd")?)?;
    match arguments.telemetry_fd.filter(|_| !arguments.offline) {
        None => run_offline(listener, OfflineSetup { sandbox_binary }, termination.requested()).await,
        Some(fd) => {
            if let Err(remedy) = signal_rt::hold_memory() {
                tracing::info!("{remedy}");
            }
            let telemetry = link::process::take_memfd(fd)?;
            let settings_file = arguments.audio_settings;
            let config = Config { settings, settings_file, telemetry, sandbox_binary };
            run(listener, config, termination.requested()).await
        }
    }
}
