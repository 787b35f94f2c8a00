//! A state-variable filter without delay in its feedback, so that it stays in tune and stable while it moves.
//!
//! The equations are those of Andrew Simper, "Solving the continuous SVF equations using trapezoidal integration and
//! equivalent currents", Cytomic 2013; the idea is Vadim Zavalishin's, "The Art of VA Filter Design", chapter 4.

/// What passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Response {
    #[default]
    LowPass12,
    LowPass24,
    BandPass,
    HighPass,
}

/// Damping of the second stage of a 24 dB low-pass: no peak of its own.
const SECOND_STAGE_DAMPING: f32 = std::f32::consts::SQRT_2;

/// The state of one channel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    stages: [Integrators; 2],
}

/// The charges of the two capacitors.
#[derive(Clone, Copy, Debug, Default)]
struct Integrators {
    first: f32,
    second: f32,
}

/// What both channels of a sample share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coefficients {
    response: Response,
    damping: f32,
    first: [f32; 3],
    second: [f32; 3],
}

impl Coefficients {
    /// [audio] `cutoff` is the tangent of half the cutoff's angle; `damping` is 2 without resonance, 0 at self-oscillation.
    pub fn new(response: Response, cutoff: f32, damping: f32) -> Self {
        let solved = |damping: f32| {
            let first = 1.0 / (1.0 + cutoff * (cutoff + damping));
            let second = cutoff * first;
            [first, second, cutoff * second]
        };
        let second = if response == Response::LowPass24 { solved(SECOND_STAGE_DAMPING) } else { [0.0; 3] };
        Self { response, damping, first: solved(damping), second }
    }
}

impl Integrators {
    /// Band-pass and low-pass.
    fn next(&mut self, input: f32, [a1, a2, a3]: [f32; 3]) -> (f32, f32) {
        let rest = input - self.second;
        let band = a1 * self.first + a2 * rest;
        let low = self.second + a2 * self.first + a3 * rest;
        self.first = 2.0 * band - self.first;
        self.second = 2.0 * low - self.second;
        (band, low)
    }
}

impl Filter {
    /// [audio] The next sample.
    pub fn next(&mut self, input: f32, coefficients: &Coefficients) -> f32 {
        let (band, low) = self.stages[0].next(input, coefficients.first);
        match coefficients.response {
            Response::LowPass12 => low,
            Response::LowPass24 => self.stages[1].next(low, coefficients.second).1,
            Response::BandPass => band * coefficients.damping,
            Response::HighPass => input - coefficients.damping * band - low,
        }
    }
}
