//! Recording through every process: sound and notes end up in the song, whatever is killed meanwhile.
//!
//! The virtual device hears what it plays. The song is a synth at the far left; the track that records it takes both
//! channels and is muted, so that it hears nothing of itself afterwards.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use chorus::{
    pulse::v1::{DeriveGraphRequest, UndoRequest, derive_graph_response},
    signal::v1::{
        AudioRegion, GraphUpdate, KeepPlayedRequest, RecordRequest, SendMidiRequest, WatchRecordingRequest,
    },
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home, Running,
    song::{BAR_SAMPLES, LEFT, QUARTER, builtins_only, script},
    sound::{Sound, first_difference},
    until,
};
use serde_json::json;

/// The track that records sound.
pub(crate) const VOICE: u64 = 501;
/// At most half a second is lost, and a block that was under way on each side.
pub(crate) const MOST_LOST: i64 = 24_000 + 4 * 256;

pub(crate) fn recordable() -> String {
    builtins_only()
        + &script(&[
            json!({"add_track": {"id": VOICE, "kind": "TRACK_KIND_AUDIO", "name": "Voice"}}),
            json!({"set_track": {"id": VOICE, "armed": true, "mute": true, "monitor": "MONITOR_OFF"}}),
        ])
}

pub(crate) async fn graph(running: &Running<'_>) -> anyhow::Result<GraphUpdate> {
    let request = DeriveGraphRequest { sample_rate: 48_000, ..Default::default() };
    let mut parts = running.pulse().await?.derive_graph(request).await?.into_inner();
    let mut graph = GraphUpdate::default();
    while let Some(part) = parts.message().await? {
        if let Some(derive_graph_response::Kind::Graph(part)) = part.kind {
            graph.audio_regions.extend(part.audio_regions);
            graph.note_regions.extend(part.note_regions);
        }
    }
    Ok(graph)
}

/// The clips of sound there are, once there are some and their sound is decoded.
pub(crate) async fn recorded(running: &Running<'_>) -> anyhow::Result<Vec<AudioRegion>> {
    until("the recording is in the song", || async {
        let mut regions = graph(running).await.ok()?.audio_regions;
        regions.sort_by_key(|region| region.start_sample);
        (!regions.is_empty()).then_some(regions)
    })
    .await
}

pub(crate) async fn record(running: &Running<'_>, enabled: bool) -> anyhow::Result<()> {
    until("Signal records", || async {
        let request = RecordRequest { enabled, client: "e2e".into() };
        running.signal().await.ok()?.record(request).await.ok()
    })
    .await?;
    Ok(())
}

