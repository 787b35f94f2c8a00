//! Arguments of `loophole-sandbox`, started by Signal alone.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match signal_sandbox::run(signal_sandbox::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loophole-sandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}
