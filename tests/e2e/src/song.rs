//! The songs of the end-to-end tests, as scripts of public commands.

use serde_json::{Value, json};

/// A quarter note.
pub const QUARTER: i64 = 46_126_080;
/// A bar of 4/4.
pub const BAR: i64 = 4 * QUARTER;
/// Samples a bar at 120 bpm and 48 kHz.
pub const BAR_SAMPLES: i64 = 96_000;

/// The track at the far left: Tide alone.
pub const LEFT: u64 = 101;
/// The track at the far right: Tide and a gain from the test plugin, in a sandbox.
pub const RIGHT: u64 = 102;
/// The gain on the right.
pub const GAIN: u64 = 203;

/// Commands as the lines of a script.
pub fn script(commands: &[Value]) -> String {
    commands.iter().map(|command| format!("{command}\n")).collect()
}

fn tide_track(id: u64, name: &str, pan: f64, pitch: u32) -> Vec<Value> {
    let eighths: Vec<Value> = (0..16 * 8)
        .map(|i| {
            let start = i64::from(i) * QUARTER / 2;
            json!({"start": start, "length": QUARTER / 2 - QUARTER / 16, "pitch": pitch + i as u32 % 5, "velocity": 0.8})
        })
        .collect();
    vec![
        json!({"add_track": {"id": id, "kind": "TRACK_KIND_INSTRUMENT", "name": name}}),
        json!({"set_track": {"id": id, "pan": pan, "fader_db": -6.0}}),
        json!({"add_device": {"id": id + 100, "track": id, "builtin": "tide", "name": "Tide"}}),
        json!({"add_note_clip": {"id": id + 200, "track": id, "start": 0, "length": 16 * BAR, "name": name, "notes": eighths}}),
    ]
}

/// Sixteen bars at 120 bpm of eighths, one track at the far left, built-ins only.
pub fn builtins_only() -> String {
    script(&tide_track(LEFT, "Left", -1.0, 60))
}

/// The same, and a second track at the far right with a sandboxed gain: three devices.
///
/// # Errors
/// The test plugin has not been built.
pub fn with_sandbox() -> anyhow::Result<String> {
    let plugin = crate::home::program("libtest_plugin.so")?;
    let mut commands = tide_track(LEFT, "Left", -1.0, 60);
    commands.extend(tide_track(RIGHT, "Right", 1.0, 48));
    commands.push(json!({"add_device": {
        "id": GAIN, "track": RIGHT, "name": "Gain",
        "clap": {"plugin_id": "test.gain", "bundle": crate::home::text(&plugin)?}
    }}));
    Ok(script(&commands))
}
