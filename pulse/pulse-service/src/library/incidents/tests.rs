//! Incidents across processes and restarts, and files that are none.

use std::fs;

use super::*;

fn incident(plugin_id: &str, kind: IncidentKind) -> Incident {
    Incident {
        kind,
        certain: true,
        reason: "signal 11".to_owned(),
        signal: 11,
        remedy: Remedy::Restarted,
        backtrace: "x.clap+0x10 process".to_owned(),
        plugin_id: plugin_id.to_owned(),
        name: "X".to_owned(),
        vendor: "Y".to_owned(),
        version: "1.0".to_owned(),
        device: 7,
        state: String::new(),
        position: 48_000,
        sample_rate: 48_000,
        unix_ms: 1,
    }
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state/loophole/incidents.json");
    (folder, file)
}

#[test]
fn what_crashed_for_certain_runs_alone_until_it_is_forgiven_and_stays_remembered() {
    let (_folder, file) = file();
    let incidents = Incidents::new(Some(file.clone()));
    incidents.remember("Sea".to_owned(), incident("a", IncidentKind::Crash));
    incidents.remember("Sea".to_owned(), incident("b", IncidentKind::BadSound));
    let unsure = Incident { certain: false, ..incident("c", IncidentKind::Hang) };
    incidents.remember("Sea".to_owned(), unsure);
    for (plugin, alone) in [("a", true), ("b", false), ("c", false)] {
        assert_eq!(incidents.runs_alone(plugin), alone, "{plugin}");
    }
    let later = Incidents::new(Some(file));
    assert!(later.runs_alone("a"), "it is known after a restart");
    assert_eq!(later.all(), incidents.all());
    assert_eq!(later.all().iter().map(|it| it.id).collect::<Vec<_>>(), [3, 2, 1], "newest first");
    assert!(later.forgive("a") && !later.forgive("a") && !later.forgive("c"));
    assert_eq!(later.records()["a"], PluginRecord { runs_alone: false, incidents: 1 });
}

#[test]
fn several_pulses_lose_nothing_of_one_another_and_hear_of_it() {
    let (_folder, file) = file();
    let (one, other) = (Incidents::new(Some(file.clone())), Incidents::new(Some(file)));
    let mut alone = other.alone();
    one.remember("Sea".to_owned(), incident("a", IncidentKind::Crash));
    other.remember("Hill".to_owned(), incident("b", IncidentKind::HangOnLoad));
    assert!(alone.has_changed().expect("it lives"));
    assert_eq!(alone.borrow_and_update().iter().map(String::as_str).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(one.all().len(), 2);
    assert!(one.forgive("b"));
    assert!(other.forgive("b"), "what ran alone here was forgiven there");
    assert!(!other.runs_alone("b"));
}

#[test]
fn only_the_last_are_remembered() {
    let incidents = Incidents::new(None);
    for _ in 0..=MAX_INCIDENTS {
        incidents.remember("Sea".to_owned(), incident("a", IncidentKind::Flood));
    }
    let all = incidents.all();
    assert_eq!((all.len(), all[0].id, all[MAX_INCIDENTS - 1].id), (MAX_INCIDENTS, 501, 2));
}

#[test]
fn file_of_a_later_version_is_read_and_a_damaged_one_is_put_aside() {
    let (_folder, file) = file();
    Incidents::new(Some(file.clone())).remember("Sea".to_owned(), incident("a", IncidentKind::Crash));
    let text = fs::read_to_string(&file).expect("written").replace(r#""crash""#, r#""melted""#);
    fs::write(&file, text).expect("written");
    let later = Incidents::new(Some(file.clone()));
    assert_eq!(later.all()[0].incident.kind, IncidentKind::Unknown);
    fs::write(&file, b"{").expect("written");
    let damaged = Incidents::new(Some(file.clone()));
    assert!(damaged.all().is_empty() && file.with_extension("damaged").exists());
    damaged.remember("Sea".to_owned(), incident("b", IncidentKind::Crash));
    assert!(Incidents::new(Some(file)).runs_alone("b"));
}
