//! The checks, run on the repository this test stands in.

use xtask::{layers, repository::Repository, tidy, violation::Violation};

fn assert_none(violations: &[Violation]) {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "\n{}", lines.join("\n"));
}

#[test]
fn crates_import_downwards_only_and_name_generated_types_in_wire_alone() {
    let repository = Repository::of_this_workspace().unwrap();
    assert_none(&layers::check(&repository).unwrap());
}

#[test]
fn every_source_file_is_tidy() {
    let repository = Repository::of_this_workspace().unwrap();
    assert!(repository.with_extension("rs").count() > 20, "the checks must have seen the sources");
    assert_none(&tidy::check(&repository).unwrap());
}
