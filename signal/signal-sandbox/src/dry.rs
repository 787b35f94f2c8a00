//! The dry signal, as late as the plugin makes it. Mixes nothing.

/// A stereo delay of a fixed length.
#[derive(Debug, Default)]
pub struct DryDelay {
    frames: Vec<[f32; 2]>,
    at: usize,
}

impl DryDelay {
    /// Silent, `latency` frames long.
    pub fn new(latency: u32) -> Self {
        Self { frames: vec![[0.0; 2]; latency as usize], at: 0 }
    }

    /// `[audio]` Its length in frames.
    pub fn latency(&self) -> usize {
        self.frames.len()
    }

    /// `[audio]` One frame in, one out.
    pub fn push(&mut self, frame: [f32; 2]) -> [f32; 2] {
        let length = self.frames.len();
        let Some(oldest) = self.frames.get_mut(self.at) else { return frame };
        self.at = if self.at + 1 == length { 0 } else { self.at + 1 };
        std::mem::replace(oldest, frame)
    }

    /// `[audio]` Silent again.
    pub fn clear(&mut self) {
        self.frames.fill([0.0; 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dry_signal_comes_as_late_as_the_latency_says() {
        let mut none = DryDelay::new(0);
        assert_eq!(none.push([1.0, 2.0]), [1.0, 2.0]);
        let mut three = DryDelay::new(3);
        let out: Vec<f32> = (1..=5).map(|frame| three.push([frame as f32, 0.0])[0]).collect();
        assert_eq!(out, [0.0, 0.0, 0.0, 1.0, 2.0]);
    }
}
