//! What a connection promises before, at and after the handshake.

use std::{path::Path, time::Duration};

use chorus::{
    common::v1::{HandshakeRequest, ProtocolVersion, link_service_client::LinkServiceClient},
    supervisor::v1::{
        CancelExportRequest, CancelExportResponse, GetPageRequest, GetPageResponse, GetPreferencesRequest,
        GetPreferencesResponse, KillProcessRequest, KillProcessResponse, ListProcessesRequest,
        ListProcessesResponse, ListSongsRequest, ListSongsResponse, NewSongRequest, NewSongResponse,
        OpenSongRequest, OpenSongResponse, ReadLogRequest, ReadLogResponse, SaveSongCopyRequest,
        SaveSongCopyResponse, SetPreferenceRequest, SetPreferenceResponse, StartExportRequest,
        StartExportResponse, StopRequest, StopResponse, WatchExportsRequest, WatchExportsResponse,
        WatchProcessesRequest, WatchProcessesResponse, WatchSongRequest, WatchSongResponse,
        supervisor_service_client::SupervisorServiceClient,
        supervisor_service_server::{SupervisorService, SupervisorServiceServer},
    },
};
use link::{ConnectError, Connector, Hello, Listener};
use tonic::{Code, Request, Response, Status, transport::Endpoint};

type Stream<T> = tokio_stream::Once<Result<T, Status>>;

/// Answers `GetPage` with who asked, and never ends `KillProcess`.
struct Echo;

#[tonic::async_trait]
impl SupervisorService for Echo {
    type WatchProcessesStream = Stream<WatchProcessesResponse>;
    type ReadLogStream = Stream<ReadLogResponse>;
    type WatchExportsStream = Stream<WatchExportsResponse>;
    type WatchSongStream = Stream<WatchSongResponse>;

    async fn get_page(&self, request: Request<GetPageRequest>) -> Result<Response<GetPageResponse>, Status> {
        let peer = link::peer(&request)?;
        let (url, song_path) = (peer.process.clone(), peer.client.clone());
        Ok(Response::new(GetPageResponse { url, song_path }))
    }

    async fn watch_song(
        &self,
        _: Request<WatchSongRequest>,
    ) -> Result<Response<Self::WatchSongStream>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn list_songs(&self, _: Request<ListSongsRequest>) -> Result<Response<ListSongsResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn new_song(&self, _: Request<NewSongRequest>) -> Result<Response<NewSongResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn open_song(&self, _: Request<OpenSongRequest>) -> Result<Response<OpenSongResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn save_song_copy(
        &self,
        _: Request<SaveSongCopyRequest>,
    ) -> Result<Response<SaveSongCopyResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn kill_process(
        &self,
        _: Request<KillProcessRequest>,
    ) -> Result<Response<KillProcessResponse>, Status> {
        std::future::pending().await
    }

    async fn watch_processes(
        &self,
        _: Request<WatchProcessesRequest>,
    ) -> Result<Response<Self::WatchProcessesStream>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn list_processes(
        &self,
        _: Request<ListProcessesRequest>,
    ) -> Result<Response<ListProcessesResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn read_log(&self, _: Request<ReadLogRequest>) -> Result<Response<Self::ReadLogStream>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn get_preferences(
        &self,
        _: Request<GetPreferencesRequest>,
    ) -> Result<Response<GetPreferencesResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn set_preference(
        &self,
        _: Request<SetPreferenceRequest>,
    ) -> Result<Response<SetPreferenceResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn start_export(
        &self,
        _: Request<StartExportRequest>,
    ) -> Result<Response<StartExportResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn watch_exports(
        &self,
        _: Request<WatchExportsRequest>,
    ) -> Result<Response<Self::WatchExportsStream>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn cancel_export(
        &self,
        _: Request<CancelExportRequest>,
    ) -> Result<Response<CancelExportResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn stop(&self, _: Request<StopRequest>) -> Result<Response<StopResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }
}

fn serve(listener: Listener) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let service = SupervisorServiceServer::new(Echo);
        link::serve(listener, "echo", service, std::future::pending()).await.expect("serve");
    })
}

fn serve_at(path: &Path) -> tokio::task::JoinHandle<()> {
    let socket = std::os::unix::net::UnixListener::bind(path).expect("bind");
    serve(Listener::from_unix(socket).expect("listener"))
}

/// A channel that skips the handshake, as a stranger's would.
async fn raw_channel(path: &Path) -> tonic::transport::Channel {
    let address = format!("unix:{}", path.display());
    Endpoint::from_shared(address).expect("address").connect().await.expect("connect")
}

fn hello_of_major(major: u32) -> HandshakeRequest {
    HandshakeRequest {
        protocol: Some(ProtocolVersion { major, minor: 7 }),
        process: "aura".to_owned(),
        build: "9.9.9 (abcdef)".to_owned(),
        client: String::new(),
    }
}

