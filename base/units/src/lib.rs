//! Units of time, level and tempo as types, so that a tick is never taken for a sample.
//!
//! Three clocks, each a whole number:
//! - [`Ticks`]: musical time, [`TICKS_PER_QUARTER`] a quarter note. What the song is written in.
//! - [`Superclock`]: wall time, [`SUPERCLOCKS_PER_SECOND`] a second. What tempo turns ticks into.
//! - [`Samples`]: frames of sound at a [`SampleRate`]. What the audio graph counts.
//!
//! Only [`TempoMap`] leads from ticks to superclocks and back, and only [`SignatureMap`] counts bars and beats.
//! This crate does no I/O and knows no song: the maps are built from plain points.
//!
//! ```
//! use units::{BarBeat, SampleRate, SignatureMap, SignaturePoint, TempoMap, TempoPoint, Ticks};
//!
//! // 120 beats a minute, from bar 3 on 60; three beats a bar.
//! let signatures = SignatureMap::new([SignaturePoint { position: Ticks(0), numerator: 3, denominator: 4 }]);
//! let bar_3 = signatures.bar_start(3);
//! let tempo = TempoMap::new([TempoPoint::from_bpm(Ticks(0), 120.0), TempoPoint::from_bpm(bar_3, 60.0)]);
//!
//! let bar_4 = signatures.bar_start(4);
//! assert_eq!(signatures.bar_beat(bar_4), BarBeat { bar: 4, beat: 1, tick: Ticks(0) });
//! // Six beats of half a second, then three of one second.
//! assert_eq!(tempo.samples(bar_4, SampleRate::HZ_48000).0, 6 * 24_000 + 3 * 48_000);
//! ```

mod gain;
mod signature;
mod tempo;
mod time;

pub use gain::{Gain, SILENCE_DB};
pub use signature::{BarBeat, SignatureMap, SignaturePoint};
pub use tempo::{MAX_BPM, MIN_BPM, TempoMap, TempoPoint};
pub use time::{SUPERCLOCKS_PER_SECOND, SampleRate, Samples, Superclock, TICKS_PER_QUARTER, Ticks};
