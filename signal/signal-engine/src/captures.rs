//! The one capture that may be under way, as the control thread steers it.
//!
//! It waits for nothing: the audio thread gives the tap back between two looks, and a thread of its own completes the file.

use std::path::Path;

use crate::audio_thread::AudioControl;
use crate::capture::{Capture, Captured};
use crate::main_loop::Reply;
use crate::refusal::Refusal;

/// A capture and how far it is.
#[derive(Default)]
pub enum Captures {
    /// None is under way.
    #[default]
    Idle,
    /// The audio thread has it.
    Running(Capture),
    /// It was asked back.
    Ending(Capture, Reply<Captured>),
}

impl Captures {
    /// Begins a capture into the file `path`.
    ///
    /// # Errors
    /// There is one already, or the file can't be begun.
    pub fn start(&mut self, path: &Path, sample_rate: u32, audio: &mut AudioControl) -> Result<(), Refusal> {
        if !matches!(self, Self::Idle) {
            return Err(Refusal::not_now("a capture is under way already"));
        }
        let (capture, tap) = Capture::start(path, sample_rate).map_err(Refusal::failed)?;
        if !audio.begin_capture(tap) {
            return Err(Refusal::not_now("the last capture has not come back yet"));
        }
        *self = Self::Running(capture);
        Ok(())
    }

    /// Completes it. Answered once the file is whole.
    pub fn stop(&mut self, audio: &mut AudioControl, reply: Reply<Captured>) {
        match std::mem::take(self) {
            Self::Running(capture) => {
                audio.end_capture();
                *self = Self::Ending(capture, reply);
            }
            other => {
                *self = other;
                let _ = reply.send(Err(Refusal::not_now("nothing is being captured")));
            }
        }
    }

    /// To be called now and then: completes the file once the audio thread has let go.
    pub fn tick(&mut self, audio: &mut AudioControl) {
        if !matches!(self, Self::Ending(..)) {
            return;
        }
        let Some(tap) = audio.returned_capture() else { return };
        if let Self::Ending(capture, reply) = std::mem::take(self) {
            tokio::task::spawn_blocking(move || {
                let _ = reply.send(capture.finish(tap).map_err(Refusal::failed));
            });
        }
    }
}
