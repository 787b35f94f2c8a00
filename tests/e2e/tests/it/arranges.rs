//! A song that uses groups, phase, solo, fades, cross-fades, loops, reverse and takes, made by script, sounds as its
//! definition says, sample by sample.

use std::path::Path;

use anyhow::Context as _;
use e2e::{Home, home::text, sound::Sound};

/// Frames of a quarter note at 120 beats a minute and 48 kHz.
const QUARTER: usize = 24_000;
const TICKS: usize = 46_126_080;
/// Of the sound file: four quarters.
const FRAMES: usize = 4 * QUARTER;

/// A waveform of which no stretch is like another.
fn sample(frame: usize) -> i16 {
    (((frame.wrapping_mul(2_654_435_761) >> 12) % 20_001) as i32 - 10_000) as i16
}

fn wave(frame: usize) -> f64 {
    f64::from(sample(frame)) / 32_768.0
}

fn write_wave(path: &Path) -> anyhow::Result<()> {
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, format)?;
    (0..FRAMES).try_for_each(|frame| file.write_sample(sample(frame)))?;
    Ok(file.finalize()?)
}

/// The id of the one entity of a kind that the song's text holds.
fn only(song: &Path, kind: &str) -> anyhow::Result<u64> {
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(song.join("song.json"))?)?;
    let entities = manifest["entities"].as_array().context("entities")?;
    entities.iter().find_map(|entity| entity[kind]["id"].as_u64()).with_context(|| format!("no {kind}"))
}

fn script(media: u64, imported: u64) -> String {
    let q = |quarters: f64| (quarters * TICKS as f64) as u64;
    let (one, half) = (q(1.0), q(0.5));
    [
        format!(r#"{{"remove": {{"ids": [{imported}]}}}}"#),
        r#"{"add_track": {"id": 20, "kind": "TRACK_KIND_GROUP", "name": "Group"}}"#.into(),
        r#"{"add_track": {"id": 10, "kind": "TRACK_KIND_AUDIO", "name": "A", "group": 20}}"#.into(),
        r#"{"add_track": {"id": 11, "kind": "TRACK_KIND_AUDIO", "name": "B"}}"#.into(),
        r#"{"add_track": {"id": 12, "kind": "TRACK_KIND_AUDIO", "name": "C"}}"#.into(),
        format!(r#"{{"add_audio_clip": {{"id": 30, "track": 10, "start": 0, "length": {}, "media": {media}}}}}"#, q(2.0)),
        format!(r#"{{"set_clip": {{"id": 30, "fade_in": {one}, "fade_out": {half}, "fade_in_curve": "FADE_CURVE_S_CURVE"}}}}"#),
        format!(r#"{{"add_audio_clip": {{"id": 31, "track": 10, "start": {}, "length": {}, "media": {media}, "offset_frames": 1000}}}}"#, q(1.5), q(2.0)),
        format!(r#"{{"set_clip": {{"id": 31, "fade_in": {half}}}}}"#),
        format!(r#"{{"add_audio_clip": {{"id": 32, "track": 10, "start": 0, "length": {one}, "media": {media}, "lane": 1}}}}"#),
        format!(r#"{{"add_audio_clip": {{"id": 33, "track": 11, "start": {}, "length": {}, "media": {media}}}}}"#, q(4.0), q(3.0)),
        format!(r#"{{"set_clip": {{"id": 33, "loop_length": {one}, "loop_phase": {half}}}}}"#),
        r#"{"set_clip": {"id": 33, "reverse": true}}"#.into(),
        format!(r#"{{"add_audio_clip": {{"id": 34, "track": 12, "start": 0, "media": {media}}}}}"#),
        r#"{"set_track": {"id": 10, "solo": true}}"#.into(),
        r#"{"set_track": {"id": 11, "solo_safe": true, "phase_invert": true}}"#.into(),
    ]
    .join("\n")
}

/// What the script says, worked out sample by sample.
fn expected(frame: usize) -> f64 {
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    let share = |from: usize, length: usize| ((frame - from) as f64 / length as f64).min(1.0);
    let mut sum = 0.0;
    if frame < 2 * QUARTER {
        let out = ((2 * QUARTER - frame) as f64 / (QUARTER / 2) as f64).min(1.0);
        sum += wave(frame) * smooth(share(0, QUARTER)) * out;
    }
    let second = 3 * QUARTER / 2;
    if (second..second + 2 * QUARTER).contains(&frame) {
        sum += wave(1000 + frame - second) * share(second, QUARTER / 2);
    }
    let third = 4 * QUARTER;
    if (third..third + 3 * QUARTER).contains(&frame) {
        // Turned round, the turn of one quarter that began the file ends it.
        let content = (frame - third + QUARTER / 2) % QUARTER;
        sum -= wave(QUARTER - 1 - content);
    }
    sum
}

#[test]
fn arranged_song_sounds_as_its_definition_says() -> anyhow::Result<()> {
    let home = Home::new()?;
    let file = home.path("wave.wav");
    write_wave(&file)?;
    let song = home.path("arranged.loophole");
    home.run(&["import", text(&file)?, "-o", text(&song)?])?;
    let media = only(&song, "media")?;
    let track = std::fs::read_dir(song.join("tracks"))?
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str()?.parse::<u64>().ok())
        .find(|id| *id != 2)
        .context("the imported track")?;
    home.run_with(&["edit", text(&song)?, "-"], &script(media, track))?;
    let out = home.path("out.wav");
    home.run(&["render", text(&song)?, "-o", text(&out)?, "--from", "1", "--to", "3", "--bits", "32f"])?;
    let sound = Sound::read(&out)?;
    assert_eq!(sound.left.len(), 8 * QUARTER);
    for (frame, actual) in sound.left.iter().enumerate() {
        let expected = expected(frame);
        assert!((f64::from(*actual) - expected).abs() < 1e-5, "frame {frame}: {actual}, not {expected}");
    }
    assert_eq!(sound.left, sound.right);
    Ok(())
}
