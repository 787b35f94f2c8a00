//! The link to Signal, seen from the other end of the wire: what arrives when, and what becomes of what is sent up.

use std::{fs, path::Path};

use chorus::{
    pulse::v1::{Device, entity::Kind},
    signal::v1::{GraphRefused, ParameterEdited, PluginState, run_graph_response},
};

use crate::{
    fixture::{Client, Place, add_clip, add_track, execute, fade, subscribe, undo, whole_song},
    signal_end::{Requests, Responses, SignalEnd, add_plugin, response, serve, slots, update},
};

async fn device(client: &mut Client, id: u64) -> Device {
    let (_, entities) = whole_song(client).await;
    let mut devices = entities.into_iter().filter_map(|entity| match entity.kind {
        Some(Kind::Device(device)) if device.id == id => Some(device),
        _ => None,
    });
    devices.next().expect("the device")
}

/// Until Signal is told that the only plugin begins with this state. The states that were sent until then, and the graph.
async fn wait_for_state(requests: &mut Requests, state: &str) -> (Vec<String>, u64) {
    let mut sent = Vec::new();
    loop {
        let (states, parts) = update(requests).await;
        sent.extend(states.into_iter().map(|part| part.hash));
        if slots(&parts).first().is_some_and(|slot| slot.state == state) {
            return (sent, parts[0].revision);
        }
    }
}

async fn device_state(client: &mut Client, id: u64) -> String {
    device(client, id).await.state
}

/// Sends a plugin's state in parts, as Signal saves it; its hash.
async fn save(responses: &Responses, device: u64, state: &[u8]) -> String {
    let hash = blake3::hash(state).to_hex().to_string();
    let (mut offset, total_bytes) = (0, state.len() as u64);
    for data in state.chunks(400_000) {
        let part = PluginState { hash: hash.clone(), offset, total_bytes, data: data.to_vec(), device };
        responses.send(Ok(response(run_graph_response::Kind::PluginState(part)))).await.expect("sent");
        offset += data.len() as u64;
    }
    hash
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
    save(&responses, 300, &state).await;
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
    let _follows = subscribe(&mut client, None).await;
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
    assert_eq!(undo(&mut client).await.expect("it is anna's"), "Set parameter 7 of Nothing to 0.75");
    assert!(device(&mut client, 300).await.parameters.is_empty());
    undo(&mut client).await.expect("now the plugin goes");
    pulse.end().await;
}

#[tokio::test]
async fn what_a_plugin_changed_by_itself_is_undone_and_signal_gets_the_former_state() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let _follows = subscribe(&mut client, None).await;
    let (mut requests, responses) = signal.opened().await;
    update(&mut requests).await;
    execute(&mut client, vec![add_track(100, "Bass"), add_plugin(300, 100)]).await.expect("done");
    let former = save(&responses, 300, b"as it was loaded").await;
    let later = save(&responses, 300, b"as it became in its window").await;
    let (sent, _) = wait_for_state(&mut requests, &later).await;
    assert!(!sent.contains(&later), "Signal has what it gave");
    assert_eq!(undo(&mut client).await.expect("it is anna's"), "Plugin state of Nothing");
    assert_eq!(device_state(&mut client, 300).await, former);
    let (sent, revision) = wait_for_state(&mut requests, &former).await;
    assert_eq!(sent, [former.as_str()], "Signal keeps no state that its graph does not name");
    let refused = GraphRefused { revision, reason: "its state is not there".to_owned() };
    responses.send(Ok(response(run_graph_response::Kind::Refused(refused)))).await.expect("sent");
    let (sent, _) = wait_for_state(&mut requests, &former).await;
    assert_eq!(sent, [former.as_str()], "what Signal has is not known after a refusal");
    client.redo(chorus::pulse::v1::RedoRequest {}).await.expect("it ended no redo");
    assert_eq!(device_state(&mut client, 300).await, later);
    pulse.end().await;
}
