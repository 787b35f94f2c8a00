//! `./x test` counts what the test runners print, and ends with the totals, also when a step fails. Installs nothing.

use std::{fs, process::Command};

use xtask::repository::Repository;

/// Status and lines of a script that has the parts of `./x test` at hand.
fn run(script: &str) -> (i32, Vec<String>) {
    let root = Repository::of_this_workspace().unwrap().root;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("target/test-logs")).unwrap();
    let sourced = "set -euo pipefail; . \"$0/xtask/x/steps.sh\"; . \"$0/xtask/x/test.sh\"; ";
    let output = Command::new("bash")
        .args(["-c", &format!("{sourced}{script}")])
        .arg(root)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    (output.status.code().unwrap(), lines)
}

const CARGO: &str = "counted cargo printf 'test result: ok. 3 passed; 0 failed; 0 ignored;\\n\
                     test result: ok. 4 passed; 0 failed; 0 ignored;\\n'; ";
const VITEST: &str =
    "counted vitest printf '\\x1b[2m      Tests \\x1b[22m \\x1b[1m\\x1b[32m60 passed\\x1b[39m (60)\\n'; ";
const NODE: &str = "counted node printf '# tests 5\\n# pass 5\\n# fail 0\\n'; ";

#[test]
fn totals_of_all_runners_add_up() {
    let (status, lines) = run(&format!("{CARGO}{VITEST}{NODE}closing_line"));
    assert_eq!(status, 0);
    assert_eq!(lines.last().unwrap(), "72 passed, 0 failed");
    assert!(lines.contains(&"✓ vitest: 60 passed".to_owned()), "{lines:?}");
}

#[test]
fn steps_after_a_failing_one_run_and_the_end_is_a_failure() {
    let failing =
        "failing() { printf 'test result: FAILED. 2 passed; 1 failed; 0 ignored;\\n'; return 101; }; ";
    let (status, lines) = run(&format!("{failing}{CARGO}counted tests failing; {NODE}closing_line"));
    assert_eq!(status, 1);
    assert_eq!(lines.last().unwrap(), "14 passed, 1 failed");
    assert!(lines.contains(&"✗ tests: 2 passed, 1 failed".to_owned()), "{lines:?}");
}

#[test]
fn a_step_that_all_others_need_ends_the_tests() {
    let (status, lines) = run(&format!("{CARGO}step building false; {NODE}closing_line"));
    assert_eq!(status, 1);
    assert_eq!(lines.last().unwrap(), "7 passed, 1 failed");
    assert!(!lines.iter().any(|line| line.contains("node")), "{lines:?}");
}

#[test]
fn a_step_that_ran_no_test_or_did_not_hold_counts_as_a_failure() {
    let (status, lines) =
        run("counted cargo printf 'test result: ok. 0 passed; 0 failed; 0 ignored;\\n'; closing_line");
    assert_eq!(status, 1);
    assert_eq!(lines.last().unwrap(), "0 passed, 1 failed");
    let (status, lines) = run("checked formatting false; closing_line");
    assert_eq!(status, 1);
    assert_eq!(lines.last().unwrap(), "0 passed, 1 failed");
}
