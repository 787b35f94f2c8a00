//! A song as text, for tests to compare: a line an entity, the children under their parent.

use pulse_model::{Clip, ClipContent, Device, DeviceKind, FadeCurve, Isolation, Monitor, Project, Track};
use std::fmt::Write;
use units::{TICKS_PER_QUARTER, Ticks};

pub fn outline(project: &Project) -> String {
    let mut out = String::new();
    let song = project.song();
    let state = if song.loop_enabled { "on" } else { "off" };
    writeln!(out, "song “{}” loop {state} {}..{}", song.name, q(song.loop_start), q(song.loop_end)).unwrap();
    if song.punch_enabled || song.punch_out > Ticks::ZERO {
        let state = if song.punch_enabled { "on" } else { "off" };
        writeln!(out, "punch {state} {}..{}", q(song.punch_in), q(song.punch_out)).unwrap();
    }
    if song.metronome || song.metronome_level_db != 0.0 || song.count_in_bars + song.pre_roll_bars > 0 {
        let state = if song.metronome { "on" } else { "off" };
        let (level, count_in, pre_roll) = (song.metronome_level_db, song.count_in_bars, song.pre_roll_bars);
        writeln!(out, "metronome {state} {level} dB count-in {count_in} pre-roll {pre_roll}").unwrap();
    }
    if song.isolation != Isolation::Chain {
        writeln!(out, "plugins by {:?}", song.isolation).unwrap();
    }
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
    if let Some(group) = it.group {
        write!(out, " group {group}").unwrap();
    }
    if let Some(input) = &it.input {
        write!(out, " input {:?}{}", input.audio_channels, input.midi_port).unwrap();
    }
    if let Some(output) = &it.midi_output {
        write!(out, " midi {} channel {}", output.port, output.channel).unwrap();
    }
    if it.monitor != Monitor::Auto {
        write!(out, " monitor {:?}", it.monitor).unwrap();
    }
    let switches = [
        (it.mute, "mute"),
        (it.solo, "solo"),
        (it.solo_safe, "safe"),
        (it.phase_invert, "inverted"),
        (it.armed, "armed"),
    ];
    for (_, word) in switches.iter().filter(|(on, _)| *on) {
        write!(out, " {word}").unwrap();
    }
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
    for sound in &it.media {
        write!(out, " slot {} media {}", sound.slot, sound.media).unwrap();
    }
    if !it.state.is_empty() {
        write!(out, " state {}…", &it.state[..4]).unwrap();
    }
    if let Some(isolation) = it.isolation {
        write!(out, " by {isolation:?}").unwrap();
    }
    for (_, word) in [(it.standby, "standby"), (it.disabled, "disabled"), (it.bypass, "bypassed")]
        .iter()
        .filter(|(on, _)| *on)
    {
        write!(out, " {word}").unwrap();
    }
    out + "\n"
}

fn line_of_clip(it: &Clip) -> String {
    let content = match &it.content {
        ClipContent::Audio(audio) => {
            let way = if audio.reverse { " backwards" } else { "" };
            format!("media {}{way} from frame {} at {} dB", audio.media, audio.offset_frames, audio.gain_db)
        }
        ClipContent::Notes(notes) => format!("notes from {}", q(notes.offset)),
    };
    let mute = if it.mute { " mute" } else { "" };
    let shape = shape_of_clip(it);
    let (start, length) = (q(it.start), q(it.length));
    format!("  clip {} of {} “{}” at {start} for {length} {content}{mute}{shape}\n", it.id, it.track, it.name)
}

fn shape_of_clip(it: &Clip) -> String {
    let mut out = String::new();
    if it.lane > 0 {
        write!(out, " lane {}", it.lane).unwrap();
    }
    for (word, length, curve) in
        [("in", it.fade_in, it.fade_in_curve), ("out", it.fade_out, it.fade_out_curve)]
    {
        if length > Ticks::ZERO || curve != FadeCurve::Linear {
            write!(out, " fade-{word} {} {curve:?}", q(length)).unwrap();
        }
    }
    if it.is_looped() {
        write!(out, " loop {} from {}", q(it.loop_length), q(it.loop_phase)).unwrap();
    }
    if let Some(color) = it.color {
        write!(out, " color {color}").unwrap();
    }
    out
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
