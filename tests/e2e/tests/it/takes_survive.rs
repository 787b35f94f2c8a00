//! Each process is killed in the middle of a take of sound and one of notes; what was played, up to the last half second, is
//! in the song at its very samples. The same for what was played without being recorded.
//!
//! The song is on the left. On the right is an instrument that is played live: the sound of its notes as they were played is
//! in the take, and the notes that were recorded must give the same samples when the song is rendered.

use std::path::Path;

use anyhow::{Context as _, ensure};
use chorus::{
    pulse::v1::UndoRequest,
    signal::v1::{GraphUpdate, KeepPlayedRequest, NoteSpan, PlayRequest, SendMidiRequest},
    supervisor::v1::ProcessKind,
};
use e2e::{
    Home, Running,
    song::{BAR_SAMPLES, script},
    sound::{Sound, first_difference, peak},
    until,
};
use serde_json::json;

use crate::recording::{MOST_LOST, VOICE, graph, only_file, record, recordable, recorded};

/// The instrument that is played live.
const KEYS: u64 = 601;
/// The lowest note that is played on it; each one is a semitone higher.
const LOWEST: u32 = 40;
/// Notes after which a process is killed.
const NOTES: u32 = 16;
/// How long a note is held, and how long after it the next one comes.
const NOTE_SAMPLES: i64 = 4_800;

fn song() -> String {
    recordable()
        + &script(&[
            json!({"add_track": {"id": KEYS, "kind": "TRACK_KIND_INSTRUMENT", "name": "Keys"}}),
            json!({"set_track": {"id": KEYS, "armed": true, "pan": 1.0, "fader_db": -6.0}}),
            json!({"add_device": {"id": KEYS + 1, "track": KEYS, "builtin": "tide", "name": "Tide"}}),
        ])
}

fn position(running: &Running<'_>) -> anyhow::Result<i64> {
    Ok(running.telemetry()?.transport().map_or(0, |transport| transport.position_samples))
}

async fn key(running: &Running<'_>, message: [u8; 3]) -> anyhow::Result<()> {
    let messages = vec![message.to_vec()];
    running.signal().await?.send_midi(SendMidiRequest { track: KEYS, messages }).await?;
    Ok(())
}

/// Plays notes one after the other; gives the song position that was past when each had ended.
async fn play_keys(running: &Running<'_>) -> anyhow::Result<Vec<i64>> {
    let mut ended = Vec::new();
    running.played_past(NOTE_SAMPLES).await?;
    for note in 0..NOTES {
        let pitch = (LOWEST + note) as u8;
        key(running, [0x90, pitch, 100]).await?;
        running.played_past(position(running)? + NOTE_SAMPLES).await?;
        key(running, [0x80, pitch, 0]).await?;
        running.played_past(position(running)? + NOTE_SAMPLES).await?;
        ended.push(position(running)?);
    }
    Ok(ended)
}

fn played_notes(graph: &GraphUpdate) -> Vec<NoteSpan> {
    // The song's own are of the other track.
    let of_keys = graph.note_regions.iter().filter(|region| region.node & 0xFFFF_FFFF == KEYS);
    let mut notes: Vec<NoteSpan> = of_keys.flat_map(|region| region.notes.clone()).collect();
    notes.sort_by_key(|note| note.start_sample);
    notes
}

/// What must be in the song after it was recorded up to `died_at` at least, with notes that ended at `ended`.
async fn is_all_there(
    home: &Home,
    running: &Running<'_>,
    song: &Path,
    died_at: i64,
    ended: &[i64],
) -> anyhow::Result<()> {
    let regions = recorded(running).await?;
    ensure!((regions.len(), regions[0].start_sample) == (1, 0), "{regions:?}");
    let kept = regions[0].length_samples;
    ensure!(kept + MOST_LOST >= died_at, "{kept} samples of {died_at}");
    let certain = ended.iter().filter(|end| **end + MOST_LOST < died_at).count();
    ensure!(certain > 5, "only {certain} notes ended in time to tell");
    let notes = until("the notes are in the song", || async {
        let notes = played_notes(&graph(running).await.ok()?);
        (notes.len() >= certain).then_some(notes)
    })
    .await?;
    for (index, note) in notes.iter().enumerate() {
        ensure!(note.pitch == LOWEST + index as u32, "each once, in their order: {notes:?}");
    }

    let rendered = home.render(song)?;
    let take = Sound::read(&only_file(&song.join("media"), "wav")?)?;
    let frames = take.left.len().min(rendered.left.len());
    assert_eq!(first_difference(&take.left[..frames], &rendered.left), None, "the song, at its samples");
    // The last note that is certain to be whole ends here.
    let until_here = usize::try_from(ended[certain - 1])?.min(frames);
    ensure!(peak(&take.right[..until_here]) > 0.01, "silence proves nothing");
    let differs = first_difference(&take.right[..until_here], &rendered.right);
    ensure!(differs.is_none(), "the notes, at their samples: differs at {differs:?}, notes {notes:?}");
    println!("{kept} samples of {died_at} and {} notes of {}", notes.len(), ended.len());
    Ok(())
}

