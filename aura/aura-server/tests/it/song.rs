//! Pages with a real Pulse and a real Signal: edits, undo, what a page missed, and what it is told when one of them dies.

use chorus::{
    aura::v1::{Hello, Services, aura_message::Kind as Told, page_message::Kind},
    pulse::v1::{AddTrack, Command, ExecuteRequest, RedoRequest, TrackKind, UndoRequest, command},
    signal::v1::{LocateRequest, PlayRequest, StopRequest},
};
use tempfile::TempDir;

use crate::{
    aura::{Aura, Page, Upstream, hello},
    others::{self, Other},
};

/// The sockets must be gone before their folder is.
struct Studio {
    aura: Aura,
    pulse: Other,
    signal: Other,
    _folder: TempDir,
}

fn studio() -> Studio {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = shm::telemetry::create().unwrap();
    let (pulse, signal) = (others::pulse(&folder), others::signal(&folder, &telemetry));
    let upstream = Upstream {
        pulse: pulse.socket.as_path().into(),
        signal: signal.socket.as_path().into(),
        ..Upstream::nobody()
    };
    Studio { aura: Aura::start_with(upstream, telemetry), pulse, signal, _folder: folder }
}

fn add_track(name: &str) -> Kind {
    let track = AddTrack { name: name.to_owned(), kind: TrackKind::Instrument.into(), ..AddTrack::default() };
    let command = Command { kind: Some(command::Kind::AddTrack(track)) };
    Kind::Execute(ExecuteRequest { commands: vec![command], label: format!("Add {name}") })
}

async fn executed(page: &mut Page, request_id: u64, name: &str) -> u64 {
    match page.ask(request_id, add_track(name)).await {
        Told::Executed(executed) => executed.sequence,
        other => panic!("the edit should have been made, but: {other:?}"),
    }
}

/// The last sequence of the whole song.
async fn whole_song(page: &mut Page) -> u64 {
    page.wait_for(|kind| match kind {
        Told::Part(part) if part.last => Some(part.sequence),
        _ => None,
    })
    .await
}

async fn services(page: &mut Page, pulse: bool, signal: bool) -> Services {
    page.wait_for(|kind| match kind {
        Told::Services(services) if services.pulse == pulse && services.signal == signal => Some(services),
        _ => None,
    })
    .await
}

