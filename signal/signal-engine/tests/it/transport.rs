//! Play, stop, locate, gestures, and what is told of devices.

use chorus::signal::v1::*;
use tokio_stream::wrappers::ReceiverStream;

use crate::fixture::Signal;
use crate::graphs::{self, SYNTH, TIDE};

async fn playing_synth() -> (Signal, crate::fixture::Pulse) {
    let mut signal = Signal::playing().await;
    let mut pulse = signal.pulse().await;
    pulse.apply(graphs::with_synth(graphs::empty())).await;
    signal.play().await;
    signal.until("the synth sounds", |signal| signal.peak(SYNTH) > 0.05).await;
    (signal, pulse)
}

fn gain(value: f64) -> ParameterChange {
    ParameterChange { node: SYNTH, parameter: StripParameter::Gain as i32 as u32, value }
}

async fn gesture(signal: &mut Signal) -> tokio::sync::mpsc::Sender<PreviewRequest> {
    let (values, requests) = tokio::sync::mpsc::channel(16);
    let mut client = signal.client.clone();
    tokio::spawn(async move { client.preview(ReceiverStream::new(requests)).await });
    values
}

#[tokio::test]
async fn playhead_goes_where_it_is_put_and_back_by_the_loop() {
    let (mut signal, mut pulse) = playing_synth().await;
    signal.client.locate(LocateRequest { position_samples: 400_000 }).await.expect("located");
    signal.until_position(400_000).await;
    signal.client.locate(LocateRequest { position_samples: -1 }).await.expect_err("before the song");
    signal.client.locate(LocateRequest { position_samples: i64::MAX }).await.expect_err("behind any song");
    let looped = Timeline {
        loop_enabled: true,
        loop_start_sample: 10_000,
        loop_end_sample: 20_000,
        ..graphs::timeline()
    };
    pulse.apply(GraphUpdate { timeline: Some(looped), ..Default::default() }).await;
    signal.client.locate(LocateRequest { position_samples: 15_000 }).await.expect("located");
    signal.until("it wraps", |signal| (10_000..15_000).contains(&signal.transport().position_samples)).await;
    assert!(signal.transport().position_samples <= 20_000);
}

#[tokio::test]
async fn stop_rests_and_play_goes_on_from_there() {
    let (mut signal, _pulse) = playing_synth().await;
    signal.stop().await;
    signal.until("it rests", |signal| !signal.transport().playing).await;
    let rests_at = signal.transport().position_samples;
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    assert_eq!(signal.transport().position_samples, rests_at);
    signal.play().await;
    signal.play().await;
    signal.until_position(rests_at + 1000).await;
}

#[tokio::test]
async fn gesture_is_heard_and_gone_after_the_hand() {
    let (mut signal, _pulse) = playing_synth().await;
    let values = gesture(&mut signal).await;
    values.send(PreviewRequest { change: Some(gain(0.0)) }).await.expect("sent");
    signal.until("the synth is down", |signal| signal.peak(SYNTH) == 0.0).await;
    drop(values);
    signal.until("the synth is back", |signal| signal.peak(SYNTH) > 0.05).await;
}

#[tokio::test]
async fn gesture_that_became_a_command_stays() {
    let (mut signal, mut pulse) = playing_synth().await;
    let values = gesture(&mut signal).await;
    values.send(PreviewRequest { change: Some(gain(0.0)) }).await.expect("sent");
    signal.until("the synth is down", |signal| signal.peak(SYNTH) == 0.0).await;
    pulse.apply(GraphUpdate { parameters: vec![gain(0.0)], ..Default::default() }).await;
    drop(values);
    signal.until_position(signal.transport().position_samples + 96_000).await;
    assert_eq!(signal.peak(SYNTH), 0.0);
}

#[tokio::test]
async fn gesture_with_a_value_that_cannot_be_is_refused() {
    let (mut signal, _pulse) = playing_synth().await;
    let changes = [
        gain(f64::NAN),
        gain(-0.1),
        gain(2.1),
        ParameterChange { parameter: 99, ..gain(0.0) },
        ParameterChange { node: 999, ..gain(0.0) },
        ParameterChange { node: TIDE, parameter: 999, value: 0.0 },
        ParameterChange { node: TIDE, parameter: 1, value: 1e9 },
    ];
    for change in changes {
        let requests = tokio_stream::iter([PreviewRequest { change: Some(change) }]);
        signal.client.preview(requests).await.expect_err("refused");
    }
}

#[tokio::test]
async fn built_ins_are_shown_with_their_parameters() {
    let (mut signal, mut pulse) = playing_synth().await;
    let mut devices =
        signal.client.watch_devices(WatchDevicesRequest {}).await.expect("watched").into_inner();
    let first = devices.message().await.expect("no error").expect("a status");
    let status = first.status.expect("a status");
    assert_eq!((status.device, status.state()), (TIDE, DeviceState::Running));
    assert_eq!((status.name.as_str(), status.pid), ("Tide", 0));
    let described = &status.parameters[0];
    assert!(described.minimum < described.maximum && !described.text.is_empty());

    let change = ParameterChange { node: TIDE, parameter: described.id, value: described.maximum };
    pulse.apply(GraphUpdate { parameters: vec![change], ..Default::default() }).await;
    let second = devices.message().await.expect("no error").expect("a status").status.expect("a status");
    assert_eq!(second.parameters[0].value, described.maximum);

    pulse.apply(graphs::empty()).await;
    let last = devices.message().await.expect("no error").expect("a status");
    assert!(last.removed);
    assert_eq!(last.status.map(|status| status.device), Some(TIDE));
}

#[tokio::test]
async fn built_ins_convert_their_own_parameters() {
    let (mut signal, _pulse) = playing_synth().await;
    let mut devices =
        signal.client.watch_devices(WatchDevicesRequest {}).await.expect("watched").into_inner();
    let status = devices.message().await.expect("no error").expect("a status").status.expect("a status");
    let described = status.parameters.iter().find(|described| !described.stepped).expect("a continuous one");
    let convert = |from| ConvertParameterRequest { device: TIDE, parameter: described.id, from: Some(from) };
    use convert_parameter_request::From;
    let text = signal.client.convert_parameter(convert(From::Value(described.maximum))).await;
    let text = text.expect("converted").into_inner().text;
    let back =
        signal.client.convert_parameter(convert(From::Text(text))).await.expect("converted").into_inner();
    assert!((back.value - described.maximum).abs() <= 0.01 * described.maximum.abs());
    signal.client.convert_parameter(convert(From::Text("loud".into()))).await.expect_err("no number");
    let nobody = ConvertParameterRequest { device: 999, parameter: 0, from: Some(From::Value(0.0)) };
    signal.client.convert_parameter(nobody).await.expect_err("no such device");
}

#[tokio::test]
async fn device_tells_what_it_is() {
    let mut signal = Signal::playing().await;
    let device = signal.client.get_device(GetDeviceRequest {}).await.expect("told").into_inner();
    assert_eq!((device.name.as_str(), device.sample_rate, device.block_frames), ("virtual", 48_000, 256));
    assert_eq!(device.realtime, device.realtime_remedy.is_empty());
    let empty = tokio_stream::iter(Vec::<RenderRequest>::new());
    signal.client.render(empty).await.expect_err("it plays, it does not render");
    assert!(
        signal
            .client
            .list_sandboxes(ListSandboxesRequest {})
            .await
            .expect("told")
            .into_inner()
            .sandboxes
            .is_empty()
    );
}
