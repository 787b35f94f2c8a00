//! Every built-in device, strip and send level runs the suite that all nodes run, at every rate; players do too.

use std::sync::Arc;

use signal_graph::conformance::{MAX_FRAMES, Subject, check};
use signal_graph::{
    AudioRegion, BuiltinSpec, Node, NodeKind, NoteRegion, NoteSpan, Parameter, ParameterChange, RegionShape,
    StripSpec, TimedMidi,
};
use signal_nodes::drums::{PadId, pad_parameter};
use signal_nodes::meter::Meter;
use signal_nodes::parameter::{self, ParameterSpec};
use signal_nodes::sample::{Sample, SampleSet};
use signal_nodes::sampler::{Id as SamplerId, ZoneId, zone_parameter};
use signal_nodes::sound::{Library, SoundPlayer};
use signal_nodes::tide::Id;
use signal_nodes::workshop::{self, Setting};

use crate::wave::{noise, write_pcm};

const RATES: [u32; 4] = [44_100, 48_000, 96_000, 192_000];

const BYPASS: u32 = ParameterChange::BYPASS;

/// What a node is checked with, at every rate.
struct Case<'a> {
    kind: NodeKind,
    is_instrument: bool,
    /// Sounds by slot, at every rate the same samples.
    sounds: &'a [(usize, Vec<f32>)],
    /// Seconds until it is silent. None: with these values it may take too long to wait for.
    tail: Option<f64>,
    changes: &'a [(u32, f64)],
    prompt: &'a [(u32, f64)],
}

impl Case<'_> {
    fn check(&self) {
        let change = |(parameter, value): &(u32, f64)| ParameterChange {
            target: 1,
            parameter: *parameter,
            value: *value,
        };
        for sample_rate in RATES {
            check(Subject {
                make: &mut || make(&self.kind, sample_rate, self.sounds),
                sample_rate,
                audio_in: !self.is_instrument,
                audio_out: true,
                notes_in: self.is_instrument,
                split_invariant: true,
                tail_frames: self.tail.map(|seconds| (seconds * f64::from(sample_rate)) as usize),
                changes: &self.changes.iter().map(change).collect::<Vec<_>>(),
                prompt: &self.prompt.iter().map(change).collect::<Vec<_>>(),
            });
        }
    }
}

fn make(kind: &NodeKind, sample_rate: u32, sounds: &[(usize, Vec<f32>)]) -> Box<dyn Node> {
    let setting = Setting { sample_rate, max_frames: MAX_FRAMES, late: Arc::default() };
    let mut node = workshop::make(kind, &setting, Arc::<Meter>::default).expect("a built-in");
    if !sounds.is_empty() {
        let mut set = SampleSet::default();
        for (slot, sound) in sounds {
            set.put(*slot, Arc::new(Sample::new(sound.clone(), sound.clone())));
        }
        node.swap_content(&mut set);
    }
    node
}

fn builtin(name: &str, values: &[(u32, f64)]) -> NodeKind {
    let parameters = values.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect();
    NodeKind::Builtin(BuiltinSpec { name: name.to_owned(), parameters, bypass: false, media: Vec::new() })
}

fn effect(name: &str, values: &[(u32, f64)], changes: &[(u32, f64)], prompt: &[(u32, f64)], tail: f64) {
    let kind = builtin(name, values);
    Case { kind, is_instrument: false, sounds: &[], tail: Some(tail), changes, prompt }.check();
}

fn instrument(
    name: &str,
    values: &[(u32, f64)],
    sounds: &[(usize, Vec<f32>)],
    changes: &[(u32, f64)],
    prompt: &[(u32, f64)],
) {
    let kind = builtin(name, values);
    Case { kind, is_instrument: true, sounds, tail: Some(2.0), changes, prompt }.check();
}

/// Every parameter from its default to one end, then to the other, and into bypass.
fn extremes(name: &str, is_instrument: bool, sounds: &[(usize, Vec<f32>)], tail: Option<f64>) {
    let parameters = parameter::of_builtin(name).expect("a built-in");
    let ends = |end: fn(&ParameterSpec) -> f64| -> Vec<_> {
        parameters.iter().map(|parameter| (parameter.id, end(parameter))).collect()
    };
    let least = ends(|parameter| parameter.minimum);
    let most = ends(|parameter| parameter.maximum);
    let last = [(parameters[0].id, f64::NAN), (BYPASS, 1.0)];
    let steps: [(&[_], &[_]); 3] = [(&[], &least), (&least, &most), (&most, &last)];
    for (values, changes) in steps {
        let kind = builtin(name, values);
        Case { kind, is_instrument, sounds, tail, changes, prompt: &[] }.check();
    }
}

