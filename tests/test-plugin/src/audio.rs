//! The plugins' sound, sample by sample, and what some of them do instead.

use std::sync::atomic::Ordering;

use clack_extensions::params::PluginAudioProcessorParams;
use clack_plugin::{
    events::{event_types::ParamValueEvent, spaces::CoreEventSpace},
    prelude::*,
    process::audio::SampleType,
};

use crate::{
    Kind, LEVEL, Shared,
    deed::{Deed, Phase},
    main_thread::MainThread,
    sys,
};

/// The audio half of a plugin.
pub struct Processor<'a> {
    shared: &'a Shared<'a>,
    /// As long as the latency it reported: what it delays by.
    delay: Vec<[f32; 2]>,
    at: usize,
    /// Of the notes that are on: key and velocity.
    notes: Vec<(u16, f32)>,
    is_scribbling: bool,
}

/// Takes a parameter's new value.
pub fn apply(shared: &Shared<'_>, event: &UnknownEvent) {
    if let Some(CoreEventSpace::ParamValue(value)) = event.as_core_event()
        && let Some(id) = value.param_id()
    {
        shared.set(id.get(), value.value());
    }
}

impl<'a> PluginAudioProcessor<'a, Shared<'a>, MainThread<'a>> for Processor<'a> {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread<'a>,
        shared: &'a Shared<'a>,
        _configuration: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        shared.order.obey(Phase::Activate);
        let latency = shared.latency.load(Ordering::Relaxed) as usize;
        let (delay, notes) = (vec![[0.0; 2]; latency], Vec::with_capacity(128));
        Ok(Self { shared, delay, at: 0, notes, is_scribbling: false })
    }

    fn process(
        &mut self,
        _process: Process,
        mut audio: Audio,
        mut events: Events,
    ) -> Result<ProcessStatus, PluginError> {
        let mut port = audio.port_pair(0).ok_or(PluginError::Message("no port"))?;
        let SampleType::F32(mut channels) = port.channels()? else {
            return Err(PluginError::Message("not 32 bits"));
        };
        let frames = channels.frames_count() as usize;
        let mut input = events.input.iter().peekable();
        let mut peak = 0.0_f32;
        for frame in 0..frames {
            while let Some(event) = input.next_if(|event| event.header().time() as usize <= frame) {
                self.take(event);
            }
            let dry = [0, 1].map(|channel| {
                let pair = channels.channel_pair(channel);
                pair.and_then(|pair| pair.input().and_then(|input| input.get(frame).copied())).unwrap_or(0.0)
            });
            let wet = self.sound(dry);
            for (channel, sample) in wet.into_iter().enumerate() {
                peak = peak.max(sample.abs());
                if let Some(mut pair) = channels.channel_pair(channel)
                    && let Some(output) = pair.output_mut()
                {
                    output[frame] = sample;
                }
            }
        }
        if self.shared.order.is_due(Phase::Process) {
            self.give_too_much(&mut events);
        }
        let level = ParamValueEvent::new(0, ClapId::new(LEVEL), Pckn::match_all(), f64::from(peak));
        let _ = events.output.try_push(level);
        Ok(ProcessStatus::Continue)
    }

    fn deactivate(self, _main_thread: &MainThread<'a>) {
        self.shared.order.obey(Phase::Deactivate);
    }

    fn reset(&mut self) {
        self.delay.fill([0.0; 2]);
        self.notes.clear();
    }
}

impl Processor<'_> {
    fn take(&mut self, event: &UnknownEvent) {
        apply(self.shared, event);
        match event.as_core_event() {
            Some(CoreEventSpace::NoteOn(on)) => {
                let key = on.key().into_specific().unwrap_or(0);
                self.notes.push((key, on.velocity() as f32));
            }
            Some(CoreEventSpace::NoteOff(off)) => match off.key().into_specific() {
                Some(key) => self.notes.retain(|(held, _)| *held != key),
                None => self.notes.clear(),
            },
            _ => {}
        }
        if self.shared.triggered.load(Ordering::Relaxed) {
            self.misbehave();
        }
    }

    fn misbehave(&mut self) {
        self.shared.order.obey(Phase::Process);
        match self.shared.kind {
            Kind::Crash => std::process::abort(),
            Kind::Hang => loop {
                std::hint::spin_loop();
            },
            Kind::Scribble if !self.is_scribbling => {
                self.is_scribbling = true;
                std::thread::spawn(sys::scribble_without_end);
            }
            _ => {}
        }
    }

    /// Events without end, or a latency that is never the same.
    fn give_too_much(&mut self, events: &mut Events) {
        match self.shared.order.deed() {
            Deed::Flood => {
                for number in 0..100_000_u32 {
                    let value = f64::from(number % 100) / 25.0;
                    let flood =
                        ParamValueEvent::new(0, ClapId::new(1 + number % 3), Pckn::match_all(), value);
                    let _ = events.output.try_push(flood);
                }
            }
            Deed::Latency => {
                let latency = self.shared.latency.load(Ordering::Relaxed);
                self.shared.set(crate::LATENCY, f64::from((latency + 64) % 4096));
            }
            _ => {}
        }
    }

    fn sound(&mut self, dry: [f32; 2]) -> [f32; 2] {
        let delayed = match self.delay.get_mut(self.at) {
            None => dry,
            Some(oldest) => {
                let delayed = std::mem::replace(oldest, dry);
                self.at = (self.at + 1) % self.delay.len();
                delayed
            }
        };
        match self.shared.kind {
            Kind::Tone => [self.notes.iter().map(|(_, velocity)| velocity).sum(); 2],
            Kind::Deed if self.shared.order.is_due(Phase::Process) => match self.shared.order.deed() {
                Deed::Nan => [f32::NAN; 2],
                Deed::Infinity => [f32::INFINITY; 2],
                Deed::Loud => [1e6; 2],
                _ => delayed.map(|sample| sample * self.shared.gain()),
            },
            Kind::Nan if self.shared.triggered.load(Ordering::Relaxed) => [f32::NAN; 2],
            _ => delayed.map(|sample| sample * self.shared.gain() + self.shared.offset()),
        }
    }
}

impl PluginAudioProcessorParams for Processor<'_> {
    fn flush(&mut self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| apply(self.shared, event));
    }
}
