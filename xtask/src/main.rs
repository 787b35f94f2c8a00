//! Command line of the repository's checks and chores: `cargo xtask tidy`, `layers`, `bench`, `plots`, `rtsan`, `soak`.

use clap::{Parser, Subcommand};
use xtask::{bench, layers, plots, repository::Repository, rtsan, soak, tidy, violation};

#[derive(Parser)]
#[command(about = "Checks and chores of the repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compare what the crates import with the layers of ARCHITECTURE.md
    Layers,
    /// Lengths of files and functions, headers, dead files, words that should not land
    Tidy,
    /// Run the benchmarks and write docs/bench.md
    Bench,
    /// Draw what the built-in devices do, and write their parameters, into docs/devices
    Plots,
    /// Run Signal's tests with its audio callbacks under RealtimeSanitizer
    Rtsan,
    /// Run the long tests, or only the one that is named, at their full counts and write docs/soak.md
    Soak { name: Option<String> },
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    let repository = Repository::of_this_workspace()?;
    match Arguments::parse().command {
        Command::Layers => Ok(violation::report(&layers::check(&repository)?, &[])),
        Command::Tidy => Ok(violation::report(&tidy::check(&repository)?, &tidy::long_files(&repository))),
        Command::Bench => bench::run(&repository),
        Command::Plots => plots::run(&repository),
        Command::Rtsan => rtsan::run(&repository),
        Command::Soak { name } => soak::run(&repository, name.as_deref()),
    }
}