/// The next transaction's sequence and label. A song that is sent anew instead fails the test.
async fn transaction(page: &mut Page) -> (u64, String) {
    page.wait_for(|kind| match kind {
        Told::Transaction(transaction) => Some((transaction.sequence, transaction.label)),
        Told::Part(_) => panic!("the page has the song already"),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn an_edit_is_answered_and_reaches_every_page_and_so_does_its_undo() {
    let studio = studio();
    let (mut one, mut other) = (studio.aura.page("one").await, studio.aura.page("other").await);
    let start = whole_song(&mut one).await;
    assert_eq!(whole_song(&mut other).await, start);
    assert_eq!(executed(&mut one, 2, "Bass").await, start + 1);
    assert_eq!(transaction(&mut other).await, (start + 1, "Add Bass".to_owned()));
    assert!(
        matches!(one.ask(3, Kind::Undo(UndoRequest {})).await, Told::Undone(undone) if undone.label == "Add Bass")
    );
    assert_eq!(transaction(&mut other).await.0, start + 2);
    assert!(matches!(one.ask(4, Kind::Redo(RedoRequest {})).await, Told::Redone(_)));
    assert_eq!(transaction(&mut other).await.0, start + 3);
}

#[tokio::test]
async fn each_page_undoes_its_own_edits() {
    let studio = studio();
    let (mut one, mut other) = (studio.aura.page("one").await, studio.aura.page("other").await);
    whole_song(&mut one).await;
    whole_song(&mut other).await;
    executed(&mut one, 2, "Bass").await;
    executed(&mut other, 2, "Drums").await;
    assert!(
        matches!(one.ask(3, Kind::Undo(UndoRequest {})).await, Told::Undone(undone) if undone.label == "Add Bass")
    );
    assert!(!one.refusal(4, Kind::Undo(UndoRequest {})).await.is_empty());
    assert!(
        matches!(other.ask(3, Kind::Undo(UndoRequest {})).await, Told::Undone(undone) if undone.label == "Add Drums")
    );
}

#[tokio::test]
async fn a_refused_edit_says_why() {
    let studio = studio();
    let mut page = studio.aura.page("page").await;
    whole_song(&mut page).await;
    let nonsense =
        Command { kind: Some(command::Kind::Remove(chorus::pulse::v1::Remove { ids: vec![4711] })) };
    let request = ExecuteRequest { commands: vec![nonsense], label: String::new() };
    let reason = page.refusal(2, Kind::Execute(request)).await;
    assert!(reason.contains("4711"), "{reason}");
}

#[tokio::test]
async fn a_page_that_comes_back_gets_only_what_it_missed() {
    let studio = studio();
    let mut other = studio.aura.page("other").await;
    let start = whole_song(&mut other).await;
    executed(&mut other, 2, "Bass").await;
    let mut back = studio.aura.connect().await;
    back.say(1, Kind::Hello(hello("page", Some(start)))).await;
    assert_eq!(transaction(&mut back).await.0, start + 1);
    executed(&mut other, 3, "Drums").await;
    assert_eq!(transaction(&mut back).await.0, start + 2);
}

#[tokio::test]
async fn a_page_that_comes_back_from_another_song_gets_this_one_whole() {
    let studio = studio();
    let mut page = studio.aura.page("page").await;
    let song = page
        .wait_for(|kind| match kind {
            Told::Part(part) if part.first => Some(part.song),
            _ => None,
        })
        .await;
    let sequence = executed(&mut page, 2, "Bass").await;
    let mut same = studio.aura.connect().await;
    let hello_of =
        |song: &str| Kind::Hello(Hello { have_song: song.into(), ..hello("page", Some(sequence)) });
    same.say(1, hello_of(&song)).await;
    executed(&mut page, 3, "Drums").await;
    assert_eq!(transaction(&mut same).await.0, sequence + 1, "it has this very song");
    let mut other = studio.aura.connect().await;
    other.say(1, hello_of("of another song")).await;
    assert_eq!(whole_song(&mut other).await, sequence + 1);
}

#[tokio::test]
async fn a_page_goes_on_from_where_it_was_when_pulse_was_killed() {
    let mut studio = studio();
    let mut page = studio.aura.page("page").await;
    let start = whole_song(&mut page).await;
    page.say(0, add_track("Bass")).await;
    assert_eq!(transaction(&mut page).await.0, start + 1);
    studio.pulse.kill().await;
    services(&mut page, false, true).await;
    assert!(page.refusal(3, add_track("Drums")).await.contains("song's process"));
    studio.pulse.start_again();
    services(&mut page, true, true).await;
    page.say(0, add_track("Drums")).await;
    assert_eq!(transaction(&mut page).await.0, start + 2);
    // Its undo is still its own.
    assert!(
        matches!(page.ask(4, Kind::Undo(UndoRequest {})).await, Told::Undone(undone) if undone.label == "Add Drums")
    );
    assert!(
        matches!(page.ask(5, Kind::Undo(UndoRequest {})).await, Told::Undone(undone) if undone.label == "Add Bass")
    );
}

#[tokio::test]
async fn the_transport_obeys_and_is_there_again_after_signal_was_killed() {
    let mut studio = studio();
    let mut page = studio.aura.page("page").await;
    let device = services(&mut page, true, true).await.audio_device.unwrap();
    assert_eq!(device.sample_rate, 48_000);
    assert_eq!(page.ask(2, Kind::Locate(LocateRequest { position_samples: 480_000 })).await, done());
    assert_eq!(page.ask(3, Kind::Play(PlayRequest {})).await, done());
    let playing = async |page: &mut Page| {
        page.wait_for(|kind| match kind {
            Told::Telemetry(look) if look.playing && look.position_samples > 480_000 => Some(()),
            _ => None,
        })
        .await;
    };
    playing(&mut page).await;
    studio.signal.kill().await;
    services(&mut page, true, false).await;
    assert!(page.refusal(4, Kind::Stop(StopRequest {})).await.contains("audio process"));
    studio.signal.start_again();
    services(&mut page, true, true).await;
    playing(&mut page).await;
    assert_eq!(page.ask(5, Kind::Stop(StopRequest {})).await, done());
}

fn done() -> Told {
    Told::Done(chorus::aura::v1::Done {})
}
