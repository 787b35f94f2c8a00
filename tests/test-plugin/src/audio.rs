//! The plugins' sound, from event to event, and what some of them do instead.

use std::{ops::Range, sync::atomic::Ordering};

use clack_extensions::params::PluginAudioProcessorParams;
use clack_plugin::{
    events::{event_types::ParamValueEvent, spaces::CoreEventSpace},
    prelude::*,
    process::audio::{ChannelPair, PairedChannels, SampleType},
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
    /// The block at work, as long as the longest.
    sound: Vec<[f32; 2]>,
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
        configuration: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        shared.order.obey(Phase::Activate);
        let latency = shared.latency.load(Ordering::Relaxed) as usize;
        let (delay, notes) = (vec![[0.0; 2]; latency], Vec::with_capacity(128));
        let sound = vec![[0.0; 2]; configuration.max_frames_count as usize];
        Ok(Self { shared, delay, at: 0, notes, is_scribbling: false, sound })
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
        let frames = (channels.frames_count() as usize).min(self.sound.len());
        self.read(&mut channels, frames);
        let mut input = events.input.iter().peekable();
        let mut start = 0;
        while start < frames {
            while let Some(event) = input.next_if(|event| event.header().time() as usize <= start) {
                self.take(event);
            }
            let end = input.peek().map_or(frames, |event| (event.header().time() as usize).min(frames));
            self.run(start..end);
            start = end;
        }
        self.write(&mut channels, frames);
        let peak = self.sound[..frames].as_flattened().iter().fold(0.0_f32, |peak, it| peak.max(it.abs()));
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

    /// A missing channel is silent.
    fn read(&mut self, channels: &mut PairedChannels<'_, f32>, frames: usize) {
        for channel in 0..2 {
            let pair = channels.channel_pair(channel);
            let input = pair.as_ref().and_then(ChannelPair::input);
            let samples = input.into_iter().flatten().copied().chain(std::iter::repeat(0.0));
            self.sound[..frames].iter_mut().zip(samples).for_each(|(frame, sample)| frame[channel] = sample);
        }
    }

    fn write(&self, channels: &mut PairedChannels<'_, f32>, frames: usize) {
        for channel in 0..2 {
            if let Some(mut pair) = channels.channel_pair(channel)
                && let Some(output) = pair.output_mut()
            {
                let sound = self.sound[..frames].iter().map(|frame| frame[channel]);
                output.iter_mut().zip(sound).for_each(|(output, sample)| *output = sample);
            }
        }
    }

    /// Frames between which no event lies.
    fn run(&mut self, frames: Range<usize>) {
        let sound = &mut self.sound[frames];
        if !self.delay.is_empty() {
            for frame in &mut *sound {
                std::mem::swap(&mut self.delay[self.at], frame);
                self.at = (self.at + 1) % self.delay.len();
            }
        }
        let deed = self.shared.order.is_due(Phase::Process).then(|| self.shared.order.deed());
        let triggered = self.shared.triggered.load(Ordering::Relaxed);
        let constant = match (self.shared.kind, deed) {
            (Kind::Tone, _) => Some(self.notes.iter().map(|(_, velocity)| velocity).sum()),
            (Kind::Deed, Some(Deed::Nan)) => Some(f32::NAN),
            (Kind::Deed, Some(Deed::Infinity)) => Some(f32::INFINITY),
            (Kind::Deed, Some(Deed::Loud)) => Some(1e6),
            (Kind::Nan, _) if triggered => Some(f32::NAN),
            _ => None,
        };
        if let Some(constant) = constant {
            sound.fill([constant; 2]);
            return;
        }
        let (gain, offset) = (self.shared.gain(), self.shared.offset());
        sound.as_flattened_mut().iter_mut().for_each(|sample| *sample = *sample * gain + offset);
    }
}

impl PluginAudioProcessorParams for Processor<'_> {
    fn flush(&mut self, input: &InputEvents, _output: &mut OutputEvents) {
        input.iter().for_each(|event| apply(self.shared, event));
    }
}
