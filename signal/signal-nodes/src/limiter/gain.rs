//! The gain of the limiter: as low as a peak needs it while the peak passes, falling before and rising after.
//!
//! Least gain within a window → release → two moving means, as wide together as the look-ahead. The means only see gains
//! that are low enough for the peak, so the result is too. They add whole numbers: nothing drifts, and the bits are the
//! same however long it runs.

/// A gain of 1 as a whole number: two means over 10 ms at 192 kHz still fit into 64 bits.
const ONE: f64 = (1_u64 << 30) as f64;

/// One path from needed gains to smooth ones.
#[derive(Debug)]
pub struct GainPath {
    /// Ascending gains and when they came: the first is the least of the window.
    least: Box<[(u32, u64)]>,
    first: usize,
    count: usize,
    window: u64,
    released: f64,
    means: [Mean; 2],
    now: u64,
}

/// The sum of the last values.
#[derive(Debug)]
struct Mean {
    past: Box<[u64]>,
    length: usize,
    next: usize,
    sum: u64,
}

impl Mean {
    fn new(longest: usize) -> Self {
        Self { past: vec![0; longest].into_boxed_slice(), length: 1, next: 0, sum: 0 }
    }

    fn fill(&mut self, length: usize, value: u64) {
        self.length = length.clamp(1, self.past.len());
        self.past[..self.length].fill(value);
        self.next = 0;
        self.sum = value * self.length as u64;
    }

    fn next(&mut self, value: u64) -> u64 {
        self.sum = self.sum + value - self.past[self.next];
        self.past[self.next] = value;
        self.next = if self.next + 1 == self.length { 0 } else { self.next + 1 };
        self.sum
    }
}

impl GainPath {
    /// [control] For a look-ahead of up to `longest` samples, which holds `hold` samples longer.
    pub fn new(longest: usize, hold: usize) -> Self {
        let mut path = Self {
            least: vec![(0, 0); longest + hold + 1].into_boxed_slice(),
            first: 0,
            count: 0,
            window: 0,
            released: 1.0,
            means: [Mean::new(longest), Mean::new(longest)],
            now: 0,
        };
        path.clear(longest, hold);
        path
    }

    /// [audio] As if nothing had been loud for long; looks ahead `length` samples.
    pub fn clear(&mut self, length: usize, hold: usize) {
        (self.first, self.count, self.now) = (0, 0, 0);
        self.window = (length + hold) as u64;
        self.released = 1.0;
        let half = (length / 2).max(1);
        self.means[0].fill(half, ONE as u64);
        let sum = self.means[0].sum;
        self.means[1].fill((length + 1 - half).max(1), sum);
    }

    /// [audio] Takes the gain that is needed now, 0 to 1, and gives the smooth one; `rise` is the share of the way up that
    /// is gone in a sample.
    pub fn next(&mut self, needed: f32, rise: f64) -> f32 {
        let least = self.least_of_window((f64::from(needed) * ONE) as u32);
        let wanted = f64::from(least) * (1.0 / ONE);
        let risen = self.released + rise * (wanted - self.released);
        self.released = if wanted < risen { wanted } else { risen };
        // Towards 1 the last steps are too small to be seen as whole numbers; here they end.
        if wanted - self.released < 1e-9 {
            self.released = wanted;
        }
        let sum = self.means[0].next((self.released * ONE) as u64);
        let sum = self.means[1].next(sum);
        let full = self.means[0].length as f64 * self.means[1].length as f64 * ONE;
        (sum as f64 / full) as f32
    }

    /// The least of the last `window` values, by a queue of those that may still become it.
    fn least_of_window(&mut self, value: u32) -> u32 {
        let room = self.least.len();
        while self.count > 0 && self.least[(self.first + self.count - 1) % room].0 >= value {
            self.count -= 1;
        }
        self.least[(self.first + self.count) % room] = (value, self.now);
        self.count += 1;
        if self.least[self.first].1 + self.window <= self.now {
            self.first = (self.first + 1) % room;
            self.count -= 1;
        }
        self.now += 1;
        self.least[self.first].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gain_is_low_enough_when_a_peak_comes_out_and_goes_back_to_one() {
        let (length, hold) = (100, 13);
        let mut path = GainPath::new(length, hold);
        let gains: Vec<f32> =
            (0..6_000).map(|at| path.next(if at == 500 { 0.25 } else { 1.0 }, 0.01)).collect();
        assert!(gains[..500].iter().all(|gain| *gain == 1.0));
        let low = 500 + length - 1..500 + length + hold - 1;
        assert!(gains[low].iter().all(|gain| *gain <= 0.25), "{:?}", &gains[590..620]);
        assert!(gains.windows(2).all(|pair| pair[0] - pair[1] < 2.5 / 100.0), "it falls evenly");
        assert_eq!(gains[5_999], 1.0);
    }
}
