//! Kill -9 at random moments of scripted edits: what was acknowledged is there.

use std::time::Duration;

use crate::{
    fixture::{Place, add_track, execute, rename, save, track_names},
    random::Random,
};

/// Kills here; the full count is the soak's.
const KILLS: u64 = 6;

#[tokio::test]
async fn no_acknowledged_edit_is_lost_by_kills() {
    let place = Place::new();
    let mut random = Random::new(42);
    let mut acknowledged = 0;
    for kill in 0..KILLS {
        let pulse = place.pulse();
        let mut client = pulse.client("anna").await;
        if kill == 0 {
            execute(&mut client, vec![add_track(100, "0")]).await.expect("done");
        }
        let name = &track_names(&mut client).await[1];
        let found: u64 = name.parse().expect("a number");
        // The edit that was under way may be there or not.
        assert!(found == acknowledged || found == acknowledged + 1, "{found}, acknowledged {acknowledged}");
        acknowledged = found;
        let deadline = tokio::time::sleep(Duration::from_micros(1_000 + random.below(150_000)));
        tokio::pin!(deadline);
        loop {
            let edit = execute(&mut client, vec![rename(100, &(acknowledged + 1).to_string())]);
            tokio::select! {
                done = edit => { done.expect("done"); acknowledged += 1 }
                () = &mut deadline => break,
            }
            if random.below(20) == 0 {
                save(&mut client).await;
            }
        }
        pulse.kill().await;
    }
    let pulse = place.pulse();
    let found: u64 = track_names(&mut pulse.client("anna").await).await[1].parse().expect("a number");
    assert!(found >= acknowledged && acknowledged > KILLS);
    pulse.end().await;
}

#[tokio::test]
async fn many_clients_share_the_syncs_and_lose_nothing() {
    let place = Place::new();
    let pulse = place.pulse();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8_u64 {
        let mut client = pulse.client(&format!("client {number}")).await;
        tasks.spawn(async move {
            let mut done = Vec::new();
            for edit in 0..50 {
                let id = 1000 + number * 100 + edit;
                if execute(&mut client, vec![add_track(id, &id.to_string())]).await.is_err() {
                    break;
                }
                done.push(id.to_string());
            }
            done
        });
    }
    let mut acknowledged = Vec::new();
    while let Some(done) = tasks.join_next().await {
        acknowledged.extend(done.expect("ends"));
    }
    assert_eq!(acknowledged.len(), 400);
    pulse.kill().await;
    let pulse = place.pulse();
    let names = track_names(&mut pulse.client("anna").await).await;
    assert!(acknowledged.iter().all(|name| names.contains(name)));
    pulse.end().await;
}
