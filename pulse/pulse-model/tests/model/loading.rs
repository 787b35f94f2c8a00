//! Opening songs from their entities, sound and broken ones.

use crate::script::{bytes, song};
use expect_test::expect;
use pulse_model::{ApplyError, Entity, Id, Kind, Project, Update};

const SONG: &str = r#"
    {"add_track": {"id": 10, "kind": "instrument", "name": "Bass"}}
    {"add_track": {"id": 11, "kind": "bus", "name": "Group"}}
    {"add_track": {"id": 12, "kind": "bus", "name": "Reverb"}}
    {"set_track": {"id": 10, "output": 11}}
    {"set_track": {"id": 11, "output": 12}}
    {"add_note_clip": {"id": 30, "track": 10, "start": 0, "length": "4q", "notes": [{"id": 40, "start": 0, "length": "1q", "pitch": 40}]}}
"#;

fn reopen(entities: impl IntoIterator<Item = Entity>) -> (Project, String) {
    let (project, diagnostics) = Project::from_entities(entities, 1);
    let again = Project::from_entities(project.entities(), 1);
    assert_eq!(again.1, [], "what was opened is a valid song");
    (project, diagnostics.iter().map(|it| format!("{it}\n")).collect())
}

fn entities() -> Vec<Entity> {
    song(SONG).project.entities().collect()
}

#[test]
fn song_opens_as_it_was_in_any_order_of_entities() {
    let (project, diagnostics) = reopen(entities().into_iter().rev());
    assert_eq!(bytes(&project), bytes(&song(SONG).project));
    assert_eq!(diagnostics, "");
}

#[test]
fn nothing_at_all_opens_as_an_empty_song() {
    let (project, diagnostics) = reopen([]);
    assert_eq!((project.song().name.as_str(), project.master().id), ("Untitled", Id(2)));
    expect![[r#"
        a song has a name and a loop: put in
        a song has a tempo at its start: put in
        a song has a signature at its start: put in
        a song has a master: put in
    "#]]
    .assert_eq(&diagnostics);
}

#[test]
fn what_hangs_on_a_lost_track_is_left_out_and_said() {
    let (project, diagnostics) = reopen(entities().into_iter().filter(|it| it.id() != Id(10)));
    assert_eq!((project.count(Kind::Clip), project.count(Kind::Note)), (0, 0));
    expect![[r#"
        clip Bass (30): there is no track 10: left out
        note 40: there is no clip 30: left out
    "#]]
    .assert_eq(&diagnostics);
}

#[test]
fn track_without_its_bus_plays_into_the_master() {
    let (project, diagnostics) = reopen(entities().into_iter().filter(|it| it.id() != Id(11)));
    assert_eq!(project.track(Id(10)).unwrap().output, None);
    expect![[r#"
        track Bass (10): there is no track 11: plays into the master
    "#]]
    .assert_eq(&diagnostics);
}

#[test]
fn feedback_is_cut() {
    let entities = entities().into_iter().map(|entity| match entity {
        Entity::Track(mut it) if it.id == Id(12) => {
            it.output = Some(Id(11));
            it.into()
        }
        other => other,
    });
    let (_, diagnostics) = reopen(entities);
    expect![[r#"
        track Group (11): sound would feed back: Group → Reverb → Group: plays into the master
    "#]]
    .assert_eq(&diagnostics);
}

#[test]
fn second_of_two_with_one_id_is_left_out() {
    let mut entities = entities();
    entities.push(entities[0].clone());
    let (_, diagnostics) = reopen(entities);
    expect![[r#"
        the song: id 1 is in use: left out
    "#]]
    .assert_eq(&diagnostics);
}

#[test]
fn song_whose_id_something_else_took_opens() {
    let entities = entities().into_iter().filter(|it| it.kind() != Kind::Song).map(|entity| match entity {
        Entity::Note(mut it) => {
            it.id = Id::SONG;
            it.into()
        }
        other => other,
    });
    let (project, diagnostics) = reopen(entities);
    assert_eq!(project.song().name, "Untitled");
    expect![[r#"
        note 1: id 1 is in use: left out
        a song has a name and a loop: put in
    "#]]
    .assert_eq(&diagnostics);
}

#[test]
fn updates_that_do_not_fit_are_refused_whole() {
    let mut project = song(SONG).project;
    let before = bytes(&project);
    let note = project.note(Id(40)).unwrap().clone();
    let mut other = note.clone();
    other.pitch = 50;
    let good = Update::change(note.clone(), other.clone());
    let refuse = |project: &mut Project, bad: Update| project.apply(&[good.clone(), bad]).unwrap_err();

    let stale = Update::change(note.clone(), other.clone());
    let diverged = ApplyError::Diverged { index: 1, kind: "note", id: Id(40) };
    assert_eq!(refuse(&mut project, stale), diverged);
    assert_eq!(refuse(&mut project, Update::create(note.clone())), diverged);
    assert_eq!(refuse(&mut project, Update { before: None, after: None }), ApplyError::Empty(1));
    let clip = project.clip(Id(30)).unwrap().clone();
    assert_eq!(refuse(&mut project, Update::change(other, clip)), ApplyError::Mismatch(1));
    let master = project.master().clone();
    assert_eq!(refuse(&mut project, Update::delete(master)), ApplyError::Essential);
    let song = project.song().clone();
    assert_eq!(refuse(&mut project, Update::delete(song)), ApplyError::Essential);
    assert_eq!(bytes(&project), before);
}
