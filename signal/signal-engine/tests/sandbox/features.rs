//! What few plugins do, through Signal's side of the block: shapes of single notes, and what a plugin says of itself.

use signal_engine::sandbox::{NoteName, Tail};
use signal_graph::{Event, EventBody, NoteExpression, PluginSlot};

use crate::rig::{Rig, built, slot};

fn singer(device: u64) -> PluginSlot {
    let bundle = built("libfeature_plugins.so", "feature-plugins", "tests/feature-plugins/src");
    PluginSlot { plugin_id: "test.singer".to_owned(), bundle, ..slot(device, "", &[]) }
}

#[test]
fn the_shape_of_a_single_note_reaches_its_plugin() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, singer(5), 0.0);
    rig.until("the plugin", &mut [&mut track], |rig, _| rig.status(5).is_some_and(|it| it.pid != 0));
    let at = |body| Event { offset: 0, body };
    let (note, channel, pitch) = (7, 2, 60);
    track.notes = vec![at(EventBody::NoteOn { note, channel, pitch, velocity: 0.5 })];
    rig.until_plays(&mut track, 0.5);
    let expression =
        |note, value| at(EventBody::Expression { note, channel, pitch, kind: NoteExpression::Volume, value });
    track.notes = vec![expression(8, 3.0), expression(note, 0.5)];
    rig.until_plays(&mut track, 0.25);
}

#[test]
fn what_a_plugin_says_of_itself_is_shown_with_its_device() {
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, singer(5), 0.0);
    rig.until("the plugin", &mut [&mut track], |rig, _| rig.status(5).is_some_and(|it| it.pid != 0));
    let status = rig.status(5).unwrap();
    let facts = &status.facts;
    assert_eq!((facts.version.as_str(), facts.features.as_slice()), ("2.1", &["instrument".to_owned()][..]));
    assert_eq!((facts.tail, facts.hard_realtime), (Tail::Samples(123), true));
    assert!(facts.takes_notes && !facts.takes_audio && facts.gives_audio && !facts.gives_notes);
    assert_eq!(facts.note_names, [NoteName { name: "Kick".to_owned(), channel: None, key: Some(36) }]);
    assert!(!status.load_time.is_zero());
    assert!(status.parameters[0].modulatable_per_note && !status.parameters[1].modulatable);
    // What it says later takes the place of that.
    track.set(6, 1.0);
    rig.until("its other tail", &mut [&mut track], |rig, _| {
        rig.status(5).is_some_and(|it| it.facts.tail == Tail::Infinite && it.parameters[1].name == "On")
    });
}