#[test]
fn a_strip_conforms() {
    let spec = StripSpec { gain: 0.8, pan: -0.3, mute: false, phase_invert: false };
    let (gain, pan) = ((StripSpec::GAIN, 1.4), (StripSpec::PAN, 0.9));
    let (mute, phase) = ((StripSpec::MUTE, 1.0), (StripSpec::PHASE_INVERT, 1.0));
    let (kind, prompt): (_, &[_]) = (NodeKind::Strip(spec), &[gain, pan, mute, phase]);
    for changes in [[gain, pan], [mute, (99, 5.0)], [phase, gain]] {
        let kind = kind.clone();
        Case { kind, is_instrument: false, sounds: &[], tail: Some(0.0), changes: &changes, prompt }.check();
    }
}

#[test]
fn a_send_level_conforms() {
    let (kind, changes) = (NodeKind::SendLevel(0.5), &[(StripSpec::GAIN, 0.0)]);
    Case { kind, is_instrument: false, sounds: &[], tail: Some(0.0), changes, prompt: changes }.check();
}

#[test]
fn trim_conforms() {
    effect("trim", &[(1, -6.0)], &[(1, -12.0), (BYPASS, 1.0)], &[(1, 3.0), (BYPASS, 1.0)], 0.0);
    extremes("trim", false, &[], Some(0.0));
}

#[test]
fn eq_conforms() {
    effect(
        "eq",
        &[(22, 9.0), (32, -12.0)],
        &[(31, 4_000.0), (52, 6.0), (10, 1.0), (12, 3.0), (80, 1.0)],
        &[(22, -9.0), (31, 400.0), (33, 4.0), (10, 1.0), (80, 1.0), (30, 0.0), (90, 6.0), (BYPASS, 1.0)],
        0.7,
    );
}

#[test]
fn eq_conforms_at_its_ends() {
    extremes("eq", false, &[], Some(2.2));
}

#[test]
fn compressor_conforms() {
    effect(
        "compressor",
        &[(1, -30.0), (6, 1.0)],
        &[(2, 20.0), (6, 0.0), (9, 1.0), (7, 200.0)],
        &[(1, -40.0), (2, 20.0), (8, 6.0), (9, 1.0), (10, 50.0), (BYPASS, 1.0)],
        0.0,
    );
    extremes("compressor", false, &[], Some(0.0));
}

#[test]
fn delay_conforms() {
    let prompt: &[(u32, f64)] = &[(1, 4.0), (11, 100.0), (10, 12.0), (BYPASS, 1.0)];
    effect("delay", &[(1, 10.0), (9, 3.0)], &[(1, 4.0), (4, 1.0), (5, 20.0)], prompt, 1.3);
    effect("delay", &[(2, 1.0), (3, 13.0), (5, 10.0)], &[(3, 12.0), (10, 12.0)], &[], 1.3);
    effect(
        "delay",
        &[(1, 2.0), (11, 100.0)],
        &[(7, 900.0), (6, 1_000.0), (8, 9.0), (9, 10.0)],
        &[(9, 10.0)],
        1.3,
    );
    extremes("delay", false, &[], None);
}

#[test]
fn reverb_conforms() {
    let prompt: &[(u32, f64)] = &[(23, 100.0), (22, 0.0), (BYPASS, 1.0)];
    effect("reverb", &[(10, 300.0)], &[(2, 60.0), (1, 40.0), (4, 100.0)], prompt, 2.5);
    effect("reverb", &[(10, 200.0), (23, 100.0)], &[(3, 0.0), (13, 1.0), (11, 2.0), (22, 0.0)], &[], 2.5);
}

#[test]
fn reverb_conforms_at_its_ends() {
    extremes("reverb", false, &[], None);
}

#[test]
fn limiter_conforms() {
    effect("limiter", &[(1, 12.0)], &[(4, 1.0), (2, -12.0)], &[(1, 18.0), (2, -12.0), (BYPASS, 1.0)], 0.05);
    extremes("limiter", false, &[], Some(0.05));
}

