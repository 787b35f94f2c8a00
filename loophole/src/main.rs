//! `loophole`: starts and watches the processes of a session, and is the command line.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match loophole::run(loophole::CommandLine::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("loophole: {error:#}");
            ExitCode::FAILURE
        }
    }
}
