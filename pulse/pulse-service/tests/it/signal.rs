//! The link to Signal, seen from the other end of the wire: what arrives when, and what becomes of what is sent up.

use std::{fs, path::Path};

use chorus::{
    pulse::v1::entity::Kind,
    signal::v1::{GraphRefused, ParameterEdited, PluginState, run_graph_response},
};
use tonic::Code;

use crate::{
    fixture::{Client, Place, add_clip, add_track, execute, fade, undo, whole_song},
    signal_end::{SignalEnd, add_plugin, response, serve, slots, update},
};

async fn device_state(client: &mut Client, id: u64) -> String {
    let (_, entities) = whole_song(client).await;
    let mut states = entities.into_iter().filter_map(|entity| match entity.kind {
        Some(Kind::Device(device)) if device.id == id => Some(device.state),
        _ => None,
    });
    states.next().expect("the device")
}

#[tokio::test]
async fn the_whole_graph_comes_first_then_a_difference_an_edit() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, _responses) = signal.opened().await;
    let (_, whole) = update(&mut requests).await;
    assert!(whole[0].whole && whole[0].revision == 1 && whole[0].timeline.is_some());
    execute(&mut client, vec![add_track(100, "Bass"), add_clip(200, 100, 3)]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    assert!(!parts[0].whole && parts[0].revision == 2);
    assert_eq!(parts[0].note_regions[0].notes.len(), 3);
    execute(&mut client, vec![fade(100, -150.0)]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    let (change, revision) = (parts[0].parameters[0], parts[0].revision);
    assert_eq!((change.node, change.value, revision), (100, 0.0, 3));
    assert!(parts[0].nodes.is_empty() && parts[0].note_regions.is_empty());
    pulse.end().await;
}

#[tokio::test]
async fn a_signal_that_comes_back_gets_everything_again() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, responses) = signal.opened().await;
    update(&mut requests).await;
    signal.server.abort();
    drop((requests, responses));
    execute(&mut client, vec![add_track(100, "Bass"), add_clip(200, 100, 3)])
        .await
        .expect("goes on without Signal");
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let (mut requests, _responses) = signal.opened().await;
    let (_, whole) = update(&mut requests).await;
    assert!(whole[0].whole && whole.iter().any(|part| part.note_regions.len() == 1));
    pulse.end().await;
}

#[tokio::test]
async fn a_refused_graph_is_sent_whole_a_few_times() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    pulse.client("anna").await;
    let (mut requests, responses) = signal.opened().await;
    for revision in 1..=4 {
        let (_, parts) = update(&mut requests).await;
        assert!(parts[0].whole && parts[0].revision == revision);
        let refused = GraphRefused { revision, reason: "for a test".to_owned() };
        responses.send(Ok(response(run_graph_response::Kind::Refused(refused)))).await.expect("sent");
    }
    let mut client = pulse.client("anna").await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    assert!(parts[0].whole && parts[0].revision == 5, "the next change is tried");
    pulse.end().await;
}

#[tokio::test]
async fn the_state_of_a_plugin_is_kept_and_comes_back_before_its_graph() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (requests, responses) = signal.opened().await;
    execute(&mut client, vec![add_track(100, "Bass")]).await.expect("done");
    execute(&mut client, vec![add_plugin(300, 100)]).await.expect("done");
    let state: Vec<u8> = (0..700_000_u32).map(|index| (index % 251) as u8).collect();
    let hash = blake3::hash(&state).to_hex().to_string();
    for offset in [0, 400_000] {
        let data = state[offset..(offset + 400_000).min(state.len())].to_vec();
        let (total_bytes, offset) = (state.len() as u64, offset as u64);
        let part = PluginState { hash: hash.clone(), offset, total_bytes, data, device: 300 };
        responses.send(Ok(response(run_graph_response::Kind::PluginState(part)))).await.expect("sent");
    }
    while device_state(&mut client, 300).await != hash {
        tokio::task::yield_now().await;
    }
    assert_eq!(fs::read(place.song().join("state").join(&hash)).expect("stored"), state);
    // Nobody did it, so nobody's undo takes it back: anna's takes back the plugin.
    undo(&mut client).await.expect("undone");
    assert!(!whole_song(&mut client).await.1.iter().any(|it| matches!(it.kind, Some(Kind::Device(_)))));
    client.redo(chorus::pulse::v1::RedoRequest {}).await.expect("redone");
    drop((requests, responses));
    signal.server.abort();
    pulse.kill().await;

    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let kept = device_state(&mut client, 300).await;
    let (mut requests, _responses) = signal.opened().await;
    let (states, parts) = update(&mut requests).await;
    let sent: Vec<u8> = states.into_iter().flat_map(|part| part.data).collect();
    assert_eq!(sent, if kept.is_empty() { Vec::new() } else { state });
    let slots = slots(&parts);
    assert_eq!((slots.len(), &slots[0].state), (1, &kept));
    assert!(Path::new(&slots[0].bundle).is_absolute());
    pulse.end().await;
}

#[tokio::test]
async fn a_knob_turned_in_a_plugins_window_is_a_change_of_the_song() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (_requests, responses) = signal.opened().await;
    execute(&mut client, vec![add_track(100, "Bass"), add_plugin(300, 100)]).await.expect("done");
    for value in [0.25, 0.5, 0.75] {
        let edited = ParameterEdited { device: 300, parameter: 7, value };
        responses.send(Ok(response(run_graph_response::Kind::ParameterEdited(edited)))).await.expect("sent");
    }
    loop {
        let (sequence, entities) = whole_song(&mut client).await;
        let parameters = entities.iter().find_map(|entity| match &entity.kind {
            Some(Kind::Device(device)) => Some(&device.parameters),
            _ => None,
        });
        if let Some([parameter]) = parameters.map(Vec::as_slice) {
            assert_eq!((parameter.id, parameter.value, sequence), (7, 0.75, 2), "one change a gesture");
            break;
        }
        tokio::task::yield_now().await;
    }
    let refusal = undo(&mut client).await.expect_err("somebody went on from it");
    assert_eq!(refusal.code(), Code::FailedPrecondition);
    pulse.end().await;
}
