//! From many durations to the few figures that are published. Measures nothing.

/// Durations of one round, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Durations {
    sorted: Vec<u64>,
}

impl Durations {
    /// In any order; at least one.
    #[must_use]
    pub fn new(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        Self { sorted: nanoseconds }
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// Microseconds that so many per cent of them stay below.
    #[must_use]
    pub fn percentile_us(&self, percent: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        let at = (last as f64 * percent / 100.0).round() as usize;
        self.sorted.get(at).map_or(f64::NAN, |nanoseconds| *nanoseconds as f64 / 1e3)
    }
}

/// The middle of figures of several rounds: one that was disturbed counts as one.
#[must_use]
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => figures[count / 2],
        count => (figures[count / 2 - 1] + figures[count / 2]) / 2.0,
    }
}

/// The middle of a figure over rounds.
pub fn median_of<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    median(rounds.iter().map(figure).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_durations_lie_below_the_fiftieth_percentile() {
        let durations = Durations::new((1..=101).rev().map(|it| it * 1000).collect());
        assert_eq!(durations.percentile_us(50.0), 51.0);
        assert_eq!(durations.percentile_us(99.0), 100.0);
        assert_eq!(durations.percentile_us(100.0), 101.0);
    }

    #[test]
    fn one_disturbed_round_moves_the_median_little() {
        assert_eq!(median(vec![1.0, 900.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 900.0, 2.0]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }
}
