//! The other process of a measurement. What it does is in the library.

use clap::Parser as _;
use isolation::peer::Peer;

fn main() -> anyhow::Result<()> {
    Peer::parse().run()
}
