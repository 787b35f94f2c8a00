//! Tasks that watch who answers: they connect, tell the main loop, and connect anew when a connection is lost.

use std::time::Duration;

use link::{ConnectError, Connection, Hello};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{Event, ProcessKind, endpoints::Endpoints};
use crate::wire::{OWN_NAME, signal::Signal};

/// How often Signal is asked for its sandboxes: a dead one shows within half a second.
const SANDBOX_PERIOD: Duration = Duration::from_millis(500);
/// Pause after an attempt that failed in an unexpected way.
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// How often CPU shares are measured.
const TICK: Duration = Duration::from_secs(1);

/// Starts the tasks that run as long as the supervisor.
pub(crate) fn start(endpoints: &Endpoints, events: &mpsc::Sender<Event>) {
    for kind in [ProcessKind::Pulse, ProcessKind::Signal] {
        if let Some(socket) = endpoints.socket(kind) {
            tokio::spawn(follow(kind, socket.to_owned(), events.clone()));
        }
    }
    tokio::spawn(tick(events.clone()));
}

async fn tick(events: mpsc::Sender<Event>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if events.send(Event::Tick).await.is_err() {
            return;
        }
    }
}

async fn follow(kind: ProcessKind, socket: std::path::PathBuf, events: mpsc::Sender<Event>) {
    while !events.is_closed() {
        match link::connect_when_ready(&socket, Hello::new(OWN_NAME)).await {
            Ok(connection) => {
                let _ = events.send(Event::Answered { kind }).await;
                if kind == ProcessKind::Signal {
                    follow_sandboxes(&connection, &events).await;
                }
                connection.lost().await;
            }
            // Both were built together or one was replaced under the other: the log of the other side says more.
            Err(ConnectError::Refused(_) | ConnectError::Unreachable { .. }) => sleep(RETRY_PAUSE).await,
        }
    }
}

async fn follow_sandboxes(connection: &Connection, events: &mpsc::Sender<Event>) {
    let mut signal = Signal::new(connection);
    let _ = events.send(Event::SignalReached(signal.clone())).await;
    let mut ticks = interval(SANDBOX_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !connection.is_lost() && !events.is_closed() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = connection.lost() => break,
        }
        if let Ok(sandboxes) = signal.sandboxes().await {
            let _ = events.send(Event::SandboxesListed(sandboxes)).await;
        }
    }
    let _ = events.send(Event::SandboxesListed(Vec::new())).await;
}

/// Tells the main loop once when Aura serves its page. Its port is open before Aura runs, so only an answer counts.
pub(crate) async fn await_page(port: u16, events: mpsc::Sender<Event>) {
    while !events.is_closed() {
        if ask_page(port).await.is_ok() {
            let _ = events.send(Event::Answered { kind: ProcessKind::Aura }).await;
            return;
        }
        sleep(RETRY_PAUSE).await;
    }
}

async fn ask_page(port: u16) -> std::io::Result<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.read_u8().await
}
