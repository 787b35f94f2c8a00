//! The handshake: who speaks which version of the contracts, and the guard that refuses calls before it.
//!
//! It authenticates nobody: the runtime folder's permissions do (0700).

use std::sync::{Arc, OnceLock};

use chorus::common::v1::{
    HandshakeRequest, HandshakeResponse, ProtocolVersion, link_service_server::LinkService,
};
use tonic::{Request, Response, Status};

/// The version of all contracts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Changes break: both sides must agree.
    pub major: u32,
    /// Changes add.
    pub minor: u32,
}

/// What this build speaks.
pub const PROTOCOL: Protocol = Protocol { major: 1, minor: 0 };

/// Longest process and client name, in bytes (link.proto).
const MAX_NAME_BYTES: usize = 64;
/// Longest build text, in bytes (link.proto).
const MAX_BUILD_BYTES: usize = 128;

/// Version and commit of this build, for people. `[any]`
pub fn build() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| match option_env!("LOOPHOLE_COMMIT") {
        Some(commit) => format!("{} ({commit})", env!("CARGO_PKG_VERSION")),
        None => env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The other end of a connection, after the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// "aura", "pulse", "loophole", or a script's own name.
    pub process: String,
    /// Version and commit of its build.
    pub build: String,
    /// Names the client across connections (rule S5). On the client's side: empty.
    pub client: String,
    /// What it speaks.
    pub protocol: Protocol,
}

/// Who makes this call. Every handler behind [`crate::serve`] has one.
///
/// # Errors
/// FAILED_PRECONDITION where the service was served without the guard.
pub fn peer<T>(request: &Request<T>) -> Result<&Peer, Status> {
    request.extensions().get::<Peer>().ok_or_else(no_handshake)
}

/// What a server knows of one connection.
#[derive(Clone, Debug, Default)]
pub struct ConnectionState(Arc<OnceLock<Peer>>);

/// `LinkService` of a process called `process`.
pub(crate) struct Handshaker {
    pub process: &'static str,
}

#[tonic::async_trait]
impl LinkService for Handshaker {
    async fn handshake(
        &self,
        request: Request<HandshakeRequest>,
    ) -> Result<Response<HandshakeResponse>, Status> {
        let state = request.extensions().get::<ConnectionState>().cloned().ok_or_else(no_handshake)?;
        let peer = check_hello(self.process, request.into_inner())?;
        state
            .0
            .set(peer)
            .map_err(|_| Status::failed_precondition("this connection has shaken hands already"))?;
        Ok(Response::new(HandshakeResponse {
            protocol: Some(to_wire(PROTOCOL)),
            process: self.process.to_owned(),
            build: build().to_owned(),
        }))
    }
}

fn check_hello(own_process: &str, hello: HandshakeRequest) -> Result<Peer, Status> {
    let protocol = from_wire(hello.protocol);
    if hello.process.is_empty() || hello.process.len() > MAX_NAME_BYTES {
        return Err(Status::invalid_argument(format!("a process has a name of 1 to {MAX_NAME_BYTES} bytes")));
    }
    if hello.client.len() > MAX_NAME_BYTES || hello.build.len() > MAX_BUILD_BYTES {
        return Err(Status::invalid_argument(format!(
            "a client's name has at most {MAX_NAME_BYTES} bytes, a build's at most {MAX_BUILD_BYTES}"
        )));
    }
    if protocol.major != PROTOCOL.major {
        return Err(Status::failed_precondition(incompatible(
            (own_process, build(), PROTOCOL),
            (&hello.process, &hello.build, protocol),
        )));
    }
    let client = if hello.client.is_empty() { hello.process.clone() } else { hello.client };
    Ok(Peer { process: hello.process, build: hello.build, client, protocol })
}

/// The client's half: checks what the server answered.
pub(crate) fn check_answer(own_process: &str, answer: HandshakeResponse) -> Result<Peer, String> {
    let protocol = from_wire(answer.protocol);
    if protocol.major != PROTOCOL.major {
        return Err(incompatible(
            (own_process, build(), PROTOCOL),
            (&answer.process, &answer.build, protocol),
        ));
    }
    Ok(Peer { process: answer.process, build: answer.build, client: String::new(), protocol })
}

type Side<'a> = (&'a str, &'a str, Protocol);

fn incompatible(own: Side<'_>, other: Side<'_>) -> String {
    let describe = |(process, build, protocol): Side<'_>| {
        let build = if build.is_empty() { "unknown" } else { build };
        format!("{process}, build {build}, speaks protocol {}.{}", protocol.major, protocol.minor)
    };
    format!(
        "{}, but {}: they do not understand each other. Stop Loophole and start all of it from one build.",
        describe(own),
        describe(other)
    )
}

fn no_handshake() -> Status {
    Status::failed_precondition("call loophole.common.v1.LinkService/Handshake first on this connection")
}

/// The guard before every service but `LinkService`: lets calls through once the connection has shaken hands, with the
/// [`Peer`] in their extensions.
pub(crate) fn guard(mut request: Request<()>) -> Result<Request<()>, Status> {
    let state = request.extensions().get::<ConnectionState>().ok_or_else(no_handshake)?;
    let peer = state.0.get().cloned().ok_or_else(no_handshake)?;
    request.extensions_mut().insert(peer);
    Ok(request)
}

pub(crate) fn to_wire(protocol: Protocol) -> ProtocolVersion {
    ProtocolVersion { major: protocol.major, minor: protocol.minor }
}

fn from_wire(protocol: Option<ProtocolVersion>) -> Protocol {
    let protocol = protocol.unwrap_or_default();
    Protocol { major: protocol.major, minor: protocol.minor }
}
