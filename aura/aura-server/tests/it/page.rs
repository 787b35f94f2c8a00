//! What an admitted page gets and may ask, with nobody upstream but the telemetry block.

use aura_server::http::{MAX_PAGE_MESSAGE_BYTES, MAX_PAGES};
use chorus::{
    aura::v1::{Gesture, PageMessage, aura_message, page_message::Kind},
    pulse::v1::{ExecuteRequest, GetPeaksRequest, UndoRequest},
    signal::v1::{LocateRequest, ParameterChange, PlayRequest},
    supervisor::v1::KillProcessRequest,
};
use futures_util::SinkExt as _;
use prost::Message as _;
use shm::telemetry::{Transport, Writer};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::aura::{Aura, Upstream, hello, soon};

#[tokio::test]
async fn a_request_to_a_process_that_is_away_is_refused_with_that_reason() {
    let aura = Aura::start(Upstream::nobody());
    let mut page = aura.page("page").await;
    let services = page
        .wait_for(|kind| match kind {
            aura_message::Kind::Services(services) => Some(services),
            _ => None,
        })
        .await;
    assert!(!services.pulse && !services.signal);
    let change = Some(ParameterChange { node: 1, parameter: 1, value: 0.5 });
    for (id, kind, reason) in [
        (2, Kind::Execute(ExecuteRequest::default()), "the song's process"),
        (3, Kind::Undo(UndoRequest {}), "the song's process"),
        (4, Kind::GetPeaks(GetPeaksRequest { media: 5 }), "the song's process"),
        (5, Kind::Play(PlayRequest {}), "the audio process"),
        (6, Kind::Gesture(Gesture { change, end: false }), "the audio process"),
        (7, Kind::KillProcess(KillProcessRequest { pid: 1 }), "supervisor"),
        (8, Kind::Hello(hello("page", None)), "Hello is said once"),
    ] {
        let said = page.refusal(id, kind).await;
        assert!(said.contains(reason), "{id}: {said}");
    }
}

#[tokio::test]
async fn numbers_that_a_page_cannot_count_are_refused_and_the_page_stays() {
    let aura = Aura::start(Upstream::nobody());
    let mut page = aura.page("page").await;
    let locate = |position_samples| Kind::Locate(LocateRequest { position_samples });
    assert_eq!(page.refusal(2, locate(1 << 53)).await, "locate.position_samples is not below 2^53");
    assert!(page.refusal(3, locate((1 << 53) - 1)).await.contains("audio process"));
}

#[tokio::test]
async fn position_and_meters_reach_the_page() {
    let aura = Aura::start(Upstream::nobody());
    let mut signal = Writer::open(&aura.telemetry).unwrap();
    signal.assign_meter(0, 42);
    signal.set_peaks(0, 0.5, 0.25);
    let mut page = aura.page("page").await;
    for position_samples in [48_000, 96_000] {
        let transport =
            Transport { position_samples, playing: true, sample_rate: 48_000, ..Transport::default() };
        signal.publish(&transport);
        let telemetry = page
            .wait_for(|kind| match kind {
                aura_message::Kind::Telemetry(look) if look.position_samples == position_samples => {
                    Some(look)
                }
                _ => None,
            })
            .await;
        assert!(telemetry.playing);
        assert_eq!(telemetry.sample_rate, 48_000);
        assert_eq!((telemetry.meter_nodes, telemetry.meter_peaks), (vec![42], vec![0.5, 0.25]));
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_ends_the_connection_unread() {
    let aura = Aura::start(Upstream::nobody());
    let mut page = aura.page("page").await;
    let label = "l".repeat(MAX_PAGE_MESSAGE_BYTES);
    let bytes = PageMessage {
        request_id: 2,
        kind: Some(Kind::Execute(ExecuteRequest { commands: Vec::new(), label })),
    }
    .encode_to_vec();
    // The other side may close before everything is written.
    let _ = soon(page.socket.send(Message::Binary(bytes.into()))).await;
    page.closed().await;
    aura.page("another page").await;
}

#[tokio::test]
async fn bytes_that_are_no_message_end_the_connection() {
    let aura = Aura::start(Upstream::nobody());
    for garbage in [vec![0xff; 64], vec![0x0a]] {
        let mut page = aura.page("page").await;
        page.socket.send(Message::Binary(garbage.into())).await.unwrap();
        page.closed().await;
    }
    let mut page = aura.page("page").await;
    page.socket.send(Message::Text("{}".into())).await.unwrap();
    page.closed().await;
}

#[tokio::test]
async fn a_page_that_takes_nothing_is_given_up_and_others_are_not() {
    let aura = Aura::start(Upstream::nobody());
    let mut stuck = aura.page("stuck").await;
    let mut other = aura.page("other").await;
    // Each is answered by a refusal that nobody reads. What the system's own buffers hold comes on top of the outbox.
    let request = PageMessage { request_id: 2, kind: Some(Kind::Undo(UndoRequest {})) }.encode_to_vec();
    let given_up = soon(async {
        for _ in 0..2_000_000 {
            if let Err(error) = stuck.socket.feed(Message::Binary(request.clone().into())).await {
                return Some(error);
            }
        }
        None
    })
    .await;
    assert!(
        matches!(given_up, Some(Error::Io(_) | Error::ConnectionClosed | Error::AlreadyClosed)),
        "{given_up:?}"
    );
    assert!(other.refusal(2, Kind::Undo(UndoRequest {})).await.contains("the song's process"));
}

#[tokio::test]
async fn there_is_room_for_many_pages_and_then_no_more() {
    let aura = Aura::start(Upstream::nobody());
    let mut pages = Vec::new();
    for _ in 0..MAX_PAGES {
        pages.push(aura.connect().await);
    }
    let origin = format!("http://{}", aura.address);
    match aura.websocket(Some(&origin)).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 503),
        other => panic!("it should have been refused: {:?}", other.map(|_| ())),
    }
    drop(pages.pop());
    soon(async { while aura.websocket(Some(&origin)).await.is_err() {} }).await;
}
