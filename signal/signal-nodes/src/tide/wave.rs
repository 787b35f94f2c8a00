//! Band-limited waves: a table of each shape for each number of harmonics that still fits below half the sample rate.
//!
//! So nothing aliases whatever the pitch; what is left are the images of linear interpolation, more than 70 dB down. The
//! tables are made once a process.

use std::sync::OnceLock;

/// Samples of one period. A power of two; the phase is 32 bits, its upper ones index.
const PERIOD_BITS: u32 = 11;
const PERIOD: usize = 1 << PERIOD_BITS;

/// Harmonics of the richest table: a quarter of the period's samples keeps interpolation clean, and 41 Hz, the lowest string of a
/// bass, still reaches 20 kHz.
const MAX_HARMONICS: u32 = 512;

/// The shapes of an oscillator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wave {
    #[default]
    Saw,
    Square,
    Triangle,
    Sine,
}

/// One period and its first sample again.
type Table = [f32; PERIOD + 1];

/// All tables.
#[derive(Debug)]
pub(super) struct Waves {
    /// Descending numbers of harmonics.
    saw: Vec<(u32, Box<Table>)>,
    triangle: Vec<(u32, Box<Table>)>,
    sine: Box<Table>,
}

/// What an oscillator reads at one pitch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    table: &'a Table,
    /// For square waves: the phase between its edges.
    width: Option<u32>,
}

impl Waves {
    /// [control] The tables; the first call makes them, in some milliseconds.
    pub fn shared() -> &'static Self {
        static WAVES: OnceLock<Waves> = OnceLock::new();
        WAVES.get_or_init(Self::new)
    }

    fn new() -> Self {
        let sine = sine();
        let saw = |harmonic: u32| 2.0 / (std::f64::consts::PI * f64::from(harmonic));
        let triangle = |harmonic: u32| {
            let size = 8.0 / (std::f64::consts::PI * f64::from(harmonic)).powi(2);
            [0.0, size, 0.0, -size][(harmonic % 4) as usize]
        };
        let tables = |amplitude: &dyn Fn(u32) -> f64| {
            let table = |harmonics| (harmonics, additive(&sine, harmonics, amplitude));
            harmonic_counts().into_iter().map(table).collect()
        };
        Self { saw: tables(&saw), triangle: tables(&triangle), sine: additive(&sine, 1, &|_| 1.0) }
    }

    /// [audio] What to read for `wave` at a phase `increment` a sample. `width` is the square's.
    pub fn reader(&self, wave: Wave, increment: u32, width: u32) -> Reader<'_> {
        let fitting = (1_u32 << 31) / increment.max(1);
        let tables = match wave {
            Wave::Saw | Wave::Square => &self.saw,
            Wave::Triangle => &self.triangle,
            Wave::Sine => return Reader { table: &self.sine, width: None },
        };
        let at = tables.partition_point(|(harmonics, _)| *harmonics > fitting).min(tables.len() - 1);
        Reader { table: &tables[at].1, width: (wave == Wave::Square).then_some(width) }
    }
}

impl Reader<'_> {
    /// [audio] The wave at `phase`, between -1 and 1 but for the overshoot of a limited band.
    pub fn at(&self, phase: u32) -> f32 {
        match self.width {
            None => read(self.table, phase),
            Some(width) => read(self.table, phase) - read(self.table, phase.wrapping_sub(width)),
        }
    }
}

fn read(table: &Table, phase: u32) -> f32 {
    const FRACTION_BITS: u32 = 32 - PERIOD_BITS;
    let index = (phase >> FRACTION_BITS) as usize;
    let fraction = (phase & ((1 << FRACTION_BITS) - 1)) as f32 * (1.0 / (1_u32 << FRACTION_BITS) as f32);
    table[index] + fraction * (table[index + 1] - table[index])
}

/// Half an octave apart, and every number at the sparse end, where one harmonic more is heard.
fn harmonic_counts() -> Vec<u32> {
    let mut counts = vec![MAX_HARMONICS];
    while let Some(last) = counts.last().copied().filter(|last| *last > 1) {
        let next = if last > 12 { last * 12 / 17 } else { last - 1 };
        counts.push(next);
    }
    counts
}

fn sine() -> Vec<f64> {
    let angle = |at: usize| std::f64::consts::TAU * at as f64 / PERIOD as f64;
    (0..PERIOD).map(|at| libm::sin(angle(at))).collect()
}

fn additive(sine: &[f64], harmonics: u32, amplitude: &dyn Fn(u32) -> f64) -> Box<Table> {
    let mut sum = vec![0.0_f64; PERIOD];
    for harmonic in 1..=harmonics {
        let size = amplitude(harmonic);
        if size == 0.0 {
            continue;
        }
        for (at, sum) in sum.iter_mut().enumerate() {
            *sum += size * sine[(at * harmonic as usize) % PERIOD];
        }
    }
    let mut table = Box::new([0.0; PERIOD + 1]);
    for (at, sample) in table.iter_mut().enumerate() {
        *sample = sum[at % PERIOD] as f32;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u32 = 1 << 31;

    #[test]
    fn a_table_never_holds_more_harmonics_than_fit() {
        let waves = Waves::shared();
        for increment in [1, 1 << 20, 1 << 25, 447_392_427, HALF / 3, HALF - 1, u32::MAX] {
            let fitting = (HALF / increment).max(1);
            let reader = waves.reader(Wave::Saw, increment, HALF);
            let (harmonics, _) =
                waves.saw.iter().find(|(_, table)| std::ptr::eq(&**table, reader.table)).unwrap();
            assert!(*harmonics <= fitting, "{harmonics} at {increment}");
            assert!(*harmonics >= fitting.min(MAX_HARMONICS) * 2 / 3, "{harmonics} at {increment}");
        }
    }

    #[test]
    fn shapes_are_what_they_are_called() {
        let waves = Waves::shared();
        let at =
            |wave, phase: f64| waves.reader(wave, 1 << 22, HALF / 2).at((phase * 4_294_967_296.0) as u32);
        assert!((at(Wave::Saw, 0.25) - 0.5).abs() < 0.01 && (at(Wave::Saw, 0.75) + 0.5).abs() < 0.01);
        assert!((at(Wave::Triangle, 0.25) - 1.0).abs() < 0.01 && at(Wave::Triangle, 0.5).abs() < 0.01);
        assert!((at(Wave::Sine, 0.125) - 0.5_f32.sqrt()).abs() < 1e-4);
        let quarter = HALF / 2;
        assert!((at(Wave::Square, 0.125) - at(Wave::Square, 0.6) - 2.0).abs() < 0.05, "{quarter}");
    }
}
