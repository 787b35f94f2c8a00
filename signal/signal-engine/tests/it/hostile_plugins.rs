//! Plugins that do their worst in a playing song: no bit of any other track changes, and nothing of them is left.

use chorus::signal::v1::node::Kind;
use chorus::signal::v1::*;

use crate::fixture::{Pulse, Signal, assert_same_bits};
use crate::graphs::{self, MASTER, TIDE, audio_edge};

/// The deeds of the test plugin, by its parameter 6. The last one, another latency after each block, is not among them: it
/// aligns the whole song anew, which every track hears, until it is no longer followed.
const DEEDS: u32 = 15;
const TRIGGER: u32 = 4;
const DEED: u32 = 6;
/// What ends the process or stops it: these are told as incidents.
const FATAL: [u32; 6] = [0, 1, 2, 3, 4, 5];
/// What is sound that is none.
const BAD_SOUND: [u32; 3] = [11, 12, 13];

fn device(deed: u32) -> u64 {
    1000 + u64::from(deed)
}

/// The synth's song and for each deed a track that hears the synth, with its strip closed.
fn with_hostile_tracks(mut graph: GraphUpdate) -> GraphUpdate {
    for deed in 0..DEEDS {
        let slot = PluginSlot {
            device: device(deed),
            plugin_id: "test.deed".into(),
            bundle: test_plugin(),
            parameters: vec![Parameter { id: DEED, value: f64::from(deed) }],
            ..PluginSlot::default()
        };
        let (chain, strip) = (3 << 56 | (100 + u64::from(deed)), 100 + u64::from(deed));
        let slots = PluginChain { slots: vec![slot] };
        graph.nodes.extend([graphs::node(chain, Kind::PluginChain(slots)), graphs::strip(strip, 0.0)]);
        graph.edges.extend([audio_edge(TIDE, chain), audio_edge(chain, strip), audio_edge(strip, MASTER)]);
    }
    graph
}

fn test_plugin() -> String {
    let tests = std::env::current_exe().expect("a path");
    let target = tests.ancestors().nth(2).expect("target/debug");
    let plugin = target.join("libtest_plugin.so");
    assert!(plugin.exists(), "build it first: cargo build -p test-plugin");
    plugin.to_str().expect("unicode").to_owned()
}

async fn statuses(signal: &mut Signal) -> Vec<DeviceStatus> {
    let mut devices =
        signal.client.watch_devices(WatchDevicesRequest {}).await.expect("watched").into_inner();
    let mut statuses = Vec::new();
    while statuses.len() < DEEDS as usize {
        let status = devices.message().await.expect("no error").expect("a status").status.expect("a status");
        if (1000..1000 + u64::from(DEEDS)).contains(&status.device) {
            statuses.push(status);
        }
    }
    statuses
}

async fn until(signal: &mut Signal, what: &str, hold: impl Fn(&[DeviceStatus]) -> bool) -> Vec<DeviceStatus> {
    for _ in 0..600 {
        let statuses = statuses(signal).await;
        if hold(&statuses) {
            return statuses;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never happened: {what}; {:?}", statuses(signal).await);
}

async fn set(pulse: &mut Pulse, revision: u64, deed: u32, parameter: u32, value: f64) {
    let change = ParameterChange { node: device(deed), parameter, value };
    let update = GraphUpdate { revision, last: true, parameters: vec![change], ..GraphUpdate::default() };
    pulse.send_part(update).await;
}

#[tokio::test]
async fn no_deed_of_a_plugin_changes_a_bit_of_another_track() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    pulse.apply(with_hostile_tracks(graphs::with_synth(graphs::empty()))).await;
    let all_run = |statuses: &[DeviceStatus]| statuses.iter().all(|it| it.state() == DeviceState::Running);
    until(&mut signal, "all run", all_run).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    for deed in 0..DEEDS {
        signal.until_position(i64::from(deed + 1) * 12_000).await;
        set(&mut pulse, 100 + u64::from(deed), deed, TRIGGER, 1.0).await;
    }
    signal.until_position(440_000).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let fatal_told = |statuses: &[DeviceStatus]| {
        let of = |deed: u32| statuses.iter().find(|it| it.device == device(deed)).expect("a status");
        FATAL.iter().chain(&BAD_SOUND).all(|deed| of(*deed).incidents > 0)
    };
    let told = until(&mut signal, "what is fatal is told", fatal_told).await;
    for status in told {
        let incident = status.incident.map(|incident| (incident.certain, incident.device));
        assert!(
            incident.is_none_or(|it| it == (true, status.device)),
            "somebody else is accused: {incident:?}"
        );
    }
    drop(pulse);
    drop(signal);
    let mut offline = Signal::offline().await;
    let song = graphs::with_synth(graphs::empty());
    let (rendered, _) =
        offline.render(song, "out.wav", |setup| setup.to_sample = 440_000).await.expect("rendered");
    assert_same_bits(&heard[..880_000], &rendered);
}
