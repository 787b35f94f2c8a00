//! The audio half: checks each call of the audio thread and passes the sound on, times its gain, late by its latency.

use std::sync::atomic::Ordering;

use clack_extensions::{
    params::PluginAudioProcessorParams,
    tail::{PluginTailImpl, TailLength},
};
use clack_plugin::{
    events::{
        Pckn,
        event_types::{ParamValueEvent, TransportEvent, TransportFlags},
        spaces::CoreEventSpace,
    },
    prelude::*,
    process::audio::{ChannelPair, SampleType},
    utils::{BeatTime, SecondsTime},
};

use crate::{
    Shared, events,
    ledger::Phase,
    main_thread::{INPUTS, MainThread, OUTPUTS},
    parameters::{GAIN, VIOLATIONS},
};

/// Samples it says that it sounds on, and one more for each activation: so that a restart shows.
const TAIL: u32 = 480;
/// The gain that a flush it asked for gives out.
const FLUSHED_GAIN: f64 = 0.75;

/// Between activation and deactivation.
pub struct AudioHalf<'a> {
    shared: &'a Shared<'a>,
    limits: PluginAudioConfiguration,
    /// No call may begin before this.
    steady: Option<u64>,
    delay: Vec<[f32; 2]>,
    at: usize,
    told: u32,
}

impl<'a> PluginAudioProcessor<'a, Shared<'a>, MainThread<'a>> for AudioHalf<'a> {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread<'a>,
        shared: &'a Shared<'a>,
        limits: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        let ledger = &shared.ledger;
        ledger.on_main("activate");
        ledger.moves(Phase::Inactive, Phase::Active, "activate");
        let rate = limits.sample_rate;
        ledger.expect(rate.is_finite() && rate > 0.0, "the sample rate is above 0", rate);
        let bounds = 1 <= limits.min_frames_count && limits.min_frames_count <= limits.max_frames_count;
        let bounds = bounds && limits.max_frames_count <= i32::MAX.cast_unsigned();
        ledger.expect(bounds, "1 <= min_frames_count <= max_frames_count", limits.min_frames_count);
        let latency = shared.wanted_latency.load(Ordering::Acquire);
        shared.latency.store(latency, Ordering::Release);
        shared.activations.fetch_add(1, Ordering::AcqRel);
        let delay = vec![[0.0; 2]; latency as usize];
        Ok(Self { shared, limits, steady: None, delay, at: 0, told: 0 })
    }

    fn start_processing(&mut self) -> Result<(), PluginError> {
        let _call = self.shared.ledger.on_audio("start_processing");
        self.shared.ledger.moves(Phase::Active, Phase::Processing, "start_processing");
        Ok(())
    }

    fn stop_processing(&mut self) {
        let _call = self.shared.ledger.on_audio("stop_processing");
        self.shared.ledger.moves(Phase::Processing, Phase::Active, "stop_processing");
    }

    fn reset(&mut self) {
        let _call = self.shared.ledger.on_audio("reset");
        self.delay.fill([0.0; 2]);
        // From here steady_time may begin anew (CLAP, plugin.h).
        self.steady = None;
    }

    fn deactivate(self, _main_thread: &MainThread<'a>) {
        self.shared.ledger.on_main("deactivate");
        self.shared.ledger.audio_rests("deactivate");
        self.shared.ledger.moves(Phase::Active, Phase::Inactive, "deactivate");
    }

    fn process(
        &mut self,
        process: Process,
        mut audio: Audio,
        events: Events,
    ) -> Result<ProcessStatus, PluginError> {
        let ledger = &self.shared.ledger;
        let _call = ledger.on_audio("process");
        ledger.expect(ledger.phase() == Phase::Processing, "process comes after start_processing", "");
        let frames = audio.frames_count();
        let within = (self.limits.min_frames_count..=self.limits.max_frames_count).contains(&frames);
        ledger.expect(within, "a block is as long as activation announced", frames);
        self.check_time(process.steady_time, frames);
        if let Some(transport) = process.transport {
            self.check_transport(transport);
        }
        events::check(ledger, events.input, Some(frames));
        self.check_ports(&mut audio);
        self.play(&mut audio, events.input)?;
        self.tell_violations(events.output, frames);
        Ok(ProcessStatus::Continue)
    }
}

