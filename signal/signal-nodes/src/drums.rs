//! "drums": sixteen pads on the keys 36 to 51, each a sound of its own or one of the built-in drums.
//!
//! It makes its parameters into zones; `zone` plays them. Sounds come by [`Node::swap_content`] as a [`SampleSet`], slot by
//! pad; a pad without one plays the drum that its parameter names.

mod kit;
mod parameters;

pub use kit::NAMES;
pub use parameters::{PAD_KEYS, PadId, pad_parameter, parameters};

use std::any::Any;

use signal_graph::{Block, BuiltinSpec, Io, Node, ParameterChange};

use crate::bypass::Bypass;
use crate::sample::{Looping, SampleSet, ZONES};
use crate::sampler::{damping, gains};
use crate::tide::envelope::Shape;
use crate::tide::filter::Response;
use crate::zone::{Mode, Shared, Zone, Zones};
use parameters::{LONGEST_DECAY, OPEN_HERTZ, Values};

/// The name it has in a graph.
pub const NAME: &str = "drums";

/// The drum machine.
#[derive(Debug)]
pub struct Drums {
    values: Values,
    zones: Zones,
    /// The built-in drums alone, in their slots.
    kit: SampleSet,
    bypass: Bypass,
}

impl Drums {
    /// [control] With the values of `spec`; ids it does not have are ignored.
    #[must_use]
    pub fn new(spec: &BuiltinSpec, sample_rate: u32) -> Self {
        let mut values = Values::new();
        for parameter in &spec.parameters {
            values.set(parameter.id, parameter.value);
        }
        let kit = kit::set(sample_rate);
        let shared = Shared {
            sample_rate: sample_rate as f32,
            mode: Mode::Poly,
            polyphony: usize::MAX,
            glide: 0.0,
            bend_range: 0.0,
        };
        let mut zones = Zones::new(std::array::from_fn(|at| zone(&values, at, shared.sample_rate)), shared);
        zones.swap_sounds(&mut kit.clone());
        Self { values, zones, kit, bypass: Bypass::new(spec.bypass, sample_rate) }
    }
}

impl Node for Drums {
    fn process(&mut self, block: &Block<'_>, io: &mut Io<'_>) {
        self.zones.process(block, io);
        self.bypass.process(io);
    }

    fn set_parameter(&mut self, change: &ParameterChange) {
        if self.bypass.set_parameter(change) || !self.values.set(change.parameter, change.value) {
            return;
        }
        let sample_rate = self.zones.sample_rate();
        match parameters::place(change.parameter) {
            Some(at) => self.zones.set_zone(at, zone(&self.values, at, sample_rate)),
            None => {
                let zones = std::array::from_fn(|at| zone(&self.values, at, sample_rate));
                self.zones.set_all(zones, self.zones.shared());
            }
        }
    }

    fn reset(&mut self, _position: i64) {
        self.zones.reset();
        self.bypass.reset();
    }

    fn swap_content(&mut self, content: &mut (dyn Any + Send)) {
        if let Some(sounds) = content.downcast_mut::<SampleSet>() {
            sounds.add_missing(&self.kit);
            self.zones.swap_sounds(sounds);
        }
    }
}

fn zone(values: &Values, at: usize, sample_rate: f32) -> Zone {
    let own = |id: PadId| values.of_pad(at, id);
    let key = f32::from(PAD_KEYS.start) + at as f32;
    let decay = own(PadId::Decay) as f32;
    let sustain = if decay >= LONGEST_DECAY { 1.0 } else { 0.0 };
    let amplitude = Shape::of_times([0.1, decay, 60.0], sustain, sample_rate);
    let cutoff = own(PadId::Cutoff) as f32;
    Zone {
        fallback: Some(ZONES + own(PadId::Drum) as usize),
        root: key,
        keys: [key, key],
        velocities: [1.0, 127.0],
        tune: own(PadId::Tune) as f32 + own(PadId::Fine) as f32 / 100.0,
        tracking: 0.0,
        gains: gains(own(PadId::Level) + values.volume(), own(PadId::Pan) / 100.0),
        span: [0.0, 1.0],
        reverse: false,
        one_shot: true,
        looping: Looping::Off,
        loop_span: [0.0, 1.0],
        loop_fade: 0,
        choke: own(PadId::Choke) as u8,
        amplitude,
        amplitude_velocity: own(PadId::Velocity) as f32 / 100.0,
        response: (cutoff < OPEN_HERTZ).then_some(Response::LowPass12),
        cutoff: libm::log2f(cutoff),
        damping: damping(own(PadId::Resonance) as f32),
        filter: amplitude,
        filter_envelope: 0.0,
        filter_tracking: 0.0,
        filter_velocity: 0.0,
    }
}
