//! The program itself, with inherited descriptors as the supervisor hands them down.

use std::{io::Write as _, net::TcpListener, time::Duration};

use link::children::{Child, Program};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::aura::{TOKEN, soon, write_page};

/// The supervisor gives it two seconds; a loaded machine of the tests gets more.
const GRACE: Duration = Duration::from_secs(20);

fn start(listener: &TcpListener, token: &str, folder: &TempDir) -> Child {
    let (pipe, mut writer) = std::io::pipe().unwrap();
    writer.write_all(token.as_bytes()).unwrap();
    let nobody = folder.path().join("nobody.sock");
    Program::new(env!("CARGO_BIN_EXE_loophole-aura"))
        .hand_down("--listen-fd", listener)
        .unwrap()
        .hand_down("--token-fd", &pipe)
        .unwrap()
        .hand_down("--telemetry-fd", shm::telemetry::create().unwrap())
        .unwrap()
        .option("--pulse-socket", &nobody)
        .option("--signal-socket", &nobody)
        .option("--supervisor-socket", &nobody)
        .option("--page-folder", folder.path().join("page"))
        .spawn()
        .unwrap()
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_page(&folder.path().join("page"));
    folder
}

async fn is_served(listener: &TcpListener) -> bool {
    let address = listener.local_addr().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    answer.starts_with("HTTP/1.1 200")
}

#[tokio::test]
async fn the_port_outlives_a_killed_aura_and_a_told_one_ends_with_status_0() {
    let (folder, listener) = (folder(), TcpListener::bind(("127.0.0.1", 0)).unwrap());
    let first = start(&listener, TOKEN, &folder);
    assert!(is_served(&listener).await);
    first.kill();
    soon(first.exited()).await;
    let second = start(&listener, TOKEN, &folder);
    assert!(is_served(&listener).await);
    let exit = second.stop(GRACE).await;
    assert!(exit.success(), "{exit}");
}

#[tokio::test]
async fn aura_does_not_start_with_a_token_that_can_be_guessed() {
    let (folder, listener) = (folder(), TcpListener::bind(("127.0.0.1", 0)).unwrap());
    for token in ["", "short"] {
        let exit = soon(start(&listener, token, &folder).exited()).await;
        assert!(!exit.success(), "“{token}”: {exit}");
    }
}
