//! Start of `loophole-aura`: logging, arguments, and the library's `run`.

use aura_server::arguments::Arguments;
use clap::Parser as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    link::logging::init("aura");
    let termination = link::process::on_termination();
    aura_server::run(Arguments::parse().inherit()?, termination.requested()).await
}
