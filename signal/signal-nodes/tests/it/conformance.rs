//! Every built-in node runs the suite that all nodes run.

use std::sync::Arc;

use signal_graph::conformance::{MAX_FRAMES, Subject, check};
use signal_graph::{
    AudioRegion, BuiltinSpec, Node, NodeKind, NoteRegion, NoteSpan, Parameter, ParameterChange, RegionShape,
    StripSpec, TimedMidi,
};
use signal_nodes::meter::Meter;
use signal_nodes::parameter::{self, ParameterSpec};
use signal_nodes::sound::{Library, SoundPlayer};
use signal_nodes::tide::Id;
use signal_nodes::workshop::{self, Setting};

use crate::wave::write_pcm;

fn setting() -> Setting {
    Setting { sample_rate: 48_000, max_frames: MAX_FRAMES, late: Arc::default() }
}

fn make(kind: &NodeKind) -> Box<dyn Node> {
    workshop::make(kind, &setting(), Arc::<Meter>::default).expect("a built-in")
}

fn change(parameter: u32, value: f64) -> ParameterChange {
    ParameterChange { target: 1, parameter, value }
}

fn effect(kind: &NodeKind, changes: &[ParameterChange]) {
    check(Subject {
        make: &mut || make(kind),
        audio_in: true,
        audio_out: true,
        notes_in: false,
        split_invariant: true,
        tail_frames: 0,
        changes,
    });
}

#[test]
fn a_strip_conforms() {
    let kind = NodeKind::Strip(StripSpec { gain: 0.8, pan: -0.3, mute: false, phase_invert: false });
    effect(&kind, &[change(StripSpec::GAIN, 1.4), change(StripSpec::PAN, 0.9)]);
    effect(&kind, &[change(StripSpec::MUTE, 1.0), change(99, 5.0)]);
}

#[test]
fn a_send_level_conforms() {
    effect(&NodeKind::SendLevel(0.5), &[change(StripSpec::GAIN, 0.0)]);
}

#[test]
fn trim_conforms() {
    let kind = NodeKind::Builtin(BuiltinSpec {
        name: "trim".to_owned(),
        parameters: Vec::new(),
        bypass: false,
        media: Vec::new(),
    });
    effect(&kind, &[change(1, -12.0)]);
    effect(&kind, &[change(1, f64::NAN), change(ParameterChange::BYPASS, 1.0)]);
}

/// Runs the suite over a built-in effect at several rates, from some values to others in mid-sound.
fn builtin(name: &str, values: &[(u32, f64)], changes: &[(u32, f64)], tail_frames: usize) {
    let parameters: Vec<_> = values.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect();
    let kind = NodeKind::Builtin(BuiltinSpec {
        name: name.to_owned(),
        parameters,
        bypass: false,
        media: Vec::new(),
    });
    let changes: Vec<_> = changes.iter().map(|(id, value)| change(*id, *value)).collect();
    for sample_rate in [44_100, 48_000, 96_000] {
        let setting = Setting { sample_rate, ..setting() };
        check(Subject {
            make: &mut || workshop::make(&kind, &setting, Arc::<Meter>::default).expect("a built-in"),
            audio_in: true,
            audio_out: true,
            notes_in: false,
            split_invariant: true,
            tail_frames,
            changes: &changes,
        });
    }
}

/// Every parameter from its default to one end, then to the other, and into bypass.
fn extremes(name: &str, tail_frames: usize) {
    let parameters = parameter::of_builtin(name).expect("a built-in");
    let ends = |end: fn(&ParameterSpec) -> f64| -> Vec<_> {
        parameters.iter().map(|parameter| (parameter.id, end(parameter))).collect()
    };
    let least = ends(|parameter| parameter.minimum);
    let most = ends(|parameter| parameter.maximum);
    builtin(name, &[], &least, tail_frames);
    builtin(name, &least, &most, tail_frames);
    builtin(name, &most, &[(parameters[0].id, f64::NAN), (ParameterChange::BYPASS, 1.0)], tail_frames);
}

#[test]
fn eq_conforms() {
    builtin(
        "eq",
        &[(22, 9.0), (32, -12.0)],
        &[(31, 4_000.0), (52, 6.0), (10, 1.0), (12, 3.0), (80, 1.0)],
        30_000,
    );
    extremes("eq", 100_000);
}

#[test]
fn compressor_conforms() {
    builtin("compressor", &[(1, -30.0), (6, 1.0)], &[(2, 20.0), (6, 0.0), (9, 1.0), (7, 200.0)], 0);
    extremes("compressor", 0);
}

#[test]
fn delay_conforms() {
    builtin("delay", &[(1, 30.0), (9, 3.0)], &[(1, 12.0), (4, 1.0), (5, 20.0)], 60_000);
    builtin("delay", &[(2, 1.0), (3, 13.0), (5, 10.0)], &[(3, 12.0), (10, 12.0)], 60_000);
    builtin("delay", &[(1, 2.0), (11, 100.0)], &[(7, 900.0), (6, 1_000.0), (8, 9.0), (9, 10.0)], 60_000);
}

