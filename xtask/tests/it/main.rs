//! The repository keeps its own rules, and each check sees an example that breaks its rule. Covers no running process.

mod broken_examples;
mod counting;
mod this_repository;
