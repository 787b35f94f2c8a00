//! Imports go downwards only: the layers of ARCHITECTURE.md as a table, compared with what the crates' manifests say, and
//! the places where generated types may be named. Does not look at third-party crates.

use cargo_metadata::Metadata;

use crate::{repository::Repository, rust_source::RustSource, violation::Violation};

/// Each crate of the workspace and the crates of ours it may import, in its code, its build and its tests.
///
/// Between subsystems there are only Chorus messages and `shm` layouts: no `signal-*` imports a `pulse-*` or `aura-*`
/// crate, nor the other way round. `chorus` and `units` import nothing, `pulse-model` knows no Chorus.
pub const LAYERS: &[(&str, &[&str])] = &[
    ("chorus", &[]),
    ("units", &[]),
    ("shm", &["units"]),
    ("link", &["chorus", "units"]),
    ("signal-rt", &["units", "shm"]),
    ("signal-graph", &["units", "signal-rt"]),
    ("signal-nodes", &["units", "signal-rt", "signal-graph"]),
    ("signal-engine", &["chorus", "units", "link", "shm", "signal-rt", "signal-graph", "signal-nodes"]),
    ("signal-sandbox", &["chorus", "units", "shm", "signal-rt"]),
    ("pulse-model", &["units"]),
    ("pulse-derive", &["units", "pulse-model"]),
    ("pulse-service", &["chorus", "units", "link", "pulse-model", "pulse-derive"]),
    ("aura-server", &["chorus", "units", "link", "shm"]),
    ("loophole", &["chorus", "units", "link", "shm"]),
    ("test-plugin", &[]),
    ("feature-plugins", &[]),
    ("host-check", &[]),
    ("e2e", &["chorus", "units", "link", "shm"]),
    ("isolation", &["e2e", "shm", "signal-rt", "signal-graph", "signal-nodes", "signal-engine"]),
    ("xtask", &[]),
];

/// Files outside of `wire.rs` and `wire/` that may name generated types, each with its reason.
pub const WIRE_EXCEPTIONS: &[(&str, &str)] = &[
    ("chorus/chorus/src/lib.rs", "is where they are generated"),
    (
        "base/link/",
        "shakes hands and calls on behalf of every process, so the handshake's types are its subject",
    ),
    ("tests/e2e/", "speaks to the processes as any client does"),
];

/// Everything that breaks the layers.
///
/// # Errors
/// Cargo can't read the workspace.
pub fn check(repository: &Repository) -> anyhow::Result<Vec<Violation>> {
    let mut violations = imports_against_table(&imports(&repository.metadata()?), LAYERS);
    violations.extend(generated_types(repository, WIRE_EXCEPTIONS));
    Ok(violations)
}

/// A crate of the workspace and the crates of the workspace that its manifest names.
#[derive(Clone, Debug)]
pub struct Imports {
    /// The crate.
    pub name: String,
    /// Normal, build and development dependencies.
    pub imported: Vec<String>,
}

fn imports(metadata: &Metadata) -> Vec<Imports> {
    let packages = metadata.workspace_packages();
    let ours = |name: &str| packages.iter().any(|package| package.name.as_str() == name);
    let of = |package: &cargo_metadata::Package| Imports {
        name: package.name.to_string(),
        imported: package.dependencies.iter().map(|to| to.name.clone()).filter(|name| ours(name)).collect(),
    };
    packages.iter().map(|package| of(package)).collect()
}

/// Imports that the table does not list, and crates that are missing on either side.
#[must_use]
pub fn imports_against_table(imports: &[Imports], table: &[(&str, &[&str])]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for Imports { name, imported } in imports {
        let Some((_, allowed)) = table.iter().find(|(row, _)| row == name) else {
            violations.push(Violation::of_file(name, "has no row in the table of layers"));
            continue;
        };
        for import in imported.iter().filter(|import| !allowed.contains(&import.as_str())) {
            violations.push(Violation::of_file(name, format!("must not import {import}")));
        }
    }
    for (row, _) in table {
        if !imports.iter().any(|crate_| crate_.name == *row) {
            violations.push(Violation::of_file(row, "has a row in the table of layers but does not exist"));
        }
    }
    violations
}

/// Places that name generated types outside of `wire.rs`, `wire/`, tests and the exceptions.
#[must_use]
pub fn generated_types(repository: &Repository, exceptions: &[(&str, &str)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in repository.with_extension("rs") {
        let excepted = exceptions.iter().any(|(path, _)| file.path.starts_with(path));
        if excepted || is_wire(&file.path) {
            continue;
        }
        match RustSource::parse(file) {
            Err(violation) => violations.push(violation),
            Ok(source) => violations.extend(source.lines_naming_crate("chorus").into_iter().map(|line| {
                Violation::at(
                    &file.path,
                    line,
                    "names a generated type: only wire.rs and wire/ may (style 11)",
                )
            })),
        }
    }
    violations
}

/// Tests speak to a process as its peers do, in its contract's own words.
fn is_wire(path: &str) -> bool {
    path.ends_with("/wire.rs") || path.contains("/wire/") || path.contains("/tests/")
}
