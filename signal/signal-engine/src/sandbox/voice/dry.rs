//! The dry signal, delayed by the plugins' latency. It always runs, so that it is there when it is needed (E8).

/// A stereo delay of a fixed length.
#[derive(Debug)]
pub struct DryDelay {
    frames: Vec<[f32; 2]>,
    at: usize,
}

impl DryDelay {
    /// `[control]` Silent, `latency` frames long.
    pub fn new(latency: u32) -> Self {
        Self { frames: vec![[0.0; 2]; latency as usize], at: 0 }
    }

    /// `[any]` Its length in frames.
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

    /// `[audio]` Forgets what is in it.
    pub fn clear(&mut self) {
        self.frames.fill([0.0; 2]);
    }
}
