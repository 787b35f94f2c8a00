//! What plugins may reach: set by a client or in the file, and what Signal is sent of it.

use chorus::{
    pulse::v1::{ListGrantsRequest, PluginGrants, SetGrantsRequest},
    signal::v1::{GrantedPlace, Grants},
};
use tonic::Code;

use crate::{
    fixture::{Place, add_track, execute},
    signal_end::{SignalEnd, add_plugin, serve, slots, update},
};

const PLUGIN: &str = "org.example.Nothing";

#[tokio::test]
async fn plugin_that_is_granted_something_is_sent_anew_and_again_when_it_is_revoked() {
    let place = Place::new();
    let signal = SignalEnd::new(&place.file("signal.sock"));
    let pulse = serve(&place, &signal);
    let mut client = pulse.client("anna").await;
    let (mut requests, _responses) = signal.opened().await;
    update(&mut requests).await;
    execute(&mut client, vec![add_track(100, "Bass"), add_plugin(300, 100)]).await.expect("done");
    let (_, parts) = update(&mut requests).await;
    assert_eq!((slots(&parts)[0].process.as_str(), &slots(&parts)[0].grants), ("", &None));

    let samples = place.file("Samples");
    std::fs::create_dir(&samples).expect("made");
    let path = samples.canonicalize().expect("a path").display().to_string();
    let wish = |path: &str| {
        let places =
            vec![GrantedPlace { path: path.to_owned(), leads_to: "/etc".to_owned(), writable: true }];
        SetGrantsRequest {
            plugin_id: PLUGIN.to_owned(),
            grants: Some(Grants { places, network: true, display: false }),
        }
    };
    let refusal = client.set_grants(wish("/")).await.expect_err("everything");
    assert_eq!(refusal.code(), Code::InvalidArgument);
    assert!(refusal.message().contains("“/” holds nearly everything"), "{}", refusal.message());
    let granted = client.set_grants(wish(&path)).await.expect("granted").into_inner().grants;
    let (_, parts) = update(&mut requests).await;
    assert_eq!((slots(&parts)[0].process.as_str(), &slots(&parts)[0].grants), ("device:300", &granted));
    let granted = granted.expect("some");
    assert_eq!((granted.places[0].leads_to.as_str(), granted.network), (path.as_str(), true));
    let listed = client.list_grants(ListGrantsRequest {}).await.expect("listed").into_inner().plugins;
    let of_it = PluginGrants { plugin_id: PLUGIN.to_owned(), grants: Some(granted) };
    assert_eq!(listed, [of_it]);

    // Another Loophole, or the command line, revokes it.
    std::fs::write(place.file("grants.json"), b"{}").expect("written");
    let (_, parts) = update(&mut requests).await;
    assert_eq!((slots(&parts)[0].process.as_str(), &slots(&parts)[0].grants), ("", &None));
    pulse.end().await;
}
