//! The repository's checks on itself, as functions from its files to a list of violations, and a few chores.
//!
//! 1. [`repository::Repository`] reads the files that git knows or would add.
//! 2. [`layers::check`] compares the crates' imports with the layers, [`tidy::check`] reads every source file.
//! 3. The tests in `tests/it` run both on this repository, and on examples that break each rule.
//!
//! Nothing here is part of a running Loophole.

pub mod bench;
pub mod layers;
pub mod plots;
pub mod report;
pub mod repository;
pub mod rtsan;
pub mod rust_source;
pub mod soak;
pub mod tidy;
pub mod violation;
