//! A song as text, for tests to compare: a line an entity, the children under their parent.

use pulse_model::{Clip, ClipContent, Device, DeviceKind, Project, Track};
use std::fmt::Write;
use units::{TICKS_PER_QUARTER, Ticks};

pub fn outline(project: &Project) -> String {
    let mut out = String::new();
    let song = project.song();
    let state = if song.loop_enabled { "on" } else { "off" };
    writeln!(out, "song “{}” loop {state} {}..{}", song.name, q(song.loop_start), q(song.loop_end)).unwrap();
    for it in project.tempo_points() {
        let bpm = project.tempo_map().point_at(it.position).bpm();
        writeln!(out, "tempo {} at {} {bpm:.3} bpm", it.id, q(it.position)).unwrap();
    }
    for it in project.signature_points() {
        writeln!(out, "signature {} at {} {}/{}", it.id, q(it.position), it.numerator, it.denominator)
            .unwrap();
    }
    for it in project.markers() {
        writeln!(out, "marker {} at {} “{}”", it.id, q(it.position), it.name).unwrap();
    }
    for it in project.all_media() {
        writeln!(out, "media {} “{}” {} frames at {} Hz", it.id, it.name, it.frames, it.sample_rate).unwrap();
    }
    for track in project.tracks() {
        out.push_str(&line_of_track(track));
        for it in project.devices_of(track.id) {
            out.push_str(&line_of_device(it));
        }
        for it in project.sends_of(track.id) {
            let tap = if it.pre_fader { "pre" } else { "post" };
            writeln!(out, "  send {} of {} to {} {} dB {tap}", it.id, it.track, it.target, it.level_db)
                .unwrap();
        }
        for it in project.clips_of(track.id) {
            out.push_str(&line_of_clip(it));
            outline_contents(project, it, &mut out);
        }
    }
    out
}

fn line_of_track(it: &Track) -> String {
    let mut out = format!("track {} {:?} {} color {} order {}", it.id, it.kind, it.name, it.color, it.order);
    write!(out, " fader {} pan {}", it.fader_db, it.pan).unwrap();
    if let Some(output) = it.output {
        write!(out, " output {output}").unwrap();
    }
    out.push_str(if it.mute { " mute" } else { "" });
    out.push_str(if it.solo { " solo" } else { "" });
    out + "\n"
}

fn line_of_device(it: &Device) -> String {
    let kind = match &it.kind {
        DeviceKind::Builtin(name) => name.clone(),
        DeviceKind::Clap(clap) => format!("{} in {}", clap.plugin_id, clap.bundle),
    };
    let mut out = format!("  device {} of {} {} ({kind}) order {}", it.id, it.track, it.name, it.order);
    for value in &it.parameters {
        write!(out, " {}={}", value.id, value.value).unwrap();
    }
    if !it.state.is_empty() {
        write!(out, " state {}…", &it.state[..4]).unwrap();
    }
    out + if it.bypass { " bypassed\n" } else { "\n" }
}

fn line_of_clip(it: &Clip) -> String {
    let content = match &it.content {
        ClipContent::Audio(audio) => {
            format!("media {} from frame {} at {} dB", audio.media, audio.offset_frames, audio.gain_db)
        }
        ClipContent::Notes(notes) => format!("notes from {}", q(notes.offset)),
    };
    let mute = if it.mute { " mute" } else { "" };
    let (start, length) = (q(it.start), q(it.length));
    format!("  clip {} of {} “{}” at {start} for {length} {content}{mute}\n", it.id, it.track, it.name)
}

fn outline_contents(project: &Project, clip: &Clip, out: &mut String) {
    for it in project.notes_of(clip.id) {
        let (start, length) = (q(it.start), q(it.length));
        writeln!(
            out,
            "    note {} of {} at {start} for {length} key {} vel {}",
            it.id, it.clip, it.pitch, it.velocity
        )
        .unwrap();
    }
    for it in project.midi_events_of(clip.id) {
        writeln!(out, "    midi {} of {} at {} {:02x?}", it.id, it.clip, q(it.position), it.data).unwrap();
    }
}

/// Quarter notes where they come out in thousandths, else ticks.
fn q(ticks: Ticks) -> String {
    match ticks.0 * 1000 % TICKS_PER_QUARTER {
        0 => format!("{}q", ticks.0 as f64 / TICKS_PER_QUARTER as f64),
        _ => format!("{}t", ticks.0),
    }
}
