//! Messages of a peer that is broken or means harm.

use chorus::signal::v1::node::Kind;
use chorus::signal::v1::*;

use crate::fixture::{Signal, assert_same_bits};
use crate::graphs::{self, MASTER, SYNTH, TIDE, audio_edge};

/// Updates that must each be refused on top of a song with a synth.
fn bad_updates() -> Vec<(&'static str, GraphUpdate)> {
    let with = |change: &dyn Fn(&mut GraphUpdate)| {
        let mut update = GraphUpdate::default();
        change(&mut update);
        update
    };
    let parameter = |node, parameter, value| {
        let change = ParameterChange { node, parameter, value };
        with(&|update| update.parameters.push(change))
    };
    let far = NoteSpan {
        id: 1,
        start_sample: i64::MIN,
        end_sample: i64::MAX,
        pitch: 60,
        velocity: 1.0,
        release_velocity: 0.0,
        channel: 0,
    };
    let tide = Builtin { name: "no such device".into(), ..Builtin::default() };
    vec![
        ("a gain that is no number", with(&|update| update.nodes.push(graphs::strip(60, f32::NAN)))),
        ("a node twice", with(&|update| update.nodes = vec![graphs::strip(60, 1.0); 2])),
        ("a node without a kind", with(&|update| update.nodes.push(Node { id: 60, kind: None }))),
        ("a second output", with(&|update| update.nodes.push(graphs::node(61, Kind::Output(Output {}))))),
        ("no output", with(&|update| update.removed_nodes.push(4 << 56 | MASTER))),
        ("an edge to nowhere", with(&|update| update.edges.push(audio_edge(SYNTH, 77)))),
        ("a loop", with(&|update| update.edges.push(audio_edge(MASTER, SYNTH)))),
        (
            "a device unknown here",
            with(&|update| update.nodes.push(graphs::node(62, Kind::Builtin(tide.clone())))),
        ),
        ("a parameter of nobody", parameter(999, 1, 0.0)),
        ("a parameter unknown here", parameter(SYNTH, 77, 0.0)),
        ("a value out of range", parameter(SYNTH, 1, 1e30)),
        ("a value that is no number", parameter(TIDE, 1, f64::INFINITY)),
        ("a region for nobody", with(&|update| update.note_regions.push(graphs::notes(300, 999)))),
        (
            "a note of all time",
            with(&|update| {
                let region = NoteRegion { notes: vec![far], ..graphs::notes(300, SYNTH) };
                update.note_regions.push(region);
            }),
        ),
        (
            "another rate",
            with(&|update| update.timeline = Some(Timeline { sample_rate: 44_100, ..graphs::timeline() })),
        ),
        (
            "no tempo",
            with(&|update| update.timeline = Some(Timeline { tempo: Vec::new(), ..graphs::timeline() })),
        ),
    ]
}

#[tokio::test]
async fn refused_updates_change_nothing() {
    let mut signal = Signal::playing().await;
    let graph = graphs::with_synth(graphs::empty());
    let mut pulse = signal.pulse().await;
    pulse.refused(GraphUpdate::default()).await;
    pulse.apply(graph.clone()).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    for (what, update) in bad_updates() {
        let reason = pulse.refused(update).await;
        assert!(!reason.is_empty(), "{what}");
    }
    signal.until_position(60_000).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let mut offline = Signal::offline().await;
    let (rendered, _) =
        offline.render(graph, "out.wav", |setup| setup.to_sample = 60_000).await.expect("rendered");
    assert_same_bits(&heard[..120_000], &rendered);
}

#[tokio::test]
async fn update_in_parts_is_applied_with_its_last() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    let graph = graphs::with_synth(graphs::empty());
    let rest = GraphUpdate { nodes: Vec::new(), timeline: None, ..graph.clone() };
    let nodes = GraphUpdate { last: false, edges: Vec::new(), note_regions: Vec::new(), ..graph };
    pulse.send_part(nodes).await;
    pulse.send_part(rest).await;
    match pulse.next().await {
        Some(run_graph_response::Kind::Applied(applied)) => assert_eq!(applied.revision, 1),
        other => panic!("not applied: {other:?}"),
    }
}

#[tokio::test]
async fn newer_stream_of_pulse_ends_the_older() {
    let mut signal = Signal::playing().await;
    let mut old = signal.pulse().await;
    old.apply(graphs::empty()).await;
    let mut new = signal.pulse().await;
    new.apply(graphs::with_synth(graphs::empty())).await;
    assert!(old.next().await.is_none(), "the old stream has ended");
}

#[tokio::test]
async fn states_that_are_none_harm_nobody() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    let state =
        PluginState { hash: "no hash".into(), offset: 9, total_bytes: 1, data: vec![1; 9], device: 1 };
    for hash in ["no hash".to_owned(), "0".repeat(64)] {
        let kind = Some(run_graph_request::Kind::PluginState(PluginState { hash, ..state.clone() }));
        pulse.down.send(RunGraphRequest { kind }).await.expect("sent");
    }
    pulse.apply(graphs::empty()).await;
    signal.client.kill_sandbox(KillSandboxRequest { pid: 1 }).await.expect_err("not one of ours");
    signal.client.kill_sandbox(KillSandboxRequest { pid: std::process::id() }).await.expect_err("nor this");
}