#[tokio::test]
async fn call_before_the_handshake_is_refused_and_after_it_answered() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("s.sock");
    let _server = serve_at(&path);
    let channel = raw_channel(&path).await;
    let mut supervisor = SupervisorServiceClient::new(channel.clone());
    let refused = supervisor.get_page(GetPageRequest {}).await.expect_err("no handshake yet");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("Handshake first"), "{}", refused.message());

    let mut link = LinkServiceClient::new(channel);
    link.handshake(hello_of_major(link::PROTOCOL.major)).await.expect("handshake");
    let page = supervisor.get_page(GetPageRequest {}).await.expect("answered").into_inner();
    assert_eq!(page.url, "aura");
    assert_eq!(page.song_path, "aura", "without a client name the process is the client");
}

#[tokio::test]
async fn handshake_of_one_connection_opens_no_other() {
    let (listener, connector) = link::in_memory();
    let _server = serve(listener);
    let first = link::connect(connector.clone(), Hello::new("aura")).await.expect("first");
    let second =
        link::connect(connector, Hello { process: "script".to_owned(), client: "page-1".to_owned() })
            .await
            .expect("second");
    for (connection, process, client) in [(first, "aura", "aura"), (second, "script", "page-1")] {
        assert_eq!(connection.peer.process, "echo");
        let mut supervisor = SupervisorServiceClient::new(connection.channel.clone());
        let page = supervisor.get_page(GetPageRequest {}).await.expect("answered").into_inner();
        assert_eq!((page.url.as_str(), page.song_path.as_str()), (process, client));
    }
}

#[tokio::test]
async fn incompatible_major_version_is_refused_naming_both_builds() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("s.sock");
    let _server = serve_at(&path);
    let mut link = LinkServiceClient::new(raw_channel(&path).await);
    let refused = link.handshake(hello_of_major(2)).await.expect_err("another major version");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let text = refused.message();
    for part in ["9.9.9 (abcdef)", "protocol 2.7", link::build(), "protocol 1.", "Stop Loophole"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[tokio::test]
async fn overlong_name_is_refused() {
    let (listener, connector) = link::in_memory();
    let _server = serve(listener);
    let error = link::connect(connector, Hello::new(&"x".repeat(65))).await.expect_err("too long");
    assert!(matches!(error, ConnectError::Refused(_)), "{error}");
}

#[tokio::test]
async fn broken_connection_fails_its_calls_and_does_not_come_back() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("s.sock");
    // The server's connections live in its runtime: ending that is what a process's death looks like.
    let runtime = std::thread::spawn({
        let path = path.clone();
        move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
            runtime.block_on(async move {
                let _server = serve_at(&path);
                let connection =
                    link::connect_when_ready(&path, Hello::new("killer")).await.expect("connect");
                let mut killer = SupervisorServiceClient::new(connection.channel.clone());
                while killer.get_page(GetPageRequest {}).await.is_ok() && path.with_extension("live").exists()
                {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
        }
    });
    std::fs::write(path.with_extension("live"), "").expect("flag");
    let connection = link::connect_when_ready(&path, Hello::new("aura")).await.expect("connect");
    let mut supervisor = SupervisorServiceClient::new(connection.channel.clone());
    supervisor.get_page(GetPageRequest {}).await.expect("answered");
    let mut waiting = supervisor.clone();
    let open_call = tokio::spawn(async move { waiting.kill_process(KillProcessRequest { pid: 1 }).await });

    std::fs::remove_file(path.with_extension("live")).expect("flag");
    runtime.join().expect("server");
    connection.lost().await;
    assert!(connection.is_lost());
    open_call.await.expect("task").expect_err("a call under way ends with an error");

    std::fs::remove_file(&path).expect("old socket");
    let _new_server = serve_at(&path);
    supervisor.get_page(GetPageRequest {}).await.expect_err("the old connection stays broken");
    let again = link::connect(&path, Hello::new("aura")).await.expect("a new one works");
    assert!(!again.is_lost());
}

#[tokio::test]
async fn nobody_listening_is_unreachable_with_the_address() {
    let error = link::connect("/nonexistent/pulse.sock", Hello::new("aura")).await.expect_err("nobody there");
    assert!(matches!(&error, ConnectError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("/nonexistent/pulse.sock"), "{error}");
}

#[tokio::test]
async fn client_that_starts_first_waits_for_its_server() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("late.sock");
    let early = tokio::spawn(link::connect_when_ready(Connector::from(&path), Hello::new("aura")));
    tokio::time::sleep(Duration::from_millis(60)).await;
    let _server = serve_at(&path);
    assert_eq!(early.await.expect("task").expect("connects").peer.process, "echo");
}

#[tokio::test]
async fn server_that_is_told_to_stop_ends_in_spite_of_open_calls() {
    let (listener, connector) = link::in_memory();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server =
        tokio::spawn(link::serve(listener, "echo", SupervisorServiceServer::new(Echo), async move {
            drop(stopped.await)
        }));
    let connection = link::connect(connector, Hello::new("aura")).await.expect("connect");
    let mut supervisor = SupervisorServiceClient::new(connection.channel.clone());
    let open_call = tokio::spawn(async move { supervisor.kill_process(KillProcessRequest { pid: 1 }).await });
    stop.send(()).expect("told");
    server.await.expect("task").expect("ended");
    open_call.abort();
}
