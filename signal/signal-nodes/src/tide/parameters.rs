//! What of tide can be set. The ids are in songs: they are never changed or reused.

use crate::parameter::{Unit, parameter_table};

const WAVES: Unit = Unit::Choice(&["Saw", "Square", "Triangle", "Sine"]);
const FILTERS: Unit = Unit::Choice(&["Low-pass 12", "Low-pass 24", "Band-pass", "High-pass"]);
const MODES: Unit = Unit::Choice(&["Poly", "Mono", "Legato"]);

parameter_table! {
    Osc1Wave = 1, "Oscillator 1", "Wave", WAVES, 0.0..=3.0, 0.0, "Shape of the first oscillator.";
    Osc1Pitch = 2, "Oscillator 1", "Pitch", Unit::Semitones, -36.0..=36.0, 0.0, "Its distance from the key.";
    Osc1Level = 3, "Oscillator 1", "Level", Unit::Percent, 0.0..=100.0, 100.0, "Linear.";
    Osc2Wave = 4, "Oscillator 2", "Wave", WAVES, 0.0..=3.0, 0.0, "Shape of the second oscillator.";
    Osc2Pitch = 5, "Oscillator 2", "Pitch", Unit::Semitones, -36.0..=36.0, 0.0, "Its distance from the key.";
    Osc2Fine = 6, "Oscillator 2", "Fine", Unit::Cents, -100.0..=100.0, 7.0, "Detunes it against the first.";
    Osc2Level = 7, "Oscillator 2", "Level", Unit::Percent, 0.0..=100.0, 0.0, "Linear.";
    PulseWidth = 8, "Mix", "Pulse width", Unit::Percent, 5.0..=95.0, 50.0, "Of square waves.";
    SubLevel = 9, "Mix", "Sub", Unit::Percent, 0.0..=100.0, 0.0, "A sine an octave below the first oscillator.";
    NoiseLevel = 10, "Mix", "Noise", Unit::Percent, 0.0..=100.0, 0.0, "White noise, before the filter.";
    FilterType = 20, "Filter", "Type", FILTERS, 0.0..=3.0, 1.0, "What passes.";
    Cutoff = 21, "Filter", "Cutoff", Unit::Hertz, 20.0..=20000.0, 8000.0, "At middle C.";
    Resonance = 22, "Filter", "Resonance", Unit::Percent, 0.0..=100.0, 10.0, "100 % is just short of whistling.";
    FilterEnvelope = 23, "Filter", "Envelope", Unit::Octaves, -8.0..=8.0, 0.0, "How far the envelope moves the cutoff.";
    KeyTracking = 24, "Filter", "Key tracking", Unit::Percent, 0.0..=100.0, 50.0, "How far the cutoff follows the key.";
    FilterVelocity = 25, "Filter", "Velocity", Unit::Octaves, 0.0..=4.0, 0.0, "How much softer notes are darker.";
    Drive = 26, "Filter", "Drive", Unit::Decibels, 0.0..=36.0, 0.0, "Saturation after the filter.";
    AmpAttack = 30, "Amplitude", "Attack", Unit::Milliseconds, 0.1..=10000.0, 3.0, "From silence to full.";
    AmpDecay = 31, "Amplitude", "Decay", Unit::Milliseconds, 1.0..=20000.0, 600.0, "Until 60 dB of the way to sustain.";
    AmpSustain = 32, "Amplitude", "Sustain", Unit::Percent, 0.0..=100.0, 70.0, "While the key is held.";
    AmpRelease = 33, "Amplitude", "Release", Unit::Milliseconds, 1.0..=20000.0, 250.0, "Until -60 dB after the key is let go.";
    AmpVelocity = 34, "Amplitude", "Velocity", Unit::Percent, 0.0..=100.0, 70.0, "How much softer notes are quieter.";
    FilterAttack = 40, "Filter envelope", "Attack", Unit::Milliseconds, 0.1..=10000.0, 1.0, "From nothing to full.";
    FilterDecay = 41, "Filter envelope", "Decay", Unit::Milliseconds, 1.0..=20000.0, 400.0, "Until 60 dB of the way to sustain.";
    FilterSustain = 42, "Filter envelope", "Sustain", Unit::Percent, 0.0..=100.0, 0.0, "While the key is held.";
    FilterRelease = 43, "Filter envelope", "Release", Unit::Milliseconds, 1.0..=20000.0, 250.0, "After the key is let go.";
    PitchEnvelope = 50, "Pitch envelope", "Amount", Unit::Semitones, -48.0..=48.0, 0.0, "Where the pitch starts from.";
    PitchDecay = 51, "Pitch envelope", "Decay", Unit::Milliseconds, 1.0..=5000.0, 60.0, "Until it has reached the key by 60 dB.";
    LfoRate = 60, "LFO", "Rate", Unit::Hertz, 0.05..=20.0, 5.0, "Of the sine that modulates.";
    Vibrato = 61, "LFO", "Vibrato", Unit::Cents, 0.0..=200.0, 0.0, "Its depth on the pitch; the modulation wheel adds 50.";
    LfoCutoff = 62, "LFO", "Cutoff", Unit::Octaves, 0.0..=4.0, 0.0, "Its depth on the cutoff.";
    LfoDelay = 63, "LFO", "Delay", Unit::Milliseconds, 0.0..=5000.0, 0.0, "Until it has faded in.";
    Mode = 70, "Voice", "Mode", MODES, 0.0..=2.0, 0.0, "Legato is mono without new attacks.";
    Glide = 71, "Voice", "Glide", Unit::Milliseconds, 0.0..=2000.0, 0.0, "From one note's pitch to the next.";
    Spread = 72, "Voice", "Spread", Unit::Percent, 0.0..=100.0, 0.0, "Oscillators apart, and notes across the panorama.";
    BendRange = 73, "Voice", "Bend range", Unit::Semitones, 0.0..=24.0, 2.0, "Of the pitch wheel.";
    Volume = 80, "Output", "Volume", Unit::Decibels, -60.0..=12.0, 0.0, "Of everything.";
}
