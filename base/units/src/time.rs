//! The three clocks and the sample rate. Conversions that need a tempo are in `tempo`, not here.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Ticks in a quarter note: 2^10 × 3^2 × 5 × 7 × 11 × 13, so every usual note length and tuplet is a whole number.
pub const TICKS_PER_QUARTER: i64 = 46_126_080;

/// Superclocks in a second: whole samples at every usual rate from 22.05 to 384 kHz.
pub const SUPERCLOCKS_PER_SECOND: i64 = 282_240_000;

/// The nearest `i64`: positions beyond it are no music, but must not wrap round either.
pub(crate) fn saturate(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

macro_rules! clock {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The origin.
            pub const ZERO: Self = Self(0);
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

clock! {
    /// A position or length in musical time, [`TICKS_PER_QUARTER`] a quarter note.
    Ticks
}
clock! {
    /// A position or length in wall time, [`SUPERCLOCKS_PER_SECOND`] a second.
    Superclock
}
clock! {
    /// A position or length in frames at some sample rate.
    Samples
}

impl Ticks {
    /// Whole quarter notes.
    pub const fn quarters(count: i64) -> Self {
        Self(count * TICKS_PER_QUARTER)
    }

    /// In quarter notes, for display and for plugins: not exact beyond 2^53 ticks.
    pub fn to_quarters(self) -> f64 {
        self.0 as f64 / TICKS_PER_QUARTER as f64
    }
}

impl Superclock {
    /// The first superclock at or after the start of a sample: exact at every rate that divides
    /// [`SUPERCLOCKS_PER_SECOND`], so at every usual one.
    pub fn from_samples(samples: Samples, rate: SampleRate) -> Self {
        let scaled = i128::from(samples.0) * i128::from(SUPERCLOCKS_PER_SECOND);
        let rate = i128::from(rate.hz());
        Self(saturate(-(-scaled).div_euclid(rate)))
    }

    /// The sample that holds this instant: rounded down, also below zero.
    pub fn to_samples(self, rate: SampleRate) -> Samples {
        let scaled = i128::from(self.0) * i128::from(rate.hz());
        Samples(saturate(scaled.div_euclid(i128::from(SUPERCLOCKS_PER_SECOND))))
    }

    /// In seconds, for display.
    pub fn to_seconds(self) -> f64 {
        self.0 as f64 / SUPERCLOCKS_PER_SECOND as f64
    }
}

impl Samples {
    /// The same instant counted at another rate, rounded down.
    pub fn at_rate(self, from: SampleRate, to: SampleRate) -> Self {
        let scaled = i128::from(self.0) * i128::from(to.hz());
        Self(saturate(scaled.div_euclid(i128::from(from.hz()))))
    }
}

/// Frames a second: 1 to 1,536,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRate(u32);

impl SampleRate {
    /// 44.1 kHz.
    pub const HZ_44100: Self = Self(44_100);
    /// 48 kHz, the usual rate here.
    pub const HZ_48000: Self = Self(48_000);
    /// 96 kHz.
    pub const HZ_96000: Self = Self(96_000);
    /// Twice the fastest converters on sale: what lies above is a damaged number.
    pub const MAX_HZ: u32 = 1_536_000;

    /// `None` for 0 and for more than [`Self::MAX_HZ`].
    pub const fn new(hz: u32) -> Option<Self> {
        if hz == 0 || hz > Self::MAX_HZ { None } else { Some(Self(hz)) }
    }

    /// Frames a second.
    pub const fn hz(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}
