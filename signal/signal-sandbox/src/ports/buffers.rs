//! The buffers behind a plugin's ports. 32-bit samples only, which every CLAP plugin takes, and none shared between an
//! input and an output, which every plugin allows. Ports that nothing feeds get silence, and theirs is not heard.

use clack_host::{
    prelude::*,
    process::audio_buffers::{AudioPortBuffer, AudioPortBufferType, InputChannel},
};
use shm::sandbox_block::{Fault, MAX_LEVEL};

use super::AudioSide;

/// Channels of the chain's sound.
const STEREO: usize = 2;

/// Buffers of all ports of one direction.
#[derive(Debug)]
pub struct PortBuffers {
    ports: Vec<Vec<Vec<f32>>>,
    main: Option<usize>,
}

impl PortBuffers {
    /// For pieces of up to `max_frames`.
    pub fn new(side: &AudioSide, max_frames: usize) -> Self {
        let ports = side.channels.iter().map(|count| vec![vec![0.0; max_frames]; *count]).collect();
        Self { ports, main: side.main }
    }

    /// What `clack` needs room for.
    pub fn audio_ports(&self) -> AudioPorts {
        AudioPorts::with_capacity(self.ports.iter().map(Vec::len).sum(), self.ports.len())
    }

    /// `[audio]` Silence everywhere but where `fed` ports are going to be filled.
    pub fn silence(&mut self, frames: usize, fed: [Option<usize>; 2]) {
        for (index, port) in self.ports.iter_mut().enumerate() {
            let filled = if fed.contains(&Some(index)) { STEREO } else { 0 };
            port.iter_mut().skip(filled).for_each(|buffer| buffer[..frames].fill(0.0));
        }
    }

    /// `[audio]` Puts a stereo signal into a port: a mono one gets the mean of both, channels beyond stay as they are.
    pub fn fill(&mut self, port: usize, [left, right]: [&[f32]; 2]) {
        let frames = left.len();
        match self.ports.get_mut(port).map(Vec::as_mut_slice) {
            Some([mono]) => {
                let both = left.iter().zip(right);
                mono[..frames]
                    .iter_mut()
                    .zip(both)
                    .for_each(|(mono, (left, right))| *mono = (left + right) * 0.5);
            }
            Some([first, second, ..]) => {
                first[..frames].copy_from_slice(left);
                second[..frames].copy_from_slice(right);
            }
            _ => {}
        }
    }

    /// `[audio]` The main port's first two channels; a mono port gives its one twice; none without a main port.
    pub fn main(&self) -> Option<[&[f32]; 2]> {
        match self.ports.get(self.main?)?.as_slice() {
            [left, right, ..] => Some([left, right]),
            [mono] => Some([mono, mono]),
            [] => None,
        }
    }

    /// `[audio]` Judges the main port's first two channels, and flushes their denormals to zero.
    pub fn clean(&mut self, frames: usize) -> Result<(), Fault> {
        let port = self.main.and_then(|main| self.ports.get_mut(main));
        for channel in port.into_iter().flatten().take(STEREO) {
            let samples = &mut channel[..frames];
            // No early exit, so that the compiler makes it wide. NaN compares as false.
            let sound = samples.iter_mut().fold(true, |sound, sample| {
                let level = sample.abs();
                *sample = if level < f32::MIN_POSITIVE { 0.0 } else { *sample };
                sound & (level <= MAX_LEVEL)
            });
            if !sound {
                let finite = samples.iter().all(|sample| sample.is_finite());
                return Err(if finite { Fault::TooLoud } else { Fault::NotFinite });
            }
        }
        Ok(())
    }

    /// `[audio]` The buffers as inputs.
    pub fn as_inputs<'a>(&'a mut self, ports: &'a mut AudioPorts, frames: usize) -> InputAudioBuffers<'a> {
        ports.with_input_buffers(self.ports.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                port.iter_mut().map(move |channel| InputChannel::variable(&mut channel[..frames])),
            ),
        }))
    }

    /// `[audio]` The buffers as outputs.
    pub fn as_outputs<'a>(&'a mut self, ports: &'a mut AudioPorts, frames: usize) -> OutputAudioBuffers<'a> {
        ports.with_output_buffers(self.ports.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(
                port.iter_mut().map(move |channel| &mut channel[..frames]),
            ),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffers(sample: f32) -> PortBuffers {
        let mut buffers = PortBuffers::new(&AudioSide { channels: vec![2], main: Some(0) }, 8);
        buffers.fill(0, [&[0.5; 8], &[0.5, 0.5, sample, 0.5, 0.5, 0.5, 0.5, 0.5]]);
        buffers
    }

    #[test]
    fn what_is_no_sound_is_named_and_denormals_become_silence() {
        assert_eq!(buffers(f32::NAN).clean(8), Err(Fault::NotFinite));
        assert_eq!(buffers(f32::NEG_INFINITY).clean(8), Err(Fault::NotFinite));
        assert_eq!(buffers(-1000.1).clean(8), Err(Fault::TooLoud));
        assert_eq!(buffers(f32::NAN).clean(2), Ok(()), "beyond the piece");
        let mut denormal = buffers(-1e-40);
        assert_eq!(denormal.clean(8), Ok(()));
        assert_eq!(denormal.main().unwrap()[1][2].to_bits(), 0);
    }

    #[test]
    fn a_mono_port_takes_the_mean_and_is_heard_twice() {
        let mut mono = PortBuffers::new(&AudioSide { channels: vec![1], main: Some(0) }, 2);
        mono.fill(0, [&[1.0, 0.0], &[0.0, 0.5]]);
        assert_eq!(mono.main(), Some([&[0.5, 0.25][..], &[0.5, 0.25][..]]));
    }
}
