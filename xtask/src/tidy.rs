//! What every source file must be: short, with a header, reachable, and free of words that should not land.
//!
//! Each rule is a function from files to violations in a module of its own; this one only joins them. Formatting,
//! documentation and the compiler's own lints are not repeated here.

mod lengths;
mod names;
mod reach_page;
mod reach_rust;
mod words;

pub use lengths::long_files;

use crate::{repository::Repository, rust_source::RustSource, violation::Violation};

/// Everything that is not tidy.
///
/// # Errors
/// Cargo can't read the workspace.
pub fn check(repository: &Repository) -> anyhow::Result<Vec<Violation>> {
    let mut violations = check_files(repository);
    violations.extend(reach_rust::unreachable(repository, &reach_rust::roots(repository)?));
    violations.extend(reach_page::unreachable(repository));
    violations.sort();
    Ok(violations)
}

/// The rules that look at one file at a time.
#[must_use]
pub fn check_files(repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &repository.files {
        violations.extend(lengths::file(file));
        violations.extend(words::check(file));
        if file.extension() == "rs" {
            match RustSource::parse(file) {
                Err(violation) => violations.push(violation),
                Ok(source) => {
                    violations.extend(lengths::functions(&source));
                    violations.extend(names::check(&source));
                }
            }
        }
    }
    violations
}

/// Rust files that no crate root among `roots` (paths of files) reaches through its modules.
#[must_use]
pub fn unreachable_rust(repository: &Repository, roots: &[String]) -> Vec<Violation> {
    reach_rust::unreachable(repository, roots)
}

/// Files of the page that neither it nor its tests and tools import.
#[must_use]
pub fn unreachable_page(repository: &Repository) -> Vec<Violation> {
    reach_page::unreachable(repository)
}
