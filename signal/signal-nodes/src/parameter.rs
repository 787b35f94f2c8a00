//! Descriptions of parameters, and their values as text in real units.
//!
//! A value is always in the unit its text shows: hertz, milliseconds, decibels, percent, never a position of a knob.

mod table;

pub(crate) use table::parameter_table;

use std::fmt::Write as _;

/// What a value means, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// One of a list; the value is the index.
    Choice(&'static [&'static str]),
    /// `-6.0 dB`.
    Decibels,
    /// `440 Hz`, `2.50 kHz`.
    Hertz,
    /// `5.0 ms`, `1.20 s`.
    Milliseconds,
    /// `50.0 %`.
    Percent,
    /// `+12 st`, whole.
    Semitones,
    /// `+7.0 ct`, hundredths of a semitone.
    Cents,
    /// `+2.0 oct`.
    Octaves,
    /// `4.0:1`, what a compressor makes of a decibel.
    Ratio,
    /// `0.71`, the quality of a resonance.
    Quality,
    /// `1.50 ×`, a multiple of something else.
    Times,
    /// `8`, a whole number of things.
    Count,
    /// `C4`, a MIDI key; 60 is C4.
    Key,
}

/// A parameter of a built-in device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParameterSpec {
    /// Never reused.
    pub id: u32,
    /// For people.
    pub name: &'static str,
    /// Group within the device.
    pub module: &'static str,
    /// In `unit`.
    pub minimum: f64,
    /// In `unit`.
    pub maximum: f64,
    /// In `unit`.
    pub default_value: f64,
    /// What the value means.
    pub unit: Unit,
    /// What it does, a sentence for people.
    pub meaning: &'static str,
}

/// [any] The parameters of the built-in device `name`, by ascending id.
#[must_use]
pub fn of_builtin(name: &str) -> Option<&'static [ParameterSpec]> {
    crate::device::find(name).map(|device| (device.parameters)())
}

impl ParameterSpec {
    /// [any] Only whole numbers.
    #[must_use]
    pub fn is_stepped(&self) -> bool {
        matches!(self.unit, Unit::Choice(_) | Unit::Semitones | Unit::Count | Unit::Key)
    }

    /// [any] The nearest value the parameter can have; what is no number becomes the default.
    #[must_use]
    pub fn clamp(&self, value: f64) -> f64 {
        if value.is_nan() {
            return self.default_value;
        }
        let value = value.clamp(self.minimum, self.maximum);
        if self.is_stepped() { value.round() } else { value }
    }

    /// [control] `value` with its unit, for people.
    #[must_use]
    pub fn text(&self, value: f64) -> String {
        let value = self.clamp(value);
        match self.unit {
            Unit::Choice(names) => names.get(value as usize).copied().unwrap_or_default().to_owned(),
            Unit::Decibels => format!("{value:+.1} dB"),
            Unit::Hertz if value >= 1000.0 => format!("{:.2} kHz", value / 1000.0),
            Unit::Hertz if value >= 100.0 => format!("{value:.0} Hz"),
            Unit::Hertz => format!("{value:.2} Hz"),
            Unit::Milliseconds if value >= 1000.0 => format!("{:.2} s", value / 1000.0),
            Unit::Milliseconds => format!("{value:.1} ms"),
            Unit::Percent => format!("{value:.1} %"),
            Unit::Semitones => format!("{value:+.0} st"),
            Unit::Cents => format!("{value:+.1} ct"),
            Unit::Octaves => format!("{value:+.2} oct"),
            Unit::Ratio => format!("{value:.2}:1"),
            Unit::Quality => format!("{value:.2}"),
            Unit::Times => format!("{value:.2} ×"),
            Unit::Count => format!("{value:.0}"),
            Unit::Key => key_name(value),
        }
    }

    /// [control] The value that `text` means: a name of the list, or a number with or without its unit. None when it is
    /// neither; numbers out of range come back at the nearer end.
    #[must_use]
    pub fn value(&self, text: &str) -> Option<f64> {
        let text = text.trim().to_lowercase();
        if let Unit::Choice(names) = self.unit
            && let Some(index) = names.iter().position(|name| name.to_lowercase() == text)
        {
            return Some(index as f64);
        }
        if self.unit == Unit::Key
            && let Some(key) = key_of(&text)
        {
            return Some(self.clamp(key));
        }
        let digits = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
        let number: f64 = text[..digits].parse().ok()?;
        let factor = self.factor(text[digits..].trim())?;
        Some(self.clamp(number * factor))
    }

