//! Lists of events as hosts hand them in: order, times, ids, ranges. Acts on none.

use clack_extensions::params::ParamInfoFlags;
use clack_plugin::{
    events::{Pckn, event_types::NoteExpressionType, spaces::CoreEventSpace},
    prelude::*,
};

use crate::{
    ledger::Ledger,
    parameters::{self, Parameter},
};

/// Semitones that a note may be tuned by (events.h).
const MAX_TUNING: f64 = 120.0;
/// Loudest volume of a note: 12 dB (events.h).
const MAX_VOLUME: f64 = 4.0;

/// Checks a whole list. `frames` is the block's length; none in a flush, where times mean nothing.
pub fn check(ledger: &Ledger<'_>, events: &InputEvents<'_>, frames: Option<u32>) {
    let mut earliest = 0;
    for index in 0..events.len() {
        let Some(event) = events.get(index) else {
            ledger.violation("a list of events holds as many as it says", index);
            continue;
        };
        let time = event.header().time();
        ledger.expect(time >= earliest, "events come by ascending time", time);
        ledger.expect(frames.is_none_or(|frames| time < frames), "events lie within their block", time);
        earliest = earliest.max(time);
        match event.as_core_event() {
            Some(event) => check_one(ledger, &event, frames.is_none()),
            None => ledger.violation("no event of an unknown space is sent", event.header().type_id()),
        }
    }
}

fn check_one(ledger: &Ledger<'_>, event: &CoreEventSpace<'_>, in_flush: bool) {
    use CoreEventSpace as Core;
    let of_parameter = matches!(event, Core::ParamValue(_) | Core::ParamMod(_));
    ledger.expect(of_parameter || !in_flush, "a flush holds parameters only", "another event");
    match event {
        Core::NoteOn(on) => {
            let note = on.pckn();
            let whole = note.port_index.is_specific() && note.channel.is_specific() && note.key.is_specific();
            ledger.expect(whole, "a note-on names port, channel and key", "one is missing");
            check_note(ledger, note, on.velocity());
        }
        Core::NoteOff(off) => check_note(ledger, off.pckn(), off.velocity()),
        Core::NoteChoke(choke) => check_note(ledger, choke.pckn(), 0.0),
        Core::NoteEnd(_) => ledger.violation("note-end is sent by plugins only", "the host sent one"),
        Core::NoteExpression(it) => {
            check_note(ledger, it.pckn(), 0.0);
            let range = match it.expression_type() {
                Some(NoteExpressionType::Volume) => f64::MIN_POSITIVE..=MAX_VOLUME,
                Some(NoteExpressionType::Tuning) => -MAX_TUNING..=MAX_TUNING,
                _ => 0.0..=1.0,
            };
            ledger.expect(range.contains(&it.value()), "a note expression is within its range", it.value());
        }
        Core::ParamValue(value) => check_value(ledger, value.param_id(), value.pckn(), value.value()),
        Core::ParamMod(change) => check_modulation(ledger, change.param_id(), change.pckn(), change.amount()),
        Core::Midi(midi) => {
            let [status, data @ ..] = midi.data();
            let sound = status >= 0x80 && data.iter().all(|byte| *byte < 0x80) && midi.port_index() == 0;
            ledger.expect(sound, "a MIDI event is a message for a port there is", status);
        }
        Core::ParamGestureBegin(_) | Core::ParamGestureEnd(_) => {
            ledger.violation("gestures are sent by plugins only", "the host sent one");
        }
        Core::Midi2(_) | Core::MidiSysEx(_) => {
            ledger.violation("notes come in a dialect that the port takes", "MIDI 2 or system exclusive");
        }
        Core::Transport(_) => {}
    }
}

fn check_note(ledger: &Ledger<'_>, note: Pckn, velocity: f64) {
    let within = |value: Option<u16>, end: u16| value.is_none_or(|value| value < end);
    let port = within(note.port_index.into_specific(), 1);
    let channel = within(note.channel.into_specific(), 16);
    let key = within(note.key.into_specific(), 128);
    ledger.expect(port && channel && key, "port, channel and key of a note exist", format_args!("{note:?}"));
    ledger.expect((0.0..=1.0).contains(&velocity), "a velocity is 0 to 1", velocity);
}

fn known(ledger: &Ledger<'_>, id: Option<ClapId>) -> Option<&'static Parameter> {
    let parameter = id.and_then(|id| parameters::find(id.get()));
    ledger.expect(parameter.is_some(), "no unknown parameter is set", format_args!("{id:?}"));
    parameter
}

fn check_value(ledger: &Ledger<'_>, id: Option<ClapId>, target: Pckn, value: f64) {
    let Some(parameter) = known(ledger, id) else { return };
    let settable = !parameter.flags.contains(ParamInfoFlags::IS_READONLY);
    ledger.expect(settable, "no read-only parameter is set", parameter.name);
    ledger.expect(parameter.range().contains(&value), "a parameter's value is within its range", value);
    let rule = "values go to single notes only where the flags allow it";
    ledger.expect(target.matches_all(), rule, parameter.name);
}

fn check_modulation(ledger: &Ledger<'_>, id: Option<ClapId>, target: Pckn, amount: f64) {
    let Some(parameter) = known(ledger, id) else { return };
    let modulatable = parameter.flags.contains(ParamInfoFlags::IS_MODULATABLE);
    ledger.expect(modulatable, "only parameters with the flag are modulated", parameter.name);
    ledger.expect(amount.is_finite(), "an amount of modulation is finite", amount);
    let polyphonic = parameter.flags.contains(ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID);
    let allowed = polyphonic || target.matches_all();
    ledger.expect(allowed, "single notes are modulated only where the flags allow it", parameter.name);
}
