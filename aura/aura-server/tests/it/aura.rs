//! An Aura of the test's own, raw HTTP to it, and pages as WebSocket clients. Upstream there is what the test puts there,
//! by default nobody.

use std::{fs, net::SocketAddr, os::fd::OwnedFd, path::Path, time::Duration};

use aura_server::{Config, admission::Token};
use chorus::{
    aura::v1::{AuraMessage, Hello, PageMessage, aura_message, page_message},
    common::v1::ProtocolVersion,
};
use futures_util::{SinkExt as _, StreamExt as _};
use link::Connector;
use prost::Message as _;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue},
};

pub const TOKEN: &str = "a token of more than twenty-two bytes";
/// Ten times what anything here takes, and more.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fails the test instead of waiting for ever.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it should have happened by now")
}

pub struct Aura {
    pub address: SocketAddr,
    /// The block that Signal would write.
    pub telemetry: OwnedFd,
    pub folder: TempDir,
}

/// Where the others are.
pub struct Upstream {
    pub pulse: Connector,
    pub signal: Connector,
    pub supervisor: Connector,
}

impl Upstream {
    /// Nobody listens there.
    pub fn nobody() -> Self {
        let nowhere = || Connector::from("/nonexistent/socket");
        Self { pulse: nowhere(), signal: nowhere(), supervisor: nowhere() }
    }
}

impl Aura {
    /// Serves a folder with a page in it, until the runtime ends.
    pub fn start(upstream: Upstream) -> Self {
        Self::start_with(upstream, shm::telemetry::create().unwrap())
    }

    /// Likewise, with a block that somebody else has as well.
    pub fn start_with(upstream: Upstream, telemetry: OwnedFd) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_page(&folder.path().join("page"));
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config {
            listener,
            token: Token::new(TOKEN).unwrap(),
            telemetry: telemetry.try_clone().unwrap(),
            pulse: upstream.pulse,
            signal: upstream.signal,
            supervisor: upstream.supervisor,
            page_folder: folder.path().join("page"),
        };
        tokio::spawn(async move { aura_server::run(config, std::future::pending()).await.unwrap() });
        Self { address, telemetry, folder }
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Sends lines as they are, and reads the whole answer.
    pub async fn raw(&self, request: &str) -> String {
        soon(async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        })
        .await
    }

    pub async fn get(&self, path: &str) -> String {
        let host = self.host();
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await
    }

    /// Opens a WebSocket with this `Origin`, if any.
    pub async fn websocket(&self, origin: Option<&str>) -> Result<Page, tungstenite::Error> {
        let stream = TcpStream::connect(self.address).await?;
        let mut request = format!("ws://{}/ws", self.address).into_client_request()?;
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", HeaderValue::from_str(origin)?);
        }
        let (socket, _) = soon(client_async(request, stream)).await?;
        Ok(Page { socket })
    }

    /// A WebSocket as the page's own browser opens it.
    pub async fn connect(&self) -> Page {
        self.websocket(Some(&format!("http://{}", self.address))).await.unwrap()
    }

    /// A page that was welcomed.
    pub async fn page(&self, client: &str) -> Page {
        let mut page = self.connect().await;
        page.say(1, page_message::Kind::Hello(hello(client, None))).await;
        let welcome = page.hear().await;
        assert!(matches!(welcome.kind, Some(aura_message::Kind::Welcome(_))), "{welcome:?}");
        assert_eq!(welcome.request_id, 1);
        page
    }
}

pub fn hello(client: &str, have_sequence: Option<u64>) -> Hello {
    Hello {
        token: TOKEN.to_owned(),
        protocol: Some(ProtocolVersion { major: 1, minor: 0 }),
        client: client.to_owned(),
        have_sequence,
        have_song: String::new(),
    }
}

/// Makes a folder with a page in it, and beside it what nobody may read.
pub fn write_page(folder: &Path) {
    fs::create_dir_all(folder.join("assets")).unwrap();
    fs::write(folder.join("index.html"), "<!doctype html><title>Loophole</title>").unwrap();
    fs::write(folder.join("assets/main-4f3a.js"), "export {};").unwrap();
    fs::write(folder.join("assets/inter-9c1b.woff2"), "font").unwrap();
    fs::write(folder.join("icon.svg"), "<svg/>").unwrap();
    fs::write(folder.join(".installed"), "hidden").unwrap();
    fs::write(folder.parent().unwrap().join("secret.txt"), "a secret").unwrap();
    std::os::unix::fs::symlink("../secret.txt", folder.join("link.txt")).unwrap();
}

/// One page, as a client.
pub struct Page {
    pub socket: WebSocketStream<TcpStream>,
}

impl Page {
    pub async fn say(&mut self, request_id: u64, kind: page_message::Kind) {
        let bytes = PageMessage { request_id, kind: Some(kind) }.encode_to_vec();
        soon(self.socket.send(Message::Binary(bytes.into()))).await.unwrap();
    }

    /// The next message, whatever it is.
    pub async fn hear(&mut self) -> AuraMessage {
        loop {
            match soon(self.socket.next()).await.unwrap().unwrap() {
                Message::Binary(bytes) => return AuraMessage::decode(bytes).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The first message of which `pick` makes something; the ones before it are skipped.
    pub async fn wait_for<T>(&mut self, mut pick: impl FnMut(aura_message::Kind) -> Option<T>) -> T {
        soon(async {
            loop {
                if let Some(found) = self.hear().await.kind.and_then(&mut pick) {
                    return found;
                }
            }
        })
        .await
    }

    /// Asks, and gives the answer.
    pub async fn ask(&mut self, request_id: u64, kind: page_message::Kind) -> aura_message::Kind {
        self.say(request_id, kind).await;
        soon(async {
            loop {
                let message = self.hear().await;
                if message.request_id == request_id {
                    return message.kind.unwrap();
                }
            }
        })
        .await
    }

    /// Asks, and gives the reason why not.
    pub async fn refusal(&mut self, request_id: u64, kind: page_message::Kind) -> String {
        match self.ask(request_id, kind).await {
            aura_message::Kind::Refused(refused) => refused.reason,
            other => panic!("it should have been refused, but got {other:?}"),
        }
    }

    /// Why the connection was closed; panics if it was not. Messages before it are skipped.
    pub async fn closed(&mut self) -> String {
        soon(async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Close(frame))) => {
                        return frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                    }
                    None | Some(Err(_)) => return String::new(),
                    Some(Ok(_)) => {}
                }
            }
        })
        .await
    }
}
