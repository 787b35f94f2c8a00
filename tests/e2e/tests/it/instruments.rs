//! Sounds of a song reach the instruments that play them, from the command line to the sound.

use anyhow::{Context as _, ensure};
use e2e::{
    Home,
    home::text,
    song::{BAR, script},
    sound::peak,
};
use serde_json::json;

const LOOP: &str = "/usr/share/sonic-pi/samples/loop_amen.flac";
const TRACK: u64 = 101;
const DEVICE: u64 = 201;

/// A bar of one key, played by a built-in instrument.
fn instrument(builtin: &str, pitch: u32) -> String {
    script(&[
        json!({"add_track": {"id": TRACK, "kind": "TRACK_KIND_INSTRUMENT", "name": "Played"}}),
        json!({"add_device": {"id": DEVICE, "track": TRACK, "builtin": builtin}}),
        json!({"add_note_clip": {"id": 301, "track": TRACK, "start": 0, "length": BAR, "name": "Notes",
            "notes": [{"start": 0, "length": BAR, "pitch": pitch, "velocity": 1.0}]}}),
    ])
}

#[test]
fn an_empty_drum_machine_makes_a_beat() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("drums", &instrument("drums", 36))?;
    let sound = home.render(&song)?;
    assert!(peak(&sound.left) > 0.1, "the kick is silent");
    Ok(())
}

#[test]
fn a_sampler_plays_the_sound_it_is_given_until_it_is_taken_away() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.path("sampler.loophole");
    let imported = home.run(&["import", LOOP, "-o", text(&song)?, "--json"])?;
    let imported: serde_json::Value = serde_json::from_str(&imported)?;
    let media = imported[0]["media"].as_u64().filter(|media| *media > 0).context("a media")?;
    home.run_with(&["edit", text(&song)?, "-"], &instrument("sampler", 60))?;
    let imported_track = home.render(&song)?;
    let set =
        |media: u64| script(&[json!({"set_device_media": {"device": DEVICE, "slot": 0, "media": media}})]);
    home.run_with(&["edit", text(&song)?, "-"], &set(media))?;
    let both = home.render(&song)?;
    // The track and the sampler play the same sound from the same sample on.
    let ratio = f64::from(peak(&both.left[..48_000])) / f64::from(peak(&imported_track.left[..48_000]));
    ensure!((1.8..2.2).contains(&ratio), "the sampler adds {ratio}");
    home.run_with(&["edit", text(&song)?, "-"], &set(0))?;
    let without = home.render(&song)?;
    assert_eq!(peak(&without.left), peak(&imported_track.left));
    Ok(())
}
