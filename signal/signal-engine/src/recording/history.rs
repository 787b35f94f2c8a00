//! The last minute of every channel that a track takes, by the number of its frames.

/// How far back sound is kept.
const SECONDS: f64 = 60.0;
/// Memory for it: 23 channels of a minute at 48 kHz. With more channels it reaches less far back.
const MOST_BYTES: usize = 256 << 20;

/// A ring of samples for each channel.
#[derive(Debug)]
pub struct History {
    sample_rate: u32,
    channels: Vec<Channel>,
    capacity: usize,
    begin: u64,
    end: u64,
}

#[derive(Debug)]
struct Channel {
    /// Of the device, from 0.
    number: u32,
    samples: Vec<f32>,
}

/// Reads one channel.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    samples: &'a [f32],
    begin: u64,
    end: u64,
}

impl History {
    /// Empty, at frame 0.
    pub fn new(channels: &[u32], sample_rate: u32) -> Self {
        let mut history = Self { sample_rate, channels: Vec::new(), capacity: 1, begin: 0, end: 0 };
        history.follow(channels);
        history
    }

    /// Keeps these channels from now on; what is there of them stays.
    pub fn follow(&mut self, channels: &[u32]) {
        let wanted = (SECONDS * f64::from(self.sample_rate)) as usize;
        let capacity = wanted.min(MOST_BYTES / size_of::<f32>() / channels.len().max(1)).max(1);
        let begin = self.begin.max(self.end.saturating_sub(capacity as u64));
        let kept = |number: &u32| {
            let mut samples = vec![0.0; capacity];
            let reader = self.channel(*number);
            for frame in begin..self.end {
                samples[(frame % capacity as u64) as usize] = reader.sample(frame);
            }
            Channel { number: *number, samples }
        };
        self.channels = channels.iter().map(kept).collect();
        (self.capacity, self.begin) = (capacity, begin);
    }

    /// How far it reaches back when it is full, in seconds.
    pub fn seconds(&self) -> f32 {
        self.capacity as f32 / self.sample_rate as f32
    }

    /// The first frame there is.
    pub fn begin(&self) -> u64 {
        self.begin
    }

    /// The frame after the last.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Adds `frames` frames; `next` gives the samples channel by channel.
    pub fn push(&mut self, frames: u64, mut next: impl FnMut() -> f32) {
        for channel in &mut self.channels {
            for frame in self.end..self.end + frames {
                channel.samples[(frame % self.capacity as u64) as usize] = next();
            }
        }
        self.end += frames;
        self.begin = self.begin.max(self.end.saturating_sub(self.capacity as u64));
    }

    /// Adds silence up to a frame.
    pub fn skip_to(&mut self, frame: u64) {
        let missing = frame.saturating_sub(self.end);
        if missing > self.capacity as u64 {
            (self.begin, self.end) = (frame, frame);
        } else {
            self.push(missing, || 0.0);
        }
    }

    /// A channel of the device; silence if it is not kept.
    pub fn channel(&self, number: u32) -> Reader<'_> {
        let found = self.channels.iter().find(|channel| channel.number == number);
        let samples = found.map_or(&[][..], |channel| &channel.samples);
        Reader { samples, begin: self.begin, end: self.end }
    }
}

impl Reader<'_> {
    /// The sample at a frame; silence where there is none.
    pub fn sample(&self, frame: u64) -> f32 {
        if self.samples.is_empty() || !(self.begin..self.end).contains(&frame) {
            return 0.0;
        }
        self.samples[(frame % self.samples.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_when_other_channels_come() {
        let mut history = History::new(&[3], 10);
        let mut count = 0.0;
        history.push(20, || {
            count += 1.0;
            count
        });
        history.follow(&[1, 3]);
        history.skip_to(25);
        assert_eq!((history.begin(), history.end()), (0, 25));
        assert_eq!([0, 19, 22].map(|frame| history.channel(3).sample(frame)), [1.0, 20.0, 0.0]);
        assert_eq!(history.channel(1).sample(5), 0.0);
    }

    #[test]
    fn it_reaches_a_minute_back() {
        let mut history = History::new(&[0], 10);
        history.push(700, || 1.0);
        assert_eq!((history.begin(), history.end()), (100, 700));
        assert_eq!((history.channel(0).sample(99), history.channel(0).sample(100)), (0.0, 1.0));
    }
}
