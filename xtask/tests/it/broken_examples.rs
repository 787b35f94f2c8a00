//! For each rule the smallest example that breaks it, beside one that does not.

use std::{fs, path::PathBuf, process::Command};

use xtask::{
    layers::{self, Imports, LAYERS},
    repository::{Repository, SourceFile},
    tidy,
    violation::Violation,
};

fn repository(files: &[(&str, &str)]) -> Repository {
    let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).into(), text: Some((*text).into()) };
    Repository { root: PathBuf::new(), files: files.iter().map(file).collect() }
}

/// What the checks of single files say about one file.
fn said(path: &str, text: &str) -> String {
    joined(&tidy::check_files(&repository(&[(path, text)])))
}

fn joined(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn assert_says(path: &str, text: &str, part: &str) {
    let said = said(path, text);
    assert!(said.contains(part), "{path} should be told “{part}”, was told “{said}”");
}

/// Every workspace crate importing what it may, and one importing more.
fn with_import(name: &str, imported: &str) -> String {
    let mut imports: Vec<Imports> = LAYERS
        .iter()
        .map(|(name, allowed)| Imports {
            name: (*name).into(),
            imported: allowed.iter().map(|&import| import.into()).collect(),
        })
        .collect();
    assert_eq!(layers::imports_against_table(&imports, LAYERS), []);
    imports.iter_mut().find(|of| of.name == name).unwrap().imported.push(imported.into());
    joined(&layers::imports_against_table(&imports, LAYERS))
}

#[test]
fn an_import_upwards_or_across_subsystems_is_seen() {
    for (name, imported) in [
        ("units", "chorus"),
        ("chorus", "units"),
        ("shm", "signal-rt"),
        ("link", "pulse-model"),
        ("signal-graph", "signal-nodes"),
        ("signal-engine", "pulse-model"),
        ("signal-engine", "aura-server"),
        ("pulse-service", "signal-graph"),
        ("aura-server", "pulse-service"),
        ("aura-server", "signal-engine"),
        ("pulse-model", "chorus"),
        ("pulse-derive", "link"),
    ] {
        assert_eq!(with_import(name, imported), format!("{name}: must not import {imported}"));
    }
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_are_seen() {
    let stranger = Imports { name: "stranger".into(), imported: Vec::new() };
    let said = joined(&layers::imports_against_table(&[stranger], &[("gone", &[])]));
    assert!(said.contains("stranger: has no row") && said.contains("gone: has a row"), "{said}");
}

#[test]
fn generated_types_outside_of_wire_are_seen_in_code_but_not_in_comments() {
    let code = "//! A.\nuse chorus::pulse::v1::Song;\n// chorus::x\nfn f() { g!(::chorus::y) }\nuse crate::chorus::z;\n";
    let at =
        |path: &str| joined(&layers::generated_types(&repository(&[(path, code)]), &[("excepted/", "why")]));
    assert_eq!(at("pulse/src/store.rs").lines().count(), 2, "{}", at("pulse/src/store.rs"));
    assert!(at("pulse/src/store.rs").starts_with("pulse/src/store.rs:2: names a generated type"));
    for path in ["pulse/src/wire.rs", "pulse/src/wire/song.rs", "pulse/tests/it/main.rs", "excepted/lib.rs"] {
        assert_eq!(at(path), "", "{path}");
    }
}

#[test]
fn a_tidy_file_is_told_nothing() {
    assert_eq!(said("a/src/lib.rs", "//! What it is. What it is not.\nfn f() {}\n"), "");
}

#[test]
fn long_files_and_long_functions_are_seen() {
    let body = |lines: usize| format!("//! A.\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines));
    assert_eq!(said("a/src/lib.rs", &body(68)), "");
    assert_says("a/src/lib.rs", &body(69), "`f` has 71 lines");
    assert_says("a/src/lib.rs", &format!("//! A.\nimpl A {{ {} }}", &body(69)[7..]), "`f` has 71 lines");
    assert_says(
        "a/src/lib.rs",
        &format!("//! A.\n{}", "const A: u8 = 0;\n".repeat(600)),
        "has 601 lines, 600",
    );
    assert_says("a/src/main.rs", &format!("//! A.\n{}", "const A: u8 = 0;\n".repeat(40)), "has 41 lines, 40");
    let looked_at = repository(&[("a/src/lib.rs", &"//! A.\n".repeat(401))]);
    assert_eq!(joined(&tidy::long_files(&looked_at)), "a/src/lib.rs: has 401 lines");
}

#[test]
fn missing_headers_and_empty_files_are_seen() {
    assert_says("a/src/lib.rs", "fn f() {}\n", "begins without //!");
    assert_says("a.proto", "syntax = \"proto3\";\n", "begins without //");
    assert_says("aura/web/src/a.ts", "export {}\n", "begins without //");
    assert_says("notes.md", " \n", "is empty");
}

#[test]
fn words_that_should_not_land_are_seen() {
    for (path, line) in [
        ("a/src/lib.rs", concat!("fn f() { to", "do!() }")),
        ("a/src/lib.rs", concat!("fn f() { unimple", "mented!() }")),
        ("a/src/lib.rs", concat!("// FIX", "ME later")),
        ("a/src/lib.rs", concat!("#[ig", "nore]\nfn f() {}")),
        ("a/src/lib.rs", concat!("#[allow(dead", "_code)]\nfn f() {}")),
        ("a/src/lib.rs", concat!("const A: &str = \"/ho", "me/someone\";")),
    ] {
        assert_ne!(said(path, &format!("//! A.\n{line}\n")), "", "{line}");
    }
    assert_says("aura/web/src/a.test.ts", concat!("// A.\nit.on", "ly('x')\n"), "keeps the others");
    assert_says("docs/a.md", concat!("see /wo", "rk/notes\n"), "a path of one machine");
}

#[test]
fn names_and_places_that_the_rules_forbid_are_seen() {
    assert_says("a/src/b/mod.rs", "//! A.\n", "no mod.rs");
    assert_says("a/src/lib.rs", "//! A.\nstruct TrackManager;\n", "`TrackManager` says nothing");
    assert_says("a/src/lib.rs", "//! A.\nenum Session {}\n", "`Session` says nothing");
    assert_says("pulse/src/lib.rs", "//! A.\n#![allow(unsafe_code)]\n", "`unsafe` does not belong here");
    assert_eq!(said("base/shm/src/lib.rs", "//! A.\n#![allow(unsafe_code)]\n"), "");
    assert_says("signal/signal-graph/src/lib.rs", "//! A.\n", "an audio thread runs this");
    assert_says("a/src/lib.rs", "//! A.\n#[cfg(target_os = \"linux\")]\nfn f() {}\n", "belongs into sys.rs");
    assert_eq!(said("a/src/sys.rs", "//! A.\n#[cfg(target_os = \"linux\")]\nfn f() {}\n"), "");
}

#[test]
fn rust_files_that_no_crate_reaches_are_seen() {
    let files = repository(&[
        ("a/src/lib.rs", "mod b;\nmod inline { mod d; }\n#[path = \"elsewhere/e.rs\"]\nmod e;\n"),
        ("a/src/b.rs", "mod c;\n"),
        ("a/src/b/c.rs", ""),
        ("a/src/inline/d.rs", ""),
        ("a/src/elsewhere/e.rs", ""),
        ("a/src/dead.rs", ""),
    ]);
    let said = joined(&tidy::unreachable_rust(&files, &["a/src/lib.rs".into()]));
    assert!(said.starts_with("a/src/dead.rs: no crate reaches it") && said.lines().count() == 1, "{said}");
}

#[test]
fn files_of_the_page_that_nothing_imports_are_seen() {
    let files = repository(&[
        ("aura/web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>"),
        ("aura/web/src/main.ts", "import Mixer from './views/Mixer.svelte';\nimport './tokens.css';\n"),
        ("aura/web/src/tokens.css", ""),
        ("aura/web/src/views/Mixer.svelte", "<script>import { dB } from \"../units.js\";</script>"),
        ("aura/web/src/units.ts", ""),
        ("aura/web/src/units.test.ts", ""),
        ("aura/web/src/dead.ts", ""),
    ]);
    let said = joined(&tidy::unreachable_page(&files));
    assert!(
        said.starts_with("aura/web/src/dead.ts: nothing imports it") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn what_git_ignores_or_no_longer_has_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        assert!(
            Command::new("git").args(arguments).current_dir(folder.path()).output().unwrap().status.success()
        );
    };
    git(&["init", "--quiet"]);
    for (name, text) in
        [(".gitignore", "ignored.rs\n"), ("ignored.rs", ""), ("deleted.rs", ""), ("new.rs", "//! A.\n")]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    git(&["add", "deleted.rs"]);
    fs::remove_file(folder.path().join("deleted.rs")).unwrap();
    let repository = Repository::read(folder.path()).unwrap();
    let paths: Vec<&str> = repository.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [".gitignore", "new.rs"]);
}
