//! The windowed sinc by which sounds are read between their samples.
//!
//! Source: J. O. Smith, "Digital Audio Resampling Home Page" (CCRMA, 2002): a table of a Kaiser-windowed sinc, linear
//! between its rows. Sounds that are played faster are read by a lower cutoff, so that nothing folds back; above an octave
//! their lower octaves are read instead (see `octaves`). All sums have a fixed order (E11).

use std::sync::OnceLock;

/// Samples that one output sample is made of.
pub(super) const TAPS: usize = 32;

/// Samples before the position that count.
pub(super) const BEFORE: i64 = TAPS as i64 / 2 - 1;

/// Rows between two samples: linear interpolation between them is 100 dB down.
const PHASE_BITS: u32 = 9;
const PHASES: usize = 1 << PHASE_BITS;

/// Speeds that have a table of their own: quarters of an octave, up to one.
const SPEEDS: usize = 5;

/// Of half the sample rate: leaves half of the window's transition below it.
const CUTOFF: f64 = 0.94;

/// Kaiser's parameter for 80 dB: 0.1102 (80 − 8.7).
const BETA: f64 = 7.857;

/// Sums that run side by side.
const LANES: usize = 8;

type Row = [f32; TAPS];

/// All tables, made once a process.
#[derive(Debug)]
pub(super) struct Kernels {
    tables: [Box<[Row]>; SPEEDS],
}

impl Kernels {
    /// [control] The tables; the first call makes them, in some milliseconds.
    pub fn shared() -> &'static Self {
        static KERNELS: OnceLock<Kernels> = OnceLock::new();
        KERNELS.get_or_init(|| Self { tables: std::array::from_fn(table) })
    }

    /// [audio] The rows around `fraction` (of 2^32) for a speed of at most 2 (in 2^-32), as one row.
    pub fn row(&self, speed: u64, fraction: u32) -> Row {
        let table = &self.tables[(0..SPEEDS - 1).find(|at| speed <= SPEED_LIMITS[*at]).unwrap_or(SPEEDS - 1)];
        let phase = (fraction >> (32 - PHASE_BITS)) as usize;
        let between =
            (fraction & ((1 << (32 - PHASE_BITS)) - 1)) as f32 * (1.0 / (1_u32 << (32 - PHASE_BITS)) as f32);
        let (first, second) = (&table[phase], &table[phase + 1]);
        let mut row = [0.0; TAPS];
        for tap in 0..TAPS {
            row[tap] = first[tap] + between * (second[tap] - first[tap]);
        }
        row
    }
}

/// 2^0, 2^¼, 2^½, 2^¾ in 2^-32, rounded up.
const SPEED_LIMITS: [u64; SPEEDS - 1] = [4_294_967_296, 5_107_605_668, 6_074_001_001, 7_223_245_208];

/// [audio] A row times samples.
pub(super) fn apply(row: &Row, samples: &[f32; TAPS]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (rows, _) = row.as_chunks::<LANES>();
    let (chunks, _) = samples.as_chunks::<LANES>();
    for (row, samples) in rows.iter().zip(chunks) {
        for lane in 0..LANES {
            sums[lane] += row[lane] * samples[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

fn table(speed: usize) -> Box<[Row]> {
    let cutoff = CUTOFF * libm::exp2(-(speed as f64) / 4.0);
    (0..=PHASES).map(|phase| row(cutoff, phase as f64 / PHASES as f64)).collect()
}

/// Sums to exactly what a constant needs.
fn row(cutoff: f64, fraction: f64) -> Row {
    let at = |tap: usize| {
        let distance = tap as f64 - BEFORE as f64 - fraction;
        sinc(cutoff * distance) * kaiser(distance / (TAPS as f64 / 2.0))
    };
    let exact: [f64; TAPS] = std::array::from_fn(at);
    let sum: f64 = exact.iter().sum();
    exact.map(|tap| (tap / sum) as f32)
}

/// The normalised one: sin(πx) / πx.
pub(super) fn sinc(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if angle.abs() < 1e-9 { 1.0 } else { libm::sin(angle) / angle }
}

/// Kaiser's window, `x` from -1 to 1.
pub(super) fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(BETA * libm::sqrt(1.0 - x * x)) / bessel(BETA) }
}

/// The modified Bessel function of the first kind, order 0, by its series.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for order in 1..40 {
        term *= quarter / f64::from(order * order);
        sum += term;
    }
    sum
}