    fn factor(&self, suffix: &str) -> Option<f64> {
        let factor = match (self.unit, suffix) {
            (_, "")
            | (Unit::Decibels, "db")
            | (Unit::Hertz, "hz")
            | (Unit::Milliseconds, "ms")
            | (Unit::Percent, "%")
            | (Unit::Semitones, "st")
            | (Unit::Cents, "ct" | "cents")
            | (Unit::Octaves, "oct")
            | (Unit::Ratio, ":1")
            | (Unit::Times, "×" | "x") => 1.0,
            (Unit::Hertz, "khz" | "k") | (Unit::Milliseconds, "s") => 1000.0,
            _ => return None,
        };
        Some(factor)
    }
}

const STEPS: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

fn key_name(key: f64) -> String {
    let key = key as i32;
    format!("{}{}", STEPS[key.rem_euclid(12) as usize], key.div_euclid(12) - 1)
}

/// From `c4`, `f#-1` or `bb2`.
fn key_of(text: &str) -> Option<f64> {
    let step = STEPS.iter().position(|step| step.len() == 1 && text.starts_with(&step.to_lowercase()))?;
    let rest = &text[1..];
    let (shift, octave) = match rest.as_bytes().first()? {
        b'#' => (1, &rest[1..]),
        b'b' => (-1, &rest[1..]),
        _ => (0, rest),
    };
    let octave: i32 = octave.parse().ok().filter(|octave| (-1..=9).contains(octave))?;
    Some(f64::from((octave + 1) * 12 + step as i32 + shift))
}

/// [control] A table of parameters in Markdown, for people: one line each.
#[must_use]
pub fn table(parameters: &[ParameterSpec]) -> String {
    let mut table =
        "| id | group | parameter | range | default | what it does |\n|---|---|---|---|---|---|\n".to_owned();
    for parameter in parameters {
        let range = match parameter.unit {
            Unit::Choice(names) => names.join(", "),
            _ => format!("{} … {}", parameter.text(parameter.minimum), parameter.text(parameter.maximum)),
        };
        let ParameterSpec { id, module, name, meaning, .. } = parameter;
        let default = parameter.text(parameter.default_value);
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {id} | {module} | {name} | {range} | {default} | {meaning} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DEVICES;

    fn all() -> impl Iterator<Item = &'static ParameterSpec> {
        DEVICES.iter().flat_map(|device| (device.parameters)())
    }

    #[test]
    fn every_text_means_its_value_again() {
        for parameter in all() {
            for step in 0..=20 {
                let span = parameter.maximum - parameter.minimum;
                let value = parameter.clamp(parameter.minimum + span * f64::from(step) / 20.0);
                let text = parameter.text(value);
                let back = parameter.value(&text).unwrap_or_else(|| panic!("{text} of {}", parameter.name));
                assert!(
                    (back - value).abs() <= (0.005 * value.abs()).max(0.051),
                    "{text}: {value} became {back}"
                );
            }
        }
    }

    #[test]
    fn ids_ascend_and_defaults_lie_in_range() {
        for device in DEVICES {
            let parameters = (device.parameters)();
            assert!(parameters.is_sorted_by(|one, two| one.id < two.id));
            for parameter in parameters {
                assert_eq!(parameter.clamp(parameter.default_value), parameter.default_value);
            }
        }
    }

    #[test]
    fn values_are_typed_as_people_type_them() {
        let cutoff = all().find(|parameter| parameter.unit == Unit::Hertz).expect("a frequency");
        assert_eq!(cutoff.value("2.5 kHz"), Some(2500.0));
        assert_eq!(cutoff.value(" 440HZ"), Some(440.0));
        assert_eq!(cutoff.value("440"), Some(440.0));
        assert_eq!(cutoff.value("9999999"), Some(cutoff.maximum));
        assert_eq!(cutoff.value("loud"), None);
        assert_eq!(cutoff.value("3 dB"), None);
        let root = all().find(|parameter| parameter.unit == Unit::Key).expect("a key");
        assert_eq!(
            (root.value("C4"), root.value("f#3"), root.value("Bb2")),
            (Some(60.0), Some(54.0), Some(46.0))
        );
        assert_eq!(
            (root.value("61"), root.value("h2"), root.text(61.0)),
            (Some(61.0), None, "C#4".to_owned())
        );
        let wave = &of_builtin("tide").expect("tide")[0];
        assert_eq!(wave.value("square"), Some(1.0));
        assert_eq!(wave.text(1.0), "Square");
    }
}
