//! What goes wrong with a plugin: remembered for the machine, told to clients, and a reason to run it alone.

use chorus::{
    pulse::v1::{ForgivePluginRequest, ListIncidentsRequest, RememberedIncident},
    signal::v1::{Incident, IncidentKind, Remedy, run_graph_response},
};
use tonic::Code;

use crate::{
    fixture::{Client, Place, add_track, execute},
    signal_end::{Responses, SignalEnd, add_plugin, response, serve, slots, update},
};

const PLUGIN: &str = "org.example.Nothing";

fn crash(kind: IncidentKind) -> Incident {
    Incident {
        device: 300,
        certain: true,
        kind: kind.into(),
        reason: "segmentation fault".to_owned(),
        signal: 11,
        remedy: Remedy::Restarted.into(),
        plugin_id: PLUGIN.to_owned(),
        name: "Nothing".to_owned(),
        position: 96_000,
        sample_rate: 48_000,
        unix_ms: 1,
        ..Incident::default()
    }
}

async fn tell(responses: &Responses, incident: Incident) {
    responses.send(Ok(response(run_graph_response::Kind::Incident(incident)))).await.expect("sent");
}

async fn incidents(client: &mut Client, before: u64) -> Vec<RememberedIncident> {
    let request = ListIncidentsRequest { plugin_id: PLUGIN.to_owned(), before };
    client.list_incidents(request).await.expect("listed").into_inner().incidents
}

#[tokio::test]
async fn plugin_that_crashed_runs_alone_at_once_and_in_every_song_until_it_is_forgiven() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, responses) = signal.opened().await;
    update(&mut requests).await;
    execute(&mut client, vec![add_track(100, "Bass"), add_plugin(300, 100)]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    assert_eq!((slots(&parts)[0].process.as_str(), slots(&parts)[0].standby), ("", false));

    tell(&responses, crash(IncidentKind::BadSound)).await;
    tell(&responses, crash(IncidentKind::Crash)).await;
    let (_, parts) = update(&mut requests).await;
    assert_eq!((slots(&parts)[0].process.as_str(), slots(&parts)[0].standby), ("device:300", true));
    let told = incidents(&mut client, 0).await;
    assert_eq!((told.len(), told[0].song.as_str()), (2, "Test"));
    assert_eq!(told[0].incident, Some(crash(IncidentKind::Crash)), "newest first, as Signal told it");
    assert_eq!(incidents(&mut client, told[0].id).await, told[1..]);

    drop((requests, responses));
    signal.server.abort();
    pulse.kill().await;
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, _responses) = signal.opened().await;
    let (_, parts) = update(&mut requests).await;
    assert_eq!(slots(&parts)[0].process, "device:300", "it is known after a restart");
    assert_eq!(incidents(&mut client, 0).await, told);

    let forgive = ForgivePluginRequest { plugin_id: PLUGIN.to_owned() };
    client.forgive_plugin(forgive.clone()).await.expect("forgiven");
    let (_, parts) = update(&mut requests).await;
    assert_eq!((slots(&parts)[0].process.as_str(), slots(&parts)[0].standby), ("", false));
    assert_eq!(incidents(&mut client, 0).await, told, "it is forgiven, not forgotten");
    let refusal = client.forgive_plugin(forgive).await.expect_err("it does not run alone");
    assert_eq!(refusal.code(), Code::NotFound);
    pulse.end().await;
}

#[tokio::test]
async fn incidents_come_in_answers_that_fit_a_message() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (_requests, responses) = signal.opened().await;
    for _ in 0..60 {
        let backtrace = "x".repeat(100_000);
        tell(&responses, Incident { backtrace, ..crash(IncidentKind::Flood) }).await;
    }
    let mut told = incidents(&mut client, 0).await;
    while told.first().is_none_or(|newest| newest.id < 60) {
        tokio::task::yield_now().await;
        told = incidents(&mut client, 0).await;
    }
    assert_eq!((told.len(), told[49].id), (50, 11));
    let size: usize = told.iter().flat_map(|it| &it.incident).map(|it| it.backtrace.len()).sum();
    assert_eq!(size, 50 * (8 << 10));
    assert_eq!(incidents(&mut client, 11).await.len(), 10);
    pulse.end().await;
}
