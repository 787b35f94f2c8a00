//! `loophole-pulse`: arguments, logging, exit status. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use pulse_service::options::{CommandLine, Mode, Options};

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let outcome = match (line.mode, line.options) {
        (Some(Mode::Decode(options)), _) => pulse_service::media::decode::run(options),
        (Some(Mode::Plugins(options)), _) => pulse_service::library::command::run(options),
        (None, Some(options)) => serve(options),
        (None, None) => Err(anyhow::anyhow!("--song, --listen-fd and --address are needed")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Only who serves a song writes a log; to others it is said on standard error.
            match tracing::enabled!(tracing::Level::ERROR) {
                true => tracing::error!("{error:#}"),
                false => eprintln!("{error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn serve(options: Options) -> anyhow::Result<()> {
    link::logging::init("pulse");
    let termination = link::process::on_termination();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(async {
        let listener = link::listen(options.listen_fd)?;
        pulse_service::run(listener, options.into(), async move { termination.requested().await }).await
    });
    // Work that is under way can be begun again from what is on disk.
    runtime.shutdown_background();
    outcome
}
