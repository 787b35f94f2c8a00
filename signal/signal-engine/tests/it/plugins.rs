//! Real plugins in real sandboxes: Debian's zam-plugins. Needs `loophole-sandbox` beside the tests' folder.

use chorus::signal::v1::node::Kind;
use chorus::signal::v1::*;

use crate::fixture::{PATIENCE, Signal, assert_same_bits};
use crate::graphs::{self, MASTER, SYNTH, TIDE, audio_edge};

/// A track whose sound is the synth's, through a plugin.
const WET: u64 = 30;
const CHAIN: u64 = 3 << 56 | WET;
const DEVICE: u64 = 31;

/// Adds the track. `gain` is its strip's.
fn with_plugin(mut graph: GraphUpdate, gain: f32, bundle: &str, plugin_id: &str) -> GraphUpdate {
    let slot = PluginSlot {
        device: DEVICE,
        plugin_id: plugin_id.into(),
        bundle: bundle.into(),
        ..PluginSlot::default()
    };
    let chain = PluginChain { slots: vec![slot] };
    graph.nodes.extend([graphs::node(CHAIN, Kind::PluginChain(chain)), graphs::strip(WET, gain)]);
    graph.edges.extend([audio_edge(TIDE, CHAIN), audio_edge(CHAIN, WET), audio_edge(WET, MASTER)]);
    graph
}

fn with_delay(gain: f32) -> GraphUpdate {
    let graph = graphs::with_synth(graphs::empty());
    with_plugin(graph, gain, "/usr/lib/clap/ZamDelay.clap", "com.zamaudio.ZamDelay")
}

/// Waits for a status of the plugin like that.
async fn device(signal: &mut Signal, is_so: impl Fn(&DeviceStatus) -> bool) -> DeviceStatus {
    let mut devices =
        signal.client.watch_devices(WatchDevicesRequest {}).await.expect("watched").into_inner();
    let mut seen = Vec::new();
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let status =
                devices.message().await.expect("no error").expect("a status").status.expect("a status");
            if status.device == DEVICE && is_so(&status) {
                return status;
            }
            seen.push((status.device, status.state(), status.reason));
        }
    });
    let found = waited.await;
    found.unwrap_or_else(|_| panic!("never so: {seen:?}"))
}

async fn running(signal: &mut Signal) -> DeviceStatus {
    device(signal, |status| status.state() == DeviceState::Running).await
}

#[tokio::test]
async fn killed_sandbox_comes_back_and_no_other_track_loses_a_sample() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    pulse.apply(with_delay(0.0)).await;
    let first = running(&mut signal).await;
    let path = signal.start_capture("heard.wav").await;
    signal.play().await;
    signal.until_position(20_000).await;
    let mut sandboxes =
        signal.client.list_sandboxes(ListSandboxesRequest {}).await.expect("told").into_inner().sandboxes;
    sandboxes.retain(|sandbox| sandbox.role() == SandboxRole::Active);
    assert_eq!(sandboxes.len(), 1);
    assert_eq!((sandboxes[0].node, sandboxes[0].pid), (CHAIN, first.pid));
    assert_eq!(sandboxes[0].devices, [DEVICE]);
    signal.client.kill_sandbox(KillSandboxRequest { pid: first.pid }).await.expect("killed");
    let second =
        device(&mut signal, |status| status.state() == DeviceState::Running && status.pid != first.pid).await;
    assert_eq!(second.restarts, 1);
    signal.client.kill_sandbox(KillSandboxRequest { pid: first.pid }).await.expect_err("it is dead");
    let end = signal.transport().position_samples.max(60_000);
    signal.until_position(end).await;
    signal.stop().await;
    let (_, heard) = signal.stop_capture(&path).await;
    let mut offline = Signal::offline().await;
    let dry = graphs::with_synth(graphs::empty());
    let (rendered, _) =
        offline.render(dry, "out.wav", |setup| setup.to_sample = 60_000).await.expect("rendered");
    assert_same_bits(&heard[..120_000], &rendered);
}

#[tokio::test]
async fn plugin_is_heard_in_a_render_and_twice_the_same() {
    let mut signal = Signal::offline().await;
    let (dry, _) =
        signal.render(graphs::with_synth(graphs::empty()), "dry.wav", |_| {}).await.expect("rendered");
    let (wet, first) = signal.render(with_delay(1.0), "wet.wav", |_| {}).await.expect("rendered");
    assert_ne!(dry, wet);
    let (again, second) =
        signal.render(with_delay(1.0), "again.wav", |setup| setup.threads = 2).await.expect("rendered");
    assert_same_bits(&again, &wet);
    assert_eq!(first.pcm_sha256, second.pcm_sha256);
}

#[tokio::test]
async fn plugin_that_is_not_there_is_said_to_be_missing_and_the_dry_sound_is_heard() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    let graph = graphs::with_synth(graphs::empty());
    let lost = with_plugin(graph, 1.0, "/nowhere/Lost.clap", "com.example.Lost");
    pulse.apply(lost.clone()).await;
    let status = device(&mut signal, |status| status.state() == DeviceState::Missing).await;
    assert!(!status.reason.is_empty());
    signal.play().await;
    signal
        .until("the dry sound is heard", |signal| signal.peak(WET) > 0.05 && signal.peak(SYNTH) > 0.05)
        .await;
    let mut offline = Signal::offline().await;
    let refused = offline.render(lost, "out.wav", |_| {}).await.expect_err("another song");
    assert!(!refused.message().is_empty());
    assert!(!offline.path("out.wav").exists());
}

#[tokio::test]
async fn plugin_tells_its_parameters_and_takes_them() {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    pulse.apply(with_delay(1.0)).await;
    let status = running(&mut signal).await;
    let gesture = |parameter, value| {
        let change = Some(ParameterChange { node: DEVICE, parameter, value });
        tokio_stream::iter([PreviewRequest { change }])
    };
    let settable = status.parameters.iter().find(|parameter| !parameter.read_only).expect("a parameter");
    let (id, minimum, maximum) = (settable.id, settable.minimum, settable.maximum);
    signal.client.preview(gesture(id, maximum)).await.expect("heard");
    signal.client.preview(gesture(id, maximum + 1.0)).await.expect_err("out of range");
    signal.client.preview(gesture(1 << 30, 0.0)).await.expect_err("it has no such parameter");
    let change = ParameterChange { node: DEVICE, parameter: id, value: minimum };
    pulse.apply(GraphUpdate { parameters: vec![change], ..Default::default() }).await;
    use convert_parameter_request::From;
    let convert = |device, from| ConvertParameterRequest { device, parameter: id, from: Some(from) };
    let text = signal.client.convert_parameter(convert(DEVICE, From::Value(minimum))).await;
    assert!(!text.expect("converted").into_inner().text.is_empty());
    signal.client.convert_parameter(convert(77, From::Value(0.0))).await.expect_err("nobody");
    assert_eq!(running(&mut signal).await.pid, status.pid, "a value is no reason for a new process");
}
