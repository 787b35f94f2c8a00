//! Start of `loophole-aura`: logging, arguments, and the library's `run`.

use std::process::ExitCode;

use aura_server::arguments::Arguments;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    link::logging::init("aura");
    let termination = link::process::on_termination();
    let serving = async { aura_server::run(Arguments::parse().inherit()?, termination.requested()).await };
    link::process::exit_code(serving.await)
}
