//! One page, from its first message to its last.
//!
//! 1. Its Hello shows the token; anything else ends the connection.
//! 2. It is welcomed, and its feeds and queues begin (see the sibling modules), each a task.
//! 3. What it sends goes to the queues, until it leaves or falls behind; then all its tasks are dropped.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use chorus::{
    aura::v1::{Hello, Welcome},
    common::v1::ProtocolVersion,
};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use link::PROTOCOL;
use tokio::{sync::watch, task::JoinSet};

use super::{
    feeds::{self, PulseView},
    gestures::Gestures,
    message::{self, FromPage, PageRequest, ToPage},
    requests::{Requests, reply},
    shared::Shared,
};
use crate::{
    admission::Token,
    outbox::{FellBehind, Outbox},
};

/// A page says Hello as soon as it is connected; whoever doesn't holds a place that others want.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// A message that is not taken for this long shows that nobody is there any more.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// A page that is closed is given this long to hear why.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Right after the start the supervisor may not have been asked yet which song is open.
const SUPERVISOR_WAIT: Duration = Duration::from_secs(1);
/// As the contract says (page.proto).
const LONGEST_CLIENT_NAME: usize = 64;

type Sink = SplitSink<WebSocket, Message>;

/// Serves a page until it leaves, falls behind, or sends what is no message.
pub async fn serve(socket: WebSocket, token: &Token, shared: &Arc<Shared>) {
    let (mut sink, mut stream) = socket.split();
    let first = tokio::time::timeout(HELLO_TIMEOUT, next_request(&mut stream)).await;
    let Ok(Ok(Some(PageRequest { id, kind }))) = first else {
        close(&mut sink, close_code::POLICY, "say Hello first").await;
        return;
    };
    let hello = match kind.and_then(|kind| admitted(kind, token)) {
        Ok(hello) => hello,
        Err(reason) => {
            // The close frame says it as well, to those who read no messages.
            let _ = sink.send(Message::Binary(message::answer(id, Err(reason.clone())))).await;
            close(&mut sink, close_code::POLICY, &reason).await;
            return;
        }
    };
    let outbox = Arc::new(Outbox::default());
    if outbox.push(message::encode(id, ToPage::Welcome(welcome(shared).await))).is_ok() {
        attend(sink, stream, hello, shared, outbox).await;
    }
}

fn admitted(first: FromPage, token: &Token) -> Result<Hello, String> {
    let FromPage::Hello(hello) = first else { return Err("say Hello first".to_owned()) };
    if !token.is(&hello.token) {
        return Err("this page's address is out of date: open the one that Loophole printed".to_owned());
    }
    let major = hello.protocol.map_or(0, |protocol| protocol.major);
    if major != PROTOCOL.major {
        return Err(format!(
            "this page speaks protocol {major}, but Loophole speaks {}: reload the page",
            PROTOCOL.major
        ));
    }
    if hello.client.is_empty() || hello.client.len() > LONGEST_CLIENT_NAME {
        return Err(format!("a page's name has 1 to {LONGEST_CLIENT_NAME} bytes"));
    }
    Ok(hello)
}

async fn welcome(shared: &Shared) -> Welcome {
    let mut supervisor = shared.supervisor.clone();
    let known = supervisor.wait_for(|view| view.connection.is_some());
    let song_path = match tokio::time::timeout(SUPERVISOR_WAIT, known).await {
        Ok(Ok(view)) => view.song.path.clone(),
        _ => String::new(),
    };
    Welcome {
        protocol: Some(ProtocolVersion { major: PROTOCOL.major, minor: PROTOCOL.minor }),
        build: link::build().to_owned(),
        audio_device: shared.signal.borrow().audio_device.clone(),
        song_path,
    }
}

/// Runs everything of an admitted page. Tasks are dropped with the set.
async fn attend(
    sink: Sink,
    mut stream: SplitStream<WebSocket>,
    hello: Hello,
    shared: &Arc<Shared>,
    outbox: Arc<Outbox>,
) {
    let mut tasks = JoinSet::new();
    let start =
        PulseView { connection: None, have_sequence: hello.have_sequence, have_song: hello.have_song };
    let (pulse, pulse_seen) = watch::channel(start);
    tasks.spawn(feeds::song(shared.pulse.clone(), hello.client.clone(), pulse, outbox.clone()));
    tasks.spawn(ending(feeds::services(pulse_seen.clone(), shared.clone(), outbox.clone())));
    tasks.spawn(ending(feeds::devices(shared.signal.clone(), outbox.clone())));
    tasks.spawn(ending(feeds::recording(shared.signal.clone(), outbox.clone())));
    tasks.spawn(ending(feeds::processes(shared.clone(), outbox.clone())));
    tasks.spawn(ending(feeds::exports(shared.clone(), outbox.clone())));
    tasks.spawn(ending(feeds::telemetry(shared.clone(), outbox.clone())));
    let requests = Requests::begin(shared, &pulse_seen, &outbox, &hello.client, &mut tasks);
    tokio::select! {
        () = write(sink, &outbox) => {}
        () = read(&mut stream, &requests, shared, &outbox) => {}
    }
}

/// A feed that ends has said why to the outbox already, and so to `write`.
async fn ending(feed: impl Future<Output = Result<(), FellBehind>>) {
    let _ = feed.await;
}

async fn write(mut sink: Sink, outbox: &Outbox) {
    loop {
        let Ok(message) = outbox.next().await else {
            close(&mut sink, close_code::AGAIN, "the page fell behind").await;
            return;
        };
        match tokio::time::timeout(WRITE_TIMEOUT, sink.send(Message::Binary(message))).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}

async fn read(stream: &mut SplitStream<WebSocket>, requests: &Requests, shared: &Shared, outbox: &Outbox) {
    let mut gestures = Gestures::default();
    loop {
        let PageRequest { id, kind } = match next_request(stream).await {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(reason) => {
                tracing::warn!("a page is sent away: {reason}");
                return;
            }
        };
        let refused = match kind {
            Err(reason) => Err(reason),
            Ok(FromPage::Hello(_)) => Err("Hello is said once".to_owned()),
            Ok(FromPage::Gesture(gesture)) => {
                let signal = shared.signal.borrow().connection.clone();
                gestures.pass_on(gesture, signal)
            }
            Ok(kind) => requests.queue(id, kind),
        };
        if let Err(reason) = refused
            && reply(outbox, id, Err(reason)).is_err()
        {
            return;
        }
    }
}

/// The next message, `None` when the page left.
async fn next_request(stream: &mut SplitStream<WebSocket>) -> Result<Option<PageRequest>, String> {
    loop {
        match stream.next().await {
            None | Some(Ok(Message::Close(_))) => return Ok(None),
            Some(Ok(Message::Binary(bytes))) => {
                return message::decode(&bytes).map(Some).map_err(|error| error.to_string());
            }
            // The protocol's own; the library answers them.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_))) => return Err("a page sends binary messages".to_owned()),
            Some(Err(error)) => return Err(error.to_string()),
        }
    }
}

async fn close(sink: &mut Sink, code: u16, reason: &str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, sink.send(Message::Close(Some(frame)))).await;
}
