//! An envelope: a straight attack, then exponential decay and release.

/// Natural logarithm of 60 dB: times of decay and release are stated until -60 dB.
const DECAY_60_DB: f32 = 6.907_755;

/// Below this a released envelope has ended: -100 dB.
const END: f32 = 1e-5;

/// How an envelope moves, a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shape {
    pub attack: f32,
    pub decay: f32,
    pub sustain: f32,
    pub release: f32,
}

impl Shape {
    /// [audio] From attack, decay, sustain and release: times in milliseconds, and the sustain from 0 to 1.
    pub fn new([attack, decay, sustain, release]: [f32; 4], sample_rate: f32) -> Self {
        Self::of_times([attack, decay, release], sustain, sample_rate)
    }

    /// [audio] From attack, decay and release in milliseconds and the sustain from 0 to 1.
    pub fn of_times(times: [f32; 3], sustain: f32, sample_rate: f32) -> Self {
        let [attack, decay, release] = times.map(|time| time * 0.001 * sample_rate);
        Self {
            attack: 1.0 / attack.max(1.0),
            decay: decay_factor(decay),
            sustain,
            release: decay_factor(release),
        }
    }
}

/// [audio] The factor a sample by which something falls 60 dB in `samples`.
pub(crate) fn decay_factor(samples: f32) -> f32 {
    libm::expf(-DECAY_60_DB / samples.max(1.0))
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Over,
    Attack,
    Decay,
    Release,
}

/// Where an envelope is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Envelope {
    stage: Stage,
    pub value: f32,
}

impl Envelope {
    /// [audio] Begins from wherever it is, so that a note on top of another does not click.
    pub fn begin(&mut self) {
        self.stage = Stage::Attack;
    }

    /// [audio] Lets go.
    pub fn release(&mut self) {
        if self.stage != Stage::Over {
            self.stage = Stage::Release;
        }
    }

    /// [audio] Whether it is silent and stays so.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// [audio] The next sample.
    pub fn next_value(&mut self, shape: &Shape) -> f32 {
        match self.stage {
            Stage::Over => {}
            Stage::Attack => {
                self.value += shape.attack;
                if self.value >= 1.0 {
                    self.value = 1.0;
                    self.stage = Stage::Decay;
                }
            }
            Stage::Decay => self.value = shape.sustain + (self.value - shape.sustain) * shape.decay,
            Stage::Release => {
                self.value *= shape.release;
                if self.value < END {
                    self.value = 0.0;
                    self.stage = Stage::Over;
                }
            }
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 48 kHz: 10 ms, 100 ms, -6 dB, 200 ms.
    const SHAPE: Shape =
        Shape { attack: 1.0 / 480.0, decay: 0.998_561_9, sustain: 0.5, release: 0.999_280_7 };

    #[test]
    fn attack_decay_and_release_last_as_long_as_stated() {
        let decay = |seconds: f32| decay_factor(seconds * 48_000.0);
        assert!((decay(0.1) - SHAPE.decay).abs() < 1e-6 && (decay(0.2) - SHAPE.release).abs() < 1e-6);
        let mut envelope = Envelope::default();
        envelope.begin();
        let run = |envelope: &mut Envelope, samples: usize| {
            (0..samples).map(|_| envelope.next_value(&SHAPE)).last().unwrap_or(0.0)
        };
        assert!((run(&mut envelope, 479) - 1.0).abs() < 0.003);
        assert_eq!(run(&mut envelope, 2), 1.0 - (1.0 - 0.5) * (1.0 - SHAPE.decay));
        let after_decay = run(&mut envelope, 4800);
        assert!((after_decay - 0.5 - 0.5 * 0.001).abs() < 1e-4, "{after_decay}");
        envelope.release();
        let after_release = run(&mut envelope, 9600);
        assert!((after_release / 0.5 - 0.001).abs() < 1e-4, "{after_release}");
        run(&mut envelope, 9600);
        assert!(envelope.is_over() && envelope.value == 0.0);
    }
}
