//! What plugins wish for while they run, and what comes back from the audio thread for it.

use std::{os::fd::AsRawFd as _, time::Instant};

use shm::sandbox_block::Runner;

use super::Sandbox;
use crate::{
    audio_thread::AudioThread,
    chain::{Command, Returned},
    crash::Blamed,
    host::Wish,
    plugin::Plugin,
    running::Running,
    table::ParameterTable,
    wire::{Notice, Wire},
};

impl Sandbox {
    /// Fulfils what every plugin wished for so far, once.
    pub(super) fn serve_plugins(&mut self) -> anyhow::Result<()> {
        let witness = self.witness.clone();
        let _blamed = Blamed::new(Runner::Main, &witness, self.wire.socket().as_raw_fd());
        let now = Instant::now();
        for (device, text) in self.lines.take(now) {
            self.wire.notice(Notice::Log { device, text })?;
        }
        for (index, plugin) in self.plugins.iter_mut().enumerate() {
            let Some(plugin) = plugin else { continue };
            witness.enter(Runner::Main, Some(index));
            if plugin.take_wish(Wish::Callback) {
                plugin.call_back();
            }
            plugin.fire_timers(now);
            tell(&mut self.wire, plugin)?;
            // A wish that finds no room stays one: the audio thread wakes this one when it has obeyed.
            let Some(audio) = self.audio.as_mut().filter(|audio| audio.has_room()) else { continue };
            if plugin.take_wish(Wish::Restart) {
                audio.command(Command::Release(index));
            }
            if plugin.take_wish(Wish::Describe) {
                let parameters = plugin.describe();
                audio.command(Command::Describe(index, ParameterTable::new(&parameters)));
                self.wire.notice(Notice::ParametersDescribed { device: plugin.device(), parameters })?;
            }
            if plugin.take_wish(Wish::Flush) {
                audio.command(Command::Flush(index));
            }
        }
        witness.enter(Runner::Main, None);
        while let Some(returned) = self.audio.as_mut().and_then(AudioThread::take_returned) {
            match returned {
                Returned::Running(index, running) => self.reactivate(index, running)?,
                Returned::Table(table) => drop(table),
            }
        }
        Ok(())
    }

    fn reactivate(&mut self, index: usize, running: Box<Running>) -> anyhow::Result<()> {
        let Some(plugin) = self.plugins.get_mut(index).and_then(Option::as_mut) else { return Ok(()) };
        let before = (plugin.latency(), plugin.facts());
        self.witness.enter(Runner::Main, Some(index));
        let running = plugin.reactivate(running)?;
        self.witness.enter(Runner::Main, None);
        let (device, latency, facts) = (plugin.device(), plugin.latency(), plugin.facts());
        if let Some(audio) = &mut self.audio {
            audio.command(Command::Install(index, running));
        }
        if latency != before.0 {
            self.wire.notice(Notice::LatencyChanged { device, latency })?;
        }
        if facts != before.1 {
            self.wire.notice(Notice::FactsChanged { device, facts })?;
        }
        Ok(())
    }
}

/// Says what the plugin wants Signal to know.
fn tell(wire: &mut Wire, plugin: &mut Plugin) -> anyhow::Result<()> {
    let device = plugin.device();
    if plugin.take_wish(Wish::ReadValues) {
        for (parameter, value) in plugin.changed_values() {
            wire.notice(Notice::ParameterEdited { device, parameter, value })?;
        }
    }
    if plugin.take_wish(Wish::SaveState) {
        wire.notice(Notice::StateDirty { device })?;
    }
    if plugin.take_wish(Wish::TellTail) {
        wire.notice(Notice::TailChanged { device, tail: plugin.tail() })?;
    }
    if plugin.take_wish(Wish::ReadFacts) {
        let facts = plugin.facts();
        wire.notice(Notice::FactsChanged { device, facts })?;
    }
    Ok(())
}
