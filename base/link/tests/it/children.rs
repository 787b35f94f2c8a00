//! Children end when told to, and say how they ended.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    time::Duration,
};

use link::children::{Child, Program};

const LONG: Duration = Duration::from_secs(20);

fn shell(script: &str) -> Program {
    Program::new("/bin/sh").argument("-c").argument(script)
}

/// Waits for the line "ready" of a script.
fn ready(child: &mut Child) -> BufReader<std::io::PipeReader> {
    let mut lines = BufReader::new(child.output().expect("output"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("line");
    assert_eq!(line, "ready\n");
    lines
}

#[tokio::test]
async fn exit_status_is_told_in_words() {
    let exit = shell("exit 3").spawn().expect("spawn").exited().await;
    assert_eq!((exit.success(), exit.to_string().as_str()), (false, "ended with status 3"));
    assert!(shell("exit 0").spawn().expect("spawn").exited().await.success());
    let killed = shell("kill -9 $$").spawn().expect("spawn").exited().await;
    assert_eq!(killed.to_string(), "ended by signal 9 (SIGKILL)");
}

#[tokio::test]
async fn child_that_ends_when_asked_is_not_killed() {
    let mut child = shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done")
        .gather_output()
        .spawn()
        .expect("spawn");
    let _lines = ready(&mut child);
    assert_eq!(child.stop(LONG).await.to_string(), "ended with status 5");
}

#[tokio::test]
async fn child_that_ignores_the_request_is_killed() {
    let mut child = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done")
        .gather_output()
        .spawn()
        .expect("spawn");
    let _lines = ready(&mut child);
    assert_eq!(child.stop(Duration::from_millis(50)).await.to_string(), "ended by signal 9 (SIGKILL)");
}

#[tokio::test]
async fn dropped_child_is_killed() {
    let child = shell("exec sleep 1000").spawn().expect("spawn");
    let exited = child.exited();
    drop(child);
    assert_eq!(exited.await.to_string(), "ended by signal 9 (SIGKILL)");
}

#[tokio::test]
async fn only_what_is_handed_down_is_open_in_the_child() {
    let (reader, writer) = std::io::pipe().expect("pipe");
    let (_other_reader, other_writer) = std::io::pipe().expect("pipe");
    let script = r#"{ echo "$1"; ls /proc/self/fd | wc -l; } >/proc/self/fd/$2"#;
    let child = shell(script)
        .argument("sh")
        .hand_down("--token-fd", &writer)
        .expect("hand down")
        .spawn()
        .expect("spawn");
    assert!(child.exited().await.success());
    drop((writer, other_writer));
    let mut text = String::new();
    BufReader::new(reader).read_to_string(&mut text).expect("read");
    // Standard input, output and error, the pipe handed down, and the folder that `ls` reads.
    assert_eq!(text, "--token-fd\n5\n");
}

#[tokio::test]
async fn missing_program_is_named() {
    let error = Program::new("/nonexistent/loophole-pulse").spawn().expect_err("missing");
    assert!(error.to_string().contains("/nonexistent/loophole-pulse"), "{error}");
}