#[test]
fn reverb_conforms() {
    builtin("reverb", &[(10, 300.0)], &[(2, 60.0), (1, 40.0), (4, 100.0)], 120_000);
    builtin("reverb", &[(10, 200.0), (23, 100.0)], &[(3, 0.0), (13, 1.0), (11, 2.0), (22, 0.0)], 120_000);
}

#[test]
fn limiter_conforms() {
    builtin("limiter", &[(1, 12.0)], &[(4, 1.0), (2, -12.0)], 2_000);
    extremes("limiter", 2_000);
}

fn tide(parameters: &[(Id, f64)], changes: &[ParameterChange]) {
    let parameters =
        parameters.iter().map(|(id, value)| Parameter { id: id.number(), value: *value }).collect();
    let kind = NodeKind::Builtin(BuiltinSpec {
        name: "tide".to_owned(),
        parameters,
        bypass: false,
        media: Vec::new(),
    });
    check(Subject {
        make: &mut || make(&kind),
        audio_in: false,
        audio_out: true,
        notes_in: true,
        split_invariant: true,
        tail_frames: 24_000,
        changes,
    });
}

#[test]
fn tide_conforms() {
    tide(&[], &[change(Id::Cutoff.number(), 300.0), change(Id::AmpRelease.number(), 100.0)]);
}

#[test]
fn tide_conforms_with_everything_turned_up() {
    use Id::{
        Drive, FilterEnvelope, FilterVelocity, LfoCutoff, LfoDelay, NoiseLevel, Osc2Level, Osc2Wave,
        PitchEnvelope, Resonance, Spread, SubLevel, Vibrato,
    };
    let full = [
        (Osc2Wave, 1.0),
        (Osc2Level, 100.0),
        (SubLevel, 100.0),
        (NoiseLevel, 40.0),
        (Resonance, 100.0),
        (FilterEnvelope, 4.0),
        (FilterVelocity, 2.0),
        (Drive, 20.0),
        (PitchEnvelope, 24.0),
        (LfoCutoff, 2.0),
        (Vibrato, 100.0),
        (LfoDelay, 30.0),
        (Spread, 100.0),
    ];
    tide(&full, &[change(Id::PulseWidth.number(), 10.0), change(Id::Cutoff.number(), 20_000.0)]);
}

#[test]
fn tide_conforms_in_mono_with_glide() {
    let parameters = [(Id::Mode, 1.0), (Id::Glide, 80.0), (Id::Osc1Wave, 1.0), (Id::FilterType, 3.0)];
    tide(&parameters, &[change(Id::Mode.number(), 2.0), change(Id::Osc1Wave.number(), 2.0)]);
}

#[test]
fn a_note_player_conforms() {
    let notes = (0..200_i64).map(|number| NoteSpan {
        id: number as u64 + 1,
        start: number * 57,
        end: number * 57 + 20 + (number * 13) % 400,
        pitch: (number % 100) as u8,
        velocity: 0.5,
        release_velocity: 0.1,
        channel: (number % 16) as u8,
    });
    let midi =
        (0..50_u8).map(|number| TimedMidi { sample: i64::from(number) * 200, data: [0xB0, 7, number] });
    let region = NoteRegion { id: 1, node: 1, append: false, notes: notes.collect(), midi: midi.collect() };
    check(Subject {
        make: &mut || {
            let mut node = make(&NodeKind::NotePlayer);
            node.swap_content(&mut *workshop::note_content(&[&region]));
            node
        },
        audio_in: false,
        audio_out: false,
        notes_in: false,
        split_invariant: true,
        tail_frames: 256,
        changes: &[],
    });
}

#[test]
fn a_sound_player_conforms() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples: Vec<f32> =
        (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / 1e7 - 0.8).collect();
    let path = write_pcm(folder.path(), "a.pcm", 48_000, 2, &samples);
    let region = |id, start, length, offset| AudioRegion {
        id,
        node: 1,
        start,
        length,
        path: path.clone(),
        offset,
        gain: 0.7,
        shape: RegionShape::default(),
    };
    let regions = [region(1, 0, 3_000, 5), region(2, 3_000, 100, 3_005), region(3, 2_500, 9_000, 700)];
    check(Subject {
        make: &mut || {
            let mut library = Library::new(48_000);
            let mut content = library.content(1, &regions.each_ref()).expect("the file is there");
            library.read_ahead().run(&[(0, 20_000)]).expect("the file can be read");
            let mut node = Box::new(SoundPlayer::new(MAX_FRAMES, Arc::default()));
            node.swap_content(&mut content);
            node
        },
        audio_in: false,
        audio_out: true,
        notes_in: false,
        split_invariant: true,
        tail_frames: 256,
        changes: &[],
    });
}
