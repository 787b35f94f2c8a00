//! The process that gives Loophole its face: serves the page, carries its edits to Pulse and its transport to Signal, and
//! brings it the song, the meters and the state of every process.
//!
//! 1. [`run`] takes the sockets that the supervisor made, reads the page's folder, and serves both on one TCP port.
//! 2. Each WebSocket that shows the token gets the song by a Pulse connection of its own, under its own name, so that
//!    each page has its own undo (rule S5).
//! 3. Signal's device states, the process tree and telemetry are watched once, and shared by all pages.
//! 4. Whatever dies is reconnected to; a page is told what can be reached, and goes on from its last sequence.
//!
//! It holds no truth: no song, no file but the page's, nothing that its own death would lose. Messages are relayed in the
//! shape of the contract, so everything that touches them is in [`wire`].

pub mod admission;
pub mod arguments;
pub mod download;
pub mod http;
pub mod outbox;
pub mod page_folder;
pub mod telemetry;
pub mod wire;

use std::{net::TcpListener, os::fd::OwnedFd, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use link::Connector;

use crate::{
    admission::{Hosts, Token},
    page_folder::PageFolder,
    telemetry::Telemetry,
    wire::Shared,
};

/// What the supervisor hands over.
pub struct Config {
    /// Bound to loopback and listening.
    pub listener: TcpListener,
    /// What a page must know.
    pub token: Token,
    /// The block of [`shm::telemetry`].
    pub telemetry: OwnedFd,
    /// Where Pulse is.
    pub pulse: Connector,
    /// Where Signal is.
    pub signal: Connector,
    /// Where the supervisor is.
    pub supervisor: Connector,
    /// Folder of the built page.
    pub page_folder: PathBuf,
}

/// Serves until `stop` completes.
///
/// # Errors
/// The telemetry block, the page's folder or the socket can't be used.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let port = config.listener.local_addr()?.port();
    config.listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(config.listener)?;
    let reader = shm::telemetry::Reader::open(&config.telemetry).context("the telemetry block")?;
    let shared =
        Arc::new(Shared::watch(config.pulse, config.signal, config.supervisor, Telemetry::watch(reader)));
    let front = http::Front {
        hosts: Hosts::of_port(port),
        token: config.token,
        folder: PageFolder::read(&config.page_folder)?,
        shared,
    };
    tracing::info!("the page is served on port {port}");
    tokio::select! {
        result = axum::serve(listener, http::router(front)) => result.context("serving the page"),
        () = stop => Ok(()),
    }
}
