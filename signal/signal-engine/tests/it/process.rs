//! The program itself: how it starts from inherited descriptors and how it ends.

use std::os::unix::net::UnixListener;

use chorus::signal::v1::signal_service_client::SignalServiceClient;
use chorus::signal::v1::*;
use link::children::{Child, Program};

use crate::fixture::PATIENCE;

struct Process {
    child: Child,
    client: SignalServiceClient<tonic::transport::Channel>,
    telemetry: shm::telemetry::Reader,
    _folder: tempfile::TempDir,
}

async fn start() -> Process {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("signal.sock");
    let listener = UnixListener::bind(&socket).expect("bound");
    let telemetry = shm::telemetry::create().expect("memory");
    let program = Program::new(env!("CARGO_BIN_EXE_loophole-signal"))
        .hand_down("--listen-fd", &listener)
        .and_then(|program| program.hand_down("--telemetry-fd", &telemetry))
        .expect("handed down");
    let program = program.option("--sandbox-binary", "/nowhere").option("--block", "128");
    let child = program.spawn().expect("spawned");
    let connection =
        link::connect_when_ready(socket.as_path(), link::Hello::new("test")).await.expect("connected");
    let client = SignalServiceClient::new(connection.channel);
    let telemetry = shm::telemetry::Reader::open(&telemetry).expect("mapped");
    Process { child, client, telemetry, _folder: folder }
}

#[tokio::test]
async fn program_serves_until_it_is_told_to_end_and_ends_well() {
    let mut process = start().await;
    let device = process.client.get_device(GetDeviceRequest {}).await.expect("told").into_inner();
    assert_eq!((device.sample_rate, device.block_frames), (48_000, 128));
    process.client.play(PlayRequest {}).await.expect("plays an empty song");
    // A stream that never ends by itself must not hold it up.
    let watched = process.client.watch_devices(WatchDevicesRequest {}).await.expect("watched");
    process.child.signal(rustix::process::Signal::TERM);
    let exit = tokio::time::timeout(PATIENCE, process.child.exited()).await.expect("it ends");
    assert!(exit.success(), "{exit}");
    drop(watched);
    let transport = process.telemetry.transport().expect("it makes sense");
    assert!(transport.playing, "what the next Signal needs is left behind");
    assert_eq!(transport.block_frames, 128);
}

#[tokio::test]
async fn impossible_arguments_end_it_with_an_error() {
    for arguments in [&["--listen-fd", "2"][..], &["--listen-fd", "999", "--offline"], &[]] {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_loophole-signal"));
        let output =
            command.args(arguments).args(["--sandbox-binary", "/nowhere"]).output().await.expect("run");
        assert!(!output.status.success());
        assert!(!output.stderr.is_empty());
    }
}