fn tide(values: &[(Id, f64)], changes: &[(Id, f64)], prompt: &[(Id, f64)]) {
    let numbered = |of: &[(Id, f64)]| of.iter().map(|(id, value)| (id.number(), *value)).collect::<Vec<_>>();
    instrument("tide", &numbered(values), &[], &numbered(changes), &numbered(prompt));
}

#[test]
fn tide_conforms() {
    let prompt = [
        (Id::Volume, -6.0),
        (Id::Cutoff, 300.0),
        (Id::FilterType, 2.0),
        (Id::Osc2Level, 50.0),
        (Id::Drive, 12.0),
    ];
    tide(&[], &[(Id::Cutoff, 300.0), (Id::AmpRelease, 100.0)], &prompt);
    instrument("tide", &[], &[], &[(BYPASS, 1.0)], &[(BYPASS, 1.0)]);
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
    tide(&full, &[(Id::PulseWidth, 10.0), (Id::Cutoff, 20_000.0)], &[(Resonance, 0.0), (NoiseLevel, 0.0)]);
}

#[test]
fn tide_conforms_in_mono_with_glide() {
    let values = [(Id::Mode, 1.0), (Id::Glide, 80.0), (Id::Osc1Wave, 1.0), (Id::FilterType, 3.0)];
    tide(&values, &[(Id::Glide, 300.0), (Id::Mode, 2.0), (Id::Osc1Wave, 2.0)], &[]);
}

#[test]
fn tide_conforms_at_its_ends() {
    extremes("tide", true, &[], None);
}

#[test]
fn the_sampler_conforms() {
    let volume = (SamplerId::Volume.number(), -12.0);
    let changes = [volume, (zone_parameter(0, ZoneId::Loop), 0.0), (9_999, 1.0)];
    let prompt = [volume, (zone_parameter(0, ZoneId::Pan), 50.0), (BYPASS, 1.0)];
    instrument("sampler", &[], &[(0, noise(20_000))], &changes, &prompt);
}

#[test]
fn the_sampler_conforms_with_loops_filter_and_glide() {
    let at = |id| zone_parameter(1, id);
    let values = [
        (SamplerId::FilterType.number(), 2.0),
        (SamplerId::Cutoff.number(), 900.0),
        (SamplerId::Resonance.number(), 100.0),
        (SamplerId::FilterEnvelope.number(), 4.0),
        (SamplerId::Mode.number(), 2.0),
        (SamplerId::Glide.number(), 40.0),
        (at(ZoneId::Loop), 1.0),
        (at(ZoneId::LoopStart), 30.0),
        (at(ZoneId::LoopFade), 20.0),
        (at(ZoneId::Direction), 1.0),
    ];
    let changes = [
        (SamplerId::Glide.number(), 90.0),
        (at(ZoneId::Loop), 2.0),
        (at(ZoneId::LoopEnd), 31.0),
        (at(ZoneId::Tune), -48.0),
        (SamplerId::Cutoff.number(), f64::NAN),
        (BYPASS, 1.0),
    ];
    let prompt = [(SamplerId::Cutoff.number(), 9_000.0), (SamplerId::Resonance.number(), 0.0)];
    instrument("sampler", &values, &[(0, noise(300)), (1, noise(9_000))], &changes, &prompt);
}

#[test]
fn the_sampler_conforms_at_its_ends() {
    extremes("sampler", true, &[(0, noise(20_000)), (3, noise(3_000))], None);
}

#[test]
fn drums_conform() {
    let changes = [
        (pad_parameter(0, PadId::Drum), 13.0),
        (pad_parameter(5, PadId::Cutoff), 200.0),
        (pad_parameter(6, PadId::Tune), 36.0),
        (1, -60.0),
    ];
    instrument("drums", &[], &[], &changes, &[(1, -20.0), (BYPASS, 1.0)]);
}

#[test]
fn drums_conform_at_their_ends() {
    extremes("drums", true, &[], None);
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
            let mut node = make(&NodeKind::NotePlayer, 48_000, &[]);
            node.swap_content(&mut *workshop::note_content(&[&region]));
            node
        },
        sample_rate: 48_000,
        audio_in: false,
        audio_out: false,
        notes_in: false,
        split_invariant: true,
        tail_frames: Some(256),
        changes: &[],
        prompt: &[],
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
        sample_rate: 48_000,
        audio_in: false,
        audio_out: true,
        notes_in: false,
        split_invariant: true,
        tail_frames: Some(256),
        changes: &[],
        prompt: &[],
    });
}