impl AudioHalf<'_> {
    fn check_time(&mut self, steady: Option<u64>, frames: u32) {
        let Some(steady) = steady else { return };
        let onward = self.steady.is_none_or(|earliest| steady >= earliest);
        self.shared.ledger.expect(onward, "steady_time grows by each block's frames", steady);
        self.steady = Some(steady + u64::from(frames));
    }

    fn check_transport(&self, transport: &TransportEvent) {
        let ledger = &self.shared.ledger;
        let has = |flag| transport.flags.contains(flag);
        let tempo = transport.tempo;
        let sound = !has(TransportFlags::HAS_TEMPO) || (tempo.is_finite() && tempo > 0.0);
        ledger.expect(sound && transport.tempo_inc.is_finite(), "a tempo is above 0", tempo);
        if has(TransportFlags::HAS_TIME_SIGNATURE) {
            let (upper, lower) = (transport.time_signature_numerator, transport.time_signature_denominator);
            let sound = upper > 0 && lower.is_power_of_two();
            ledger.expect(sound, "a time signature is one", format_args!("{upper}/{lower}"));
        }
        let beats = has(TransportFlags::HAS_BEATS_TIMELINE);
        if beats {
            let (bar, now) = (transport.bar_start, transport.song_pos_beats);
            ledger.expect(bar <= now || now < BeatTime::from_int(0), "a bar begins before its beats", "");
        }
        if has(TransportFlags::IS_LOOP_ACTIVE) {
            let beats = !beats || transport.loop_start_beats < transport.loop_end_beats;
            let (from, to) = (transport.loop_start_seconds, transport.loop_end_seconds);
            let seconds =
                !has(TransportFlags::HAS_SECONDS_TIMELINE) || (from < to && from >= SecondsTime::from_int(0));
            ledger.expect(beats && seconds, "a loop ends after it begins", "");
        }
    }

    /// The ports are the ones the plugin has, their samples are numbers, and none is shared that may not be.
    fn check_ports(&self, audio: &mut Audio) {
        let ledger = &self.shared.ledger;
        let (inputs, outputs) = (audio.input_port_count(), audio.output_port_count());
        let counted = inputs == INPUTS.len() && outputs == OUTPUTS.len();
        ledger.expect(counted, "all ports have buffers", format_args!("{inputs} in, {outputs} out"));
        for (port, (_, channels)) in audio.input_ports().zip(INPUTS) {
            ledger.expect(port.channel_count() == channels, "a port has its channels", port.channel_count());
            let Ok(SampleType::F32(buffers)) = port.channels() else {
                ledger.violation("samples have 32 bits where a port does not offer 64", "an input");
                continue;
            };
            let finite = buffers.iter().all(|buffer| buffer.iter().all(|sample| sample.is_finite()));
            ledger.expect(finite, "no input is NaN or infinite", "");
        }
        for (port, (_, channels)) in audio.output_ports().zip(OUTPUTS) {
            ledger.expect(port.channel_count() == channels, "a port has its channels", port.channel_count());
        }
    }

    fn play(&mut self, audio: &mut Audio, events: &InputEvents<'_>) -> Result<(), PluginError> {
        let mut port = audio.port_pair(0).ok_or(PluginError::Message("no port"))?;
        let SampleType::F32(mut channels) = port.channels()? else {
            return Err(PluginError::Message("not 32 bits"));
        };
        let mut at = 0;
        for (index, pair) in channels.iter_mut().enumerate() {
            let (input, output) = match pair {
                ChannelPair::InputOutput(input, output) => (input, output),
                ChannelPair::InPlace(_) => {
                    let rule = "in-place buffers are given to pairs that offer them only";
                    self.shared.ledger.violation(rule, index);
                    continue;
                }
                _ => continue,
            };
            at = self.at;
            let mut events = events.iter().peekable();
            for (frame, (input, output)) in input.iter().zip(output).enumerate() {
                while let Some(event) = events.next_if(|event| event.header().time() as usize <= frame) {
                    take(self.shared, event);
                }
                *output = self.delayed(&mut at, index, *input) * self.shared.gain();
            }
        }
        self.at = at;
        Ok(())
    }

    fn delayed(&mut self, at: &mut usize, channel: usize, sample: f32) -> f32 {
        let length = self.delay.len();
        let Some(oldest) = self.delay.get_mut(*at).and_then(|frame| frame.get_mut(channel)) else {
            return sample;
        };
        *at = (*at + 1) % length;
        std::mem::replace(oldest, sample)
    }

    /// A meter's way out: hosts that take it for an edit send it back, which is a violation in turn.
    fn tell_violations(&mut self, output: &mut OutputEvents<'_>, frames: u32) {
        let violations = self.shared.ledger.violations();
        if violations != std::mem::replace(&mut self.told, violations) {
            let id = ClapId::new(VIOLATIONS);
            let event = ParamValueEvent::new(frames - 1, id, Pckn::match_all(), f64::from(violations));
            // A full queue is the host's right.
            let _ = output.try_push(event);
        }
    }
}

impl PluginTailImpl for AudioHalf<'_> {
    fn get(&self) -> TailLength {
        TailLength::Finite(TAIL + self.shared.activations.load(Ordering::Acquire))
    }
}

impl PluginAudioProcessorParams for AudioHalf<'_> {
    fn flush(&mut self, input: &InputEvents, output: &mut OutputEvents) {
        let _call = self.shared.ledger.on_audio("flush");
        events::check(&self.shared.ledger, input, None);
        input.iter().for_each(|event| take(self.shared, event));
        if self.shared.flushes.swap(false, Ordering::AcqRel) {
            self.shared.set(GAIN, FLUSHED_GAIN);
            let event = ParamValueEvent::new(0, ClapId::new(GAIN), Pckn::match_all(), FLUSHED_GAIN);
            // A full queue is the host's right.
            let _ = output.try_push(event);
        }
    }
}

/// Takes a parameter's new value.
pub fn take(shared: &Shared<'_>, event: &UnknownEvent) {
    if let Some(CoreEventSpace::ParamValue(value)) = event.as_core_event()
        && let Some(id) = value.param_id()
    {
        shared.set(id.get(), value.value());
    }
}
