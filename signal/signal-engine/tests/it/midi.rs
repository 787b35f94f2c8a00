//! MIDI ports over the virtual device, whose output leads to its input: what a track sends is recorded by another.

use chorus::signal::v1::node::Kind;
use chorus::signal::v1::*;

use crate::fixture::{Pulse, Signal};
use crate::graphs::{self, SYNTH};
use crate::recording::takes;

const NOTE_PLAYER: u64 = 2 << 56 | SYNTH;
const SENDER: u64 = 7 << 56 | SYNTH;
/// A track that listens.
const EAR: u64 = 40;
const EAR_PLAYER: u64 = 2 << 56 | EAR;

fn sends(port: &str, mute: bool) -> GraphUpdate {
    let output = MidiOutput { port: port.into(), channel: 0, mute, note_player: NOTE_PLAYER };
    GraphUpdate {
        nodes: vec![graphs::node(SENDER, Kind::MidiOutput(output))],
        edges: vec![Edge { from: NOTE_PLAYER, to: SENDER, kind: EdgeKind::Notes as i32 }],
        ..GraphUpdate::default()
    }
}

/// A song of notes that are sent to `port`, and a track that records what comes in by it.
async fn song(signal: &mut Signal, port: &str) -> Pulse {
    let mut graph = graphs::with_synth(graphs::empty());
    let sender = sends(port, false);
    graph.nodes.extend(sender.nodes);
    graph.edges.extend(sender.edges);
    graph.nodes.push(graphs::node(EAR_PLAYER, Kind::NotePlayer(NotePlayer {})));
    let input = RecordInput {
        track: EAR,
        name: "Ear".into(),
        armed: true,
        // What is heard through software is kept where it was heard: later by the output.
        monitor: Monitor::Off as i32,
        note_player: EAR_PLAYER,
        midi_port: port.into(),
        ..RecordInput::default()
    };
    graph.recording = Some(Recording {
        folder: signal.path("takes").to_str().expect("unicode").into(),
        inputs: vec![input],
        metronome_gain: 1.0,
        ..Recording::default()
    });
    let mut pulse = signal.pulse().await;
    pulse.apply(graph).await;
    pulse
}

async fn device(signal: &mut Signal) -> GetDeviceResponse {
    signal.client.get_device(GetDeviceRequest {}).await.expect("told").into_inner()
}

/// Waits until both ends of the cable are open.
async fn wired(signal: &mut Signal) {
    // Opened within a look of the control thread, and in the table within the next.
    for _ in 0..2 {
        let begun = signal.transport().updated_ns;
        signal.until("two looks pass", |signal| signal.transport().updated_ns > begun + 250_000_000).await;
    }
    let ports = device(signal).await.midi_ports;
    let loopback = ports.iter().filter(|port| port.name == "Loopback" && port.system == "virtual");
    assert_eq!(loopback.count(), 2, "{ports:?}");
}

async fn record_until(signal: &mut Signal, pulse: &mut Pulse, position: i64) -> Vec<(i64, String)> {
    let request = RecordRequest { enabled: true, client: "me".into() };
    signal.client.record(request).await.expect("recorded");
    signal.until_position(position).await;
    signal.stop().await;
    loop {
        match pulse.next().await {
            Some(run_graph_response::Kind::TakesWaiting(_)) => break,
            Some(_) => {}
            None => panic!("the stream ended"),
        }
    }
    let takes = takes(&signal.path("takes"));
    assert_eq!(takes.len(), 1);
    takes[0].events()
}

/// Ons and offs of notes of the synth's song up to a position, in hex.
fn played(until: i64) -> Vec<(i64, String)> {
    let region = graphs::notes(1, SYNTH);
    let mut messages: Vec<(i64, String)> = region
        .notes
        .iter()
        .flat_map(|note| {
            let (pitch, velocity) = (note.pitch as u8, (note.velocity * 127.0).round() as u8);
            let (on, off) = (format!("90{pitch:02x}{velocity:02x}"), format!("80{pitch:02x}00"));
            [(note.start_sample, on), (note.end_sample, off)]
        })
        .filter(|(sample, _)| *sample < until)
        .collect();
    messages.sort_by_key(|(sample, _)| *sample);
    messages
}

#[tokio::test]
async fn notes_that_are_sent_and_come_back_are_recorded_where_they_were_played() {
    for (device, block) in [("virtual", 16), ("virtual", 64), ("virtual", 480), ("virtual:2:1000", 256)] {
        let mut signal = Signal::playing_as(device, block).await;
        let mut pulse = song(&mut signal, "Loopback").await;
        wired(&mut signal).await;
        let events = record_until(&mut signal, &mut pulse, 60_000).await;
        let sent = played(48_000);
        assert!(sent.len() >= 4);
        assert_eq!(events[..sent.len()], sent, "{device} with blocks of {block}");
    }
}

#[tokio::test]
async fn a_port_that_is_not_there_is_shown_as_missing_until_nobody_names_it() {
    let mut signal = Signal::playing().await;
    let mut pulse = song(&mut signal, "Prophet").await;
    wired(&mut signal).await;
    let missing = |device: &GetDeviceResponse| -> Vec<i32> {
        let named = device.midi_ports.iter().filter(|port| port.name == "Prophet" && port.system.is_empty());
        named.map(|port| port.direction).collect()
    };
    let both = [MidiDirection::Input as i32, MidiDirection::Output as i32];
    assert_eq!(missing(&device(&mut signal).await), both);
    pulse.apply(GraphUpdate { removed_nodes: vec![SENDER], ..GraphUpdate::default() }).await;
    wired(&mut signal).await;
    assert_eq!(missing(&device(&mut signal).await), [MidiDirection::Input as i32]);
}

#[tokio::test]
async fn outputs_that_can_not_be_are_refused() {
    let mut signal = Signal::playing().await;
    let mut pulse = song(&mut signal, "Loopback").await;
    let reason = pulse.refused(sends("", false)).await;
    assert!(reason.contains("no possible port"), "{reason}");
    let mut high = sends("Loopback", false);
    let Some(Kind::MidiOutput(output)) = &mut high.nodes[0].kind else { panic!("an output") };
    output.channel = 17;
    let reason = pulse.refused(high).await;
    assert!(reason.contains("channel above 16"), "{reason}");
    let from_output = GraphUpdate {
        edges: vec![Edge { from: SENDER, to: graphs::TIDE, kind: EdgeKind::Notes as i32 }],
        ..GraphUpdate::default()
    };
    pulse.refused(from_output).await;
}
