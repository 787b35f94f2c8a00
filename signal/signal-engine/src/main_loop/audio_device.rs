//! The control thread and its audio device: following it, choosing another, making everything anew for another format.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Parts, Reply};
use crate::audition::Auditions;
use crate::captures::Captures;
use crate::device::keeper::{DeviceDescription, Keeper, Turned};
use crate::device::settings::AudioSettings;
use crate::device::{Opened, Seat};
use crate::previews::Previews;
use crate::recording::click_output::ClickOutput;
use crate::refusal::Refusal;
use crate::rig::{Bench, Rig};

/// How long the end of Signal waits for the device's next block.
const FAREWELL: Duration = Duration::from_millis(500);

/// The device, and what it takes to put another in its place.
pub struct AudioDevice {
    /// What everything is made from.
    pub bench: Bench,
    /// Where the audio thread waits for a device.
    pub seat: Seat,
    /// Keeps one playing.
    pub keeper: Keeper,
    /// For watchers.
    pub shown: watch::Sender<DeviceDescription>,
    /// Where a choice is remembered.
    pub settings_file: Option<PathBuf>,
}

impl Drop for AudioDevice {
    /// Lets what was asked for last come to a block, for the next Signal goes on from there. Then ends the device's turn, so
    /// that it lets go of what sounds at its MIDI ports before it is ended.
    fn drop(&mut self) {
        self.seat.await_block(FAREWELL);
        drop(self.seat.next());
    }
}

impl Parts {
    pub(super) fn choose_audio_device(&mut self, settings: AudioSettings, reply: Reply<DeviceDescription>) {
        if let Err(reason) = settings.check() {
            let _ = reply.send(Err(Refusal::invalid(reason)));
            return;
        }
        if let Some(path) = &self.audio_device.settings_file
            && let Err(error) = settings.save(path)
        {
            let reason = format!("the choice can't be remembered in {}: {error}", path.display());
            let _ = reply.send(Err(Refusal::failed(reason)));
            return;
        }
        let AudioDevice { keeper, seat, .. } = &mut self.audio_device;
        keeper.choose(settings, seat, self.device.format);
        self.show_device();
        let _ = reply.send(Ok(self.device.clone()));
    }

    /// Lets the metronome be heard elsewhere.
    pub(super) fn set_click_output(&mut self, output: ClickOutput, reply: Reply<()>) {
        let kept = self.recording.set_click_output(output);
        self.show_device();
        let _ = reply.send(kept);
    }

    pub(super) fn follow_device(&mut self, now: Instant) {
        let AudioDevice { keeper, seat, .. } = &mut self.audio_device;
        match keeper.tick(now, seat, self.device.format) {
            Turned::Same => {}
            Turned::Changed => self.show_device(),
            Turned::OtherFormat(opened) => self.rebuild(opened),
        }
    }

    /// Everything anew for another rate or block. Pulse is let go and comes back with the whole graph; the song stays
    /// where it is and plays on if it played.
    fn rebuild(&mut self, opened: Box<dyn Opened>) {
        let format = opened.format();
        // The last turn ends here: from now on nobody writes where the song is.
        drop(self.audio_device.seat.next());
        let rig = match self.audio_device.bench.build(format) {
            Ok(rig) => rig,
            Err(error) => {
                tracing::error!("the device is not used: {error:#}");
                return;
            }
        };
        self.pulse = None;
        let Rig { audio, seat, disk, loudness, sandboxes, graph, transport, recording, midi } = rig;
        self.audio_device.keeper.install(opened, &seat);
        self.audio = audio;
        self.graph = graph;
        self.transport = transport;
        self.previews = Previews::default();
        self.captures = Captures::Idle;
        self.auditions = Auditions::default();
        let last = (
            std::mem::replace(&mut self.recording, recording),
            std::mem::replace(&mut self.midi, midi),
            std::mem::replace(&mut self.loudness, loudness),
            std::mem::replace(&mut self.disk, disk),
            std::mem::replace(&mut self.sandboxes, sandboxes),
            std::mem::replace(&mut self.audio_device.seat, seat),
        );
        // Sandboxes are given time to end.
        let _ = std::thread::Builder::new().name("leave format".into()).spawn(move || drop(last));
        self.device.format = format;
        tracing::info!("at {} Hz, {} frames a block", format.sample_rate, format.block_frames);
        self.show_device();
    }

    /// Looks at the MIDI ports, if it is time.
    pub(super) fn follow_midi(&mut self, now: Instant) {
        let (device, setup) = (self.audio_device.keeper.device(), self.recording.setup());
        let Some(news) = self.midi.tick(now, device, self.graph.spec(), setup) else { return };
        self.recording.set_ports(news.numbers);
        if news.changed {
            self.device.midi = self.midi.shown().clone();
            self.tell_device();
        }
    }

    fn show_device(&mut self) {
        let click_output = self.recording.click_output();
        self.device = self.audio_device.keeper.describe(self.device.format, click_output);
        self.device.midi = self.midi.shown().clone();
        self.recording.set_device(&self.device);
        self.tell_device();
    }

    fn tell_device(&self) {
        let device = &self.device;
        self.audio_device.shown.send_if_modified(|shown| {
            let other = shown != device;
            if other {
                shown.clone_from(device);
            }
            other
        });
    }
}