pub(crate) fn only_file(folder: &Path, extension: &str) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|own| own == extension)).collect();
    ensure!(found.len() == 1, "{} files in {}", found.len(), folder.display());
    found.pop().context("one file")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_in_the_song_at_the_very_sample() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("recorded", &recordable())?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let captured = home.path("played.wav");
    running
        .signal()
        .await?
        .start_capture(chorus::signal::v1::StartCaptureRequest {
            path: e2e::home::text(&captured)?.to_owned(),
        })
        .await?;
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES).await?;
    running.stop_playing().await?;
    running.stop_capture().await?;
    let regions = recorded(&running).await?;
    assert_eq!(regions.len(), 1);
    assert_eq!((regions[0].start_sample, regions[0].offset_frames), (0, 0));
    assert!(regions[0].length_samples > BAR_SAMPLES);
    let take = Sound::read(&only_file(&song.join("media"), "wav")?)?;
    let played = Sound::read(&captured)?;
    assert!(take.left.len() as i64 >= BAR_SAMPLES);
    assert_eq!(first_difference(&take.left, &played.left), None, "what was heard is what was played");

    // Taken back, the clip goes and the file stays.
    running.pulse().await?.undo(UndoRequest {}).await?;
    assert!(graph(&running).await?.audio_regions.is_empty());
    only_file(&song.join("media"), "wav")?;
    assert_eq!(std::fs::read_dir(song.join("takes"))?.count(), 0, "nothing waits any more");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_survives_the_death_of_its_writer() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("killed", &recordable())?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES).await?;
    let telemetry = running.telemetry()?;
    running.kill(ProcessKind::Signal).await?;
    let regions = recorded(&running).await?;
    let died_at = telemetry.transport().map_or(0, |transport| transport.position_samples);
    assert!(died_at >= BAR_SAMPLES);
    assert_eq!(regions[0].start_sample, 0);
    assert!(regions[0].length_samples + MOST_LOST >= BAR_SAMPLES, "{} samples", regions[0].length_samples);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_goes_on_while_pulse_is_away() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("orphaned", &recordable())?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES / 4).await?;
    running.kill(ProcessKind::Pulse).await?;
    running.played_past(BAR_SAMPLES).await?;
    running.stop_playing().await?;
    let regions = recorded(&running).await?;
    assert_eq!((regions.len(), regions[0].start_sample), (1, 0));
    assert!(regions[0].length_samples > BAR_SAMPLES);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_is_there_after_everything_was_killed() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("gone", &recordable())?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES).await?;
    running.kill_supervisor().await?;
    until("all processes are gone", || async { home.survivors().ok()?.is_empty().then_some(()) }).await?;

    let running = home.open(&song).await?;
    let regions = recorded(&running).await?;
    assert_eq!((regions.len(), regions[0].start_sample), (1, 0));
    assert!(regions[0].length_samples + MOST_LOST >= BAR_SAMPLES, "{} samples", regions[0].length_samples);
    // They go once what was made of them is durable.
    let takes = song.join("takes");
    until("no take is left", || async { (std::fs::read_dir(&takes).ok()?.count() == 0).then_some(()) })
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_become_takes_and_the_last_one_is_heard() -> anyhow::Result<()> {
    let home = Home::new()?;
    let looped = script(&[json!({"set_song": {"loop_enabled": true, "loop_start": 0, "loop_end": QUARTER}})]);
    let song = home.make_song("looped", &(recordable() + &looped))?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    record(&running, true).await?;
    let mut watch = running.signal().await?.watch_recording(WatchRecordingRequest {}).await?.into_inner();
    while let Some(status) = watch.message().await? {
        if status.takes.iter().any(|take| take.pass >= 3 && take.frames > 4_800) {
            break;
        }
    }
    running.stop_playing().await?;
    let regions = recorded(&running).await?;
    assert_eq!(regions.len(), 1, "one take is heard");
    assert_eq!(regions[0].start_sample, 0);
    assert!(regions[0].offset_frames >= 2 * 24_000 && regions[0].offset_frames % 24_000 == 0);
    let info = home.info(&song)?;
    assert!(info["clips"].as_u64().context("a number")? >= 1 + 1 + 3, "the passes lie in lanes: {info}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_dubbed_into_the_clip_under_them_and_kept_notes_get_a_clip() -> anyhow::Result<()> {
    let home = Home::new()?;
    let armed = script(&[
        json!({"set_track": {"id": VOICE, "armed": false}}),
        json!({"set_track": {"id": LEFT, "armed": true}}),
    ]);
    let song = home.make_song("keys", &(recordable() + &armed))?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let notes = |graph: &GraphUpdate| -> Vec<(u64, u32)> {
        let regions = graph.note_regions.iter();
        regions.flat_map(|region| region.notes.iter().map(|note| (region.id, note.pitch))).collect()
    };
    let before = notes(&graph(&running).await?);
    record(&running, true).await?;
    running.played_past(BAR_SAMPLES / 8).await?;
    let mut signal = running.signal().await?;
    let keys = |messages: Vec<Vec<u8>>| SendMidiRequest { messages, ..Default::default() };
    signal.send_midi(keys(vec![vec![0x90, 100, 90]])).await?;
    running.played_past(BAR_SAMPLES / 2).await?;
    // Its end never comes: it is cut where the recording ends.
    running.stop_playing().await?;
    let dubbed = until("the note is in the song", || async {
        let now = notes(&graph(&running).await.ok()?);
        (now.len() == before.len() + 1).then_some(now)
    })
    .await?;
    let clips: std::collections::BTreeSet<u64> = dubbed.iter().map(|(clip, _)| *clip).collect();
    assert_eq!(clips.len(), 1, "it went into the clip that was there");
    assert!(dubbed.iter().any(|(_, pitch)| *pitch == 100));

    // Played while the song rests behind its last clip, and kept.
    signal.locate(chorus::signal::v1::LocateRequest { position_samples: 20 * BAR_SAMPLES }).await?;
    signal.send_midi(keys(vec![vec![0x90, 101, 90]])).await?;
    signal.send_midi(keys(vec![vec![0x80, 101, 0]])).await?;
    let kept = until("what was played is kept", || async {
        running.signal().await.ok()?.keep_played(KeepPlayedRequest::default()).await.ok()
    })
    .await?;
    assert_eq!(kept.into_inner().tracks, [LEFT]);
    until("the kept note is in the song", || async {
        let graph = graph(&running).await.ok()?;
        let spans = graph.note_regions.iter().flat_map(|region| &region.notes);
        spans.clone().find(|note| note.pitch == 101).map(|note| note.start_sample)
    })
    .await?;
    Ok(())
}
