//! Several clients on one song: the stream of changes, undo, refusals.

use chorus::pulse::v1::{Command, RedoRequest, subscribe_response::Kind};
use tonic::Code;

use crate::fixture::{
    Place, add_clip, add_track, execute, fade, info, next, rename, subscribe, track_names, undo, whole_song,
};

#[tokio::test]
async fn everybody_sees_every_change_in_order() {
    let place = Place::new();
    let pulse = place.pulse();
    let (mut anna, mut bert) = (pulse.client("anna").await, pulse.client("bert").await);
    let mut stream = subscribe(&mut bert, None).await;
    assert!(
        matches!(next(&mut stream).await, Kind::Part(part) if part.first && part.last && part.sequence == 0)
    );
    assert!(matches!(next(&mut stream).await, Kind::History(state) if state.undo_label.is_empty()));
    for number in 1..=20 {
        let done = execute(&mut anna, vec![add_track(100 + number, "Bass")]).await.expect("done");
        assert_eq!((done.sequence, done.created), (number, vec![100 + number]));
        let Kind::Transaction(transaction) = next(&mut stream).await else { panic!("a transaction") };
        assert_eq!((transaction.sequence, transaction.client.as_str()), (number, "anna"));
        assert_eq!(transaction.updates.len(), 1);
    }
    pulse.end().await;
}

#[tokio::test]
async fn a_client_that_comes_back_gets_what_it_missed() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    for number in 1..=5 {
        execute(&mut client, vec![add_track(100 + number, "Bass")]).await.expect("done");
    }
    let mut stream = subscribe(&mut client, Some(3)).await;
    for sequence in [4, 5] {
        assert!(matches!(next(&mut stream).await, Kind::Transaction(it) if it.sequence == sequence));
    }
    // Sequences that this song never had, as after a copy was put in its place.
    let mut stream = subscribe(&mut client, Some(99)).await;
    assert!(matches!(next(&mut stream).await, Kind::Part(part) if part.sequence == 5));
    pulse.kill().await;
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let mut stream = subscribe(&mut client, Some(4)).await;
    assert!(matches!(next(&mut stream).await, Kind::Transaction(it) if it.sequence == 5));
    pulse.end().await;
}

#[tokio::test]
async fn a_change_too_long_for_a_message_comes_as_the_whole_song() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Keys")]).await.expect("done");
    let mut stream = subscribe(&mut client, Some(1)).await;
    assert!(matches!(next(&mut stream).await, Kind::History(_)));
    // More than a request holds in bytes is made by splitting it over several commands of one clip each.
    let clips = (0..20).map(|number| add_clip(200 + number, 100, 2000)).collect();
    execute(&mut client, clips).await.expect("done");
    let (mut notes, mut parts) = (0, 0);
    loop {
        let Kind::Part(part) = next(&mut stream).await else { panic!("a part") };
        assert_eq!((part.first, part.sequence), (parts == 0, 2));
        parts += 1;
        let is_note = |it: &&chorus::pulse::v1::Entity| {
            matches!(it.kind, Some(chorus::pulse::v1::entity::Kind::Note(_)))
        };
        notes += part.entities.iter().filter(is_note).count();
        if part.last {
            break;
        }
    }
    assert_eq!(notes, 40_000);
    assert!(parts > 1);
    pulse.end().await;
}

#[tokio::test]
async fn undo_takes_back_ones_own_last_change() {
    let place = Place::new();
    let pulse = place.pulse();
    let (mut anna, mut bert) = (pulse.client("anna").await, pulse.client("bert").await);
    execute(&mut anna, vec![add_track(100, "Bass")]).await.expect("done");
    execute(&mut anna, vec![fade(100, -6.0)]).await.expect("done");
    execute(&mut bert, vec![add_track(101, "Lead")]).await.expect("done");
    undo(&mut anna).await.expect("undone");
    assert_eq!(track_names(&mut anna).await, ["Master", "Bass", "Lead"]);
    undo(&mut anna).await.expect("undone");
    assert_eq!(track_names(&mut anna).await, ["Master", "Lead"]);
    assert_eq!(undo(&mut anna).await.expect_err("nothing left").code(), Code::FailedPrecondition);
    anna.redo(RedoRequest {}).await.expect("redone");
    assert_eq!(track_names(&mut anna).await, ["Master", "Bass", "Lead"]);
    pulse.end().await;
}

#[tokio::test]
async fn undo_is_refused_where_somebody_else_went_on() {
    let place = Place::new();
    let pulse = place.pulse();
    let (mut anna, mut bert) = (pulse.client("anna").await, pulse.client("bert").await);
    execute(&mut anna, vec![add_track(100, "Bass")]).await.expect("done");
    execute(&mut bert, vec![rename(100, "Bass 2")]).await.expect("done");
    let refusal = undo(&mut anna).await.expect_err("refused");
    assert_eq!(refusal.code(), Code::FailedPrecondition);
    assert!(!refusal.message().is_empty());
    assert_eq!(track_names(&mut anna).await, ["Master", "Bass 2"]);
    pulse.end().await;
}

#[tokio::test]
async fn history_outlives_the_process() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    execute(&mut client, vec![add_track(101, "Lead")]).await.expect("done");
    undo(&mut client).await.expect("undone");
    pulse.kill().await;
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    undo(&mut client).await.expect("undone");
    assert_eq!(track_names(&mut client).await, ["Master"]);
    client.redo(RedoRequest {}).await.expect("redone");
    client.redo(RedoRequest {}).await.expect("redone");
    assert_eq!(track_names(&mut client).await, ["Master", "Bass", "Lead"]);
    pulse.end().await;
}

#[tokio::test]
async fn a_refused_command_changes_nothing_and_says_why() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let refusal =
        execute(&mut client, vec![add_track(100, "Bass"), fade(999, 0.0)]).await.expect_err("refused");
    assert_eq!(refusal.code(), Code::InvalidArgument);
    assert!(refusal.message().contains("command 2"), "{}", refusal.message());
    let empty = execute(&mut client, vec![Command { kind: None }]).await.expect_err("refused");
    assert_eq!(empty.code(), Code::InvalidArgument);
    assert_eq!(whole_song(&mut client).await.0, 0);
    assert_eq!(info(&mut client).await.tracks, 1);
    pulse.end().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go_and_the_others_go_on() {
    let place = Place::new();
    let pulse = place.pulse();
    let (mut slow, mut anna) = (pulse.client("slow").await, pulse.client("anna").await);
    let mut stream = subscribe(&mut slow, None).await;
    let long_name = "x".repeat(1000);
    execute(&mut anna, (100..106).map(|id| add_track(id, "Bass")).collect()).await.expect("done");
    // More than the queue and what the transport takes in before anybody reads.
    for number in 0..1400 {
        let renamed = (100..106).map(|id| rename(id, &format!("{long_name}{number}")));
        execute(&mut anna, renamed.collect()).await.expect("done");
    }
    let mut last = 0;
    let status = loop {
        match stream.message().await {
            Ok(Some(message)) => {
                if let Some(Kind::Transaction(transaction)) = message.kind {
                    assert_eq!(transaction.sequence, last + 1);
                    last = transaction.sequence;
                }
            }
            Ok(None) => panic!("it ended without a reason"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(last < 1401);
    let mut stream = subscribe(&mut slow, Some(last)).await;
    assert!(
        matches!(next(&mut stream).await, Kind::Transaction(it) if it.sequence == last + 1) || last < 800
    );
    pulse.end().await;
}
