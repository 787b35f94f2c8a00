//! Whom Aura turns away: other hosts, other origins, wrong tokens, other protocols.

use chorus::{
    aura::v1::{Hello, page_message::Kind},
    common::v1::ProtocolVersion,
    signal::v1::PlayRequest,
};
use futures_util::SinkExt as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::aura::{Aura, TOKEN, Upstream, hello};

#[tokio::test]
async fn only_the_names_of_this_machine_are_answered() {
    let aura = Aura::start(Upstream::nobody());
    let port = aura.address.port();
    let status = async |host_lines: String, target: &str| {
        let answer =
            aura.raw(&format!("GET {target} HTTP/1.1\r\n{host_lines}Connection: close\r\n\r\n")).await;
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    for good in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
        assert_eq!(status(format!("Host: {good}:{port}\r\n"), "/").await, "200", "{good}");
    }
    for bad in [
        "example.com".to_owned(),
        format!("example.com:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port.wrapping_add(1)),
        format!("127.0.0.1:{port}.example.com"),
        format!("127.0.0.1.example.com:{port}"),
        format!("localhost.:{port}"),
        format!("example.com@127.0.0.1:{port}"),
        format!("127.0.0.1:0{port}"),
        format!("127.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("[::]:{port}"),
        String::new(),
    ] {
        assert_ne!(status(format!("Host: {bad}\r\n"), "/").await, "200", "{bad}");
    }
    assert_ne!(status(String::new(), "/").await, "200", "no host");
    let doubled = format!("Host: 127.0.0.1:{port}\r\nHost: example.com\r\n");
    assert_ne!(status(doubled, "/").await, "200", "two hosts");
    let in_target = format!("http://example.com:{port}/");
    assert_ne!(
        status(format!("Host: 127.0.0.1:{port}\r\n"), &in_target).await,
        "200",
        "another host in the target"
    );
}

#[tokio::test]
async fn only_the_page_itself_may_open_a_websocket() {
    let aura = Aura::start(Upstream::nobody());
    let port = aura.address.port();
    for good in ["127.0.0.1", "localhost", "[::1]"] {
        assert!(aura.websocket(Some(&format!("http://{good}:{port}"))).await.is_ok(), "{good}");
    }
    for bad in [
        None,
        Some("null".to_owned()),
        Some("http://example.com".to_owned()),
        Some(format!("https://127.0.0.1:{port}")),
        Some(format!("http://127.0.0.1:{port}.example.com")),
        Some(format!("http://127.0.0.1:{port}/page")),
        Some(format!("http://example.com@127.0.0.1:{port}")),
        Some("http://127.0.0.1".to_owned()),
        Some(format!("127.0.0.1:{port}")),
    ] {
        match aura.websocket(bad.as_deref()).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403, "{bad:?}"),
            other => panic!("{bad:?} should have been refused: {:?}", other.map(|_| ())),
        }
    }
}

async fn first_said(aura: &Aura, kind: Kind) -> (String, String) {
    let mut page = aura.connect().await;
    let reason = page.refusal(7, kind).await;
    (reason, page.closed().await)
}

#[tokio::test]
async fn a_page_without_the_token_is_told_so_and_sent_away() {
    let aura = Aura::start(Upstream::nobody());
    let longer = format!("{TOKEN}x");
    for token in ["", "wrong", &TOKEN[1..], &TOKEN[..TOKEN.len() - 1], &longer] {
        let (reason, closed) =
            first_said(&aura, Kind::Hello(Hello { token: token.into(), ..hello("page", None) })).await;
        assert!(reason.contains("address is out of date"), "{token}: {reason}");
        assert_eq!(closed, reason);
    }
}

#[tokio::test]
async fn a_page_of_another_protocol_is_told_to_reload() {
    let aura = Aura::start(Upstream::nobody());
    let other = Hello { protocol: Some(ProtocolVersion { major: 2, minor: 0 }), ..hello("page", None) };
    assert!(first_said(&aura, Kind::Hello(other)).await.0.contains("reload the page"));
}

#[tokio::test]
async fn a_page_has_a_name_of_bounded_length() {
    let aura = Aura::start(Upstream::nobody());
    for name in [String::new(), "n".repeat(65)] {
        assert!(first_said(&aura, Kind::Hello(hello(&name, None))).await.0.contains("1 to 64 bytes"));
    }
}

#[tokio::test]
async fn nothing_is_done_for_a_page_that_did_not_say_hello() {
    let aura = Aura::start(Upstream::nobody());
    assert_eq!(first_said(&aura, Kind::Play(PlayRequest {})).await.0, "say Hello first");
    let mut text = aura.connect().await;
    text.socket.send(Message::Text("hello".into())).await.unwrap();
    assert_eq!(text.closed().await, "say Hello first");
}