/// Records, kills one process in the middle, plays on if it is none that ends the take, and looks what is there.
async fn killed_in_mid_take(kind: ProcessKind) -> anyhow::Result<()> {
    let home = Home::new()?;
    let path = home.make_song("take", &song())?;
    let running = home.open(&path).await?;
    running.devices_running(2).await?;
    record(&running, true).await?;
    let ended = play_keys(&running).await?;
    let mut died_at = position(&running)?;
    match kind {
        ProcessKind::Supervisor => {
            running.kill_supervisor().await?;
            until("all processes are gone", || async { home.survivors().ok()?.is_empty().then_some(()) })
                .await?;
            let running = home.open(&path).await?;
            return is_all_there(&home, &running, &path, died_at, &ended).await;
        }
        ProcessKind::Signal => {
            running.kill(kind).await?;
        }
        _ => {
            running.kill(kind).await?;
            running.played_past(position(&running)? + BAR_SAMPLES).await?;
            died_at = position(&running)?;
            running.stop_playing().await?;
        }
    }
    is_all_there(&home, &running, &path, died_at, &ended).await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_survive_the_death_of_signal_in_their_middle() -> anyhow::Result<()> {
    killed_in_mid_take(ProcessKind::Signal).await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_survive_the_death_of_pulse_in_their_middle() -> anyhow::Result<()> {
    killed_in_mid_take(ProcessKind::Pulse).await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_survive_the_death_of_aura_in_their_middle() -> anyhow::Result<()> {
    killed_in_mid_take(ProcessKind::Aura).await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_survive_the_death_of_the_supervisor_in_their_middle() -> anyhow::Result<()> {
    killed_in_mid_take(ProcessKind::Supervisor).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_played_is_kept_though_pulse_died_meanwhile() -> anyhow::Result<()> {
    let home = Home::new()?;
    let path = home.make_song("kept", &song())?;
    let running = home.open(&path).await?;
    running.devices_running(2).await?;
    // Nobody records.
    running.signal().await?.play(PlayRequest {}).await?;
    let ended = play_keys(&running).await?;
    running.kill(ProcessKind::Pulse).await?;
    running.played_past(position(&running)? + BAR_SAMPLES).await?;
    let died_at = position(&running)?;
    running.stop_playing().await?;
    let request = KeepPlayedRequest { client: "e2e".into(), track: 0 };
    let mut kept = running.signal().await?.keep_played(request).await?.into_inner().tracks;
    kept.sort_unstable();
    assert_eq!(kept, [VOICE, KEYS]);
    is_all_there(&home, &running, &path, died_at, &ended).await?;
    // It is an edit like any other.
    running.pulse().await?.undo(UndoRequest {}).await?;
    let graph = graph(&running).await?;
    ensure!(graph.audio_regions.is_empty() && played_notes(&graph).is_empty(), "it is taken back");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_played_is_kept_though_pulse_is_killed_while_it_takes_it_in() -> anyhow::Result<()> {
    let home = Home::new()?;
    let path = home.make_song("kept", &song())?;
    let running = home.open(&path).await?;
    running.devices_running(2).await?;
    running.signal().await?.play(PlayRequest {}).await?;
    let ended = play_keys(&running).await?;
    let died_at = position(&running)?;
    running.stop_playing().await?;
    let mut signal = running.signal().await?;
    let keep = signal.keep_played(KeepPlayedRequest { client: "e2e".into(), track: 0 });
    let (kept, killed) = tokio::join!(keep, running.kill(ProcessKind::Pulse));
    kept.context("Signal keeps it by itself")?;
    killed?;
    running.kill(ProcessKind::Pulse).await?;
    is_all_there(&home, &running, &path, died_at, &ended).await
}
