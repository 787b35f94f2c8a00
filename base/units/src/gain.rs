//! Level. Decibels are what people see, the linear factor is what sound is multiplied by.

use std::fmt;

/// At and below this many decibels a fader is shut: the factor is exactly 0.
pub const SILENCE_DB: f64 = -150.0;

/// A linear factor, 1 is unity.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Gain(f32);

impl Gain {
    /// Nothing is heard.
    pub const SILENCE: Self = Self(0.0);
    /// 0 dB.
    pub const UNITY: Self = Self(1.0);

    /// From decibels. The same bits on every machine: `libm`, no platform function.
    pub fn from_db(db: f64) -> Self {
        if db <= SILENCE_DB { Self::SILENCE } else { Self(libm::pow(10.0, db / 20.0) as f32) }
    }

    /// In decibels, [`SILENCE_DB`] for what is quieter than that.
    pub fn to_db(self) -> f64 {
        if self.0 <= 0.0 { SILENCE_DB } else { (20.0 * libm::log10(f64::from(self.0))).max(SILENCE_DB) }
    }

    /// The factor itself.
    pub const fn linear(self) -> f32 {
        self.0
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let db = self.to_db();
        if db <= SILENCE_DB { f.write_str("-inf dB") } else { write!(f, "{db:+.1} dB") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unity_and_silence_are_exact() {
        assert_eq!(Gain::from_db(0.0), Gain::UNITY);
        assert_eq!(Gain::from_db(SILENCE_DB), Gain::SILENCE);
        assert_eq!(Gain::from_db(f64::NEG_INFINITY), Gain::SILENCE);
        assert_eq!(Gain::SILENCE.to_db(), SILENCE_DB);
    }

    #[test]
    fn decibels_come_back_from_the_factor() {
        for tenths in -1400..=60 {
            let db = f64::from(tenths) / 10.0;
            assert!((Gain::from_db(db).to_db() - db).abs() < 1e-5, "{db}");
        }
        assert_eq!(Gain::from_db(-6.0).to_string(), "-6.0 dB");
        assert_eq!(Gain::SILENCE.to_string(), "-inf dB");
    }
}
