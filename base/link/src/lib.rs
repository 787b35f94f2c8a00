//! How Loophole's processes find, trust and end one another.
//!
//! 1. The parent makes every listening socket and starts its children with [`children::Program`]; a child takes the
//!    sockets it inherits with [`process::take_unix_listener`] and its kin.
//! 2. A child calls [`logging::init`] and [`process::on_termination`] first thing in `main`.
//! 3. It serves its contract with [`serve`]: `LinkService` comes along, and every call on a connection that has not
//!    shaken hands is refused. A handler learns who calls from [`peer`].
//! 4. Clients call [`connect`], or [`connect_when_ready`] while the others are still starting. A connection that breaks
//!    stays broken: calls fail, [`Connection::lost`] completes, and the client connects anew and resynchronises.
//!
//! ```
//! use chorus::supervisor::v1::supervisor_service_client::SupervisorServiceClient;
//! use link::{Hello, connect_when_ready};
//!
//! async fn page_address(socket: &std::path::Path) -> anyhow::Result<String> {
//!     let connection = connect_when_ready(socket, Hello::new("aura")).await?;
//!     let mut supervisor = SupervisorServiceClient::new(connection.channel.clone());
//!     let page = supervisor.get_page(chorus::supervisor::v1::GetPageRequest {}).await?;
//!     Ok(page.into_inner().url)
//! }
//!
//! // The serving side, and the same over memory for tests:
//! # use chorus::supervisor::v1::supervisor_service_server::{SupervisorService, SupervisorServiceServer};
//! async fn serve<S: SupervisorService>(socket: std::os::unix::net::UnixListener, service: S) -> anyhow::Result<()> {
//!     let listener = link::Listener::from_unix(socket)?;
//!     let termination = link::process::on_termination();
//!     link::serve(listener, "loophole", SupervisorServiceServer::new(service), termination.requested()).await?;
//!     Ok(())
//! }
//! ```
//!
//! It knows no contract but `loophole.common.v1`, holds no state of any process, and never reconnects by itself.

mod client;
mod handshake;
mod listener;
mod server;
mod sys;
mod transport;

pub mod children;
pub mod logging;
pub mod process;

pub use client::{ConnectError, Connection, Hello, connect, connect_when_ready};
pub use handshake::{PROTOCOL, Peer, Protocol, build, peer};
pub use listener::{Connector, Listener, ServerStream, in_memory, listen};
pub use server::{ServeError, serve};

/// No message between two processes is longer, in bytes; producers keep the parts of longer things below 1 MiB.
pub const MAX_MESSAGE_BYTES: usize = 4 << 20;
