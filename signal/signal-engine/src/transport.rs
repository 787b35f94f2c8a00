//! Play, stop and locate, as the control thread carries them out.
//!
//! 1. Play and a locate during play wait until the sound there is in memory, at most [`LONGEST_WAIT`] (E4). The newest wins.
//! 2. A Signal that was started anew while the song played goes on by itself, from where the telemetry block says, once
//!    the whole graph is there and its plugins are loaded, or [`PLUGIN_WAIT`] after the graph.
//!
//! It touches no sample: fades and jumps are the player's.

use std::time::{Duration, Instant};

use signal_graph::Command;
use tokio::sync::mpsc;

use crate::audio_thread::{AudioControl, DeviceHangs};
use crate::disk::Disk;
use crate::main_loop::{Event, Reply};
use crate::refusal::Refusal;

/// How long play waits for the disk.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// How long going on after a restart waits for plugins once the graph is there.
const PLUGIN_WAIT: Duration = Duration::from_secs(2);
/// Farthest a playhead can be put, in samples: a day at 384 kHz a hundred times over, as for regions.
const FARTHEST_SAMPLE: i64 = 1 << 42;

/// Where the song is meant to be. `[control]`
pub struct Transport {
    events: mpsc::Sender<Event>,
    playing: bool,
    /// Where the playhead was put while the song rests.
    rests_at: Option<i64>,
    waiting: Option<Waiting>,
    resuming: Option<Resuming>,
    next_ticket: u64,
    /// Bars are to be clicked, after which the audio thread plays from here.
    counts_in: Option<i64>,
}

/// Sound is being read for a start.
struct Waiting {
    ticket: u64,
    position: i64,
    /// The playhead is not there yet.
    locate: bool,
    /// Bars are clicked before.
    counts_in: bool,
    until: Instant,
    replies: Vec<Reply<()>>,
}

/// The last Signal died while the song played.
#[derive(Clone, Copy)]
struct Resuming {
    /// When the graph had come, and how long plugins are waited for.
    until: Option<Instant>,
}

impl Transport {
    /// A song at rest. `events` is where the disk thread reports.
    pub fn new(events: mpsc::Sender<Event>) -> Self {
        Self {
            events,
            playing: false,
            rests_at: None,
            waiting: None,
            resuming: None,
            next_ticket: 0,
            counts_in: None,
        }
    }

    /// Puts the playhead where the last Signal left it, and plays on from there later if it played.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn restore(
        &mut self,
        position: i64,
        played: bool,
        audio: &mut AudioControl,
    ) -> Result<(), DeviceHangs> {
        self.rests_at = Some(position);
        self.resuming = played.then_some(Resuming { until: None });
        audio.set_intent(played);
        audio.send(Command::Locate(position))
    }

    /// Plays from the playhead. Answered once it does.
    pub fn play(&mut self, audio: &AudioControl, disk: &Disk, reply: Reply<()>) {
        self.resuming = None;
        if self.playing && self.waiting.is_none() {
            let _ = reply.send(Ok(()));
            return;
        }
        let position = self.position(audio);
        audio.set_intent(true);
        let locate = self.waiting.as_ref().is_some_and(|waiting| waiting.locate);
        self.wait_for(position, locate, disk, Some(reply));
    }

    /// Plays from a position, for a recording: after bars that are counted in, if `counts_in`.
    pub fn begin_at(
        &mut self,
        position: i64,
        counts_in: bool,
        audio: &AudioControl,
        disk: &Disk,
        reply: Reply<()>,
    ) {
        self.resuming = None;
        audio.set_intent(true);
        let locate = position != self.position(audio);
        self.wait_for(position, locate, disk, Some(reply));
        if let Some(waiting) = &mut self.waiting {
            waiting.counts_in = counts_in;
        }
    }

    /// Where bars are to be counted in now; asked once.
    pub fn take_count_in(&mut self) -> Option<i64> {
        self.counts_in.take()
    }

    /// Whether it plays, or is about to.
    pub fn plays(&self) -> bool {
        self.playing || self.waiting.is_some()
    }

    /// Stops where it is.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn stop(&mut self, audio: &mut AudioControl) -> Result<(), DeviceHangs> {
        self.resuming = None;
        self.counts_in = None;
        audio.set_intent(false);
        if self.playing {
            self.rests_at = None;
        }
        self.playing = false;
        if let Some(waiting) = self.waiting.take() {
            if waiting.locate {
                self.rests_at = Some(waiting.position);
                audio.send(Command::Locate(waiting.position))?;
            }
            answer(waiting);
        }
        audio.send(Command::Stop)
    }

    /// Stops and goes to the start, for another song.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn leave(&mut self, audio: &mut AudioControl) -> Result<(), DeviceHangs> {
        self.stop(audio)?;
        self.rests_at = Some(0);
        audio.send(Command::Locate(0))
    }

    /// Moves the playhead. During play the sound moves along once it is in memory.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn locate(
        &mut self,
        position: i64,
        audio: &mut AudioControl,
        disk: &Disk,
        reply: Reply<()>,
    ) -> Result<(), DeviceHangs> {
        if !(0..=FARTHEST_SAMPLE).contains(&position) {
            let _ = reply.send(Err(Refusal::invalid("the position lies outside of any song")));
            return Ok(());
        }
        if self.playing || self.waiting.is_some() {
            self.wait_for(position, true, disk, Some(reply));
            return Ok(());
        }
        self.rests_at = Some(position);
        disk.prefetch(position, Box::new(|| ()));
        let sent = audio.send(Command::Locate(position));
        let _ = reply.send(Ok(()));
        sent
    }

    /// The disk has what a start waits for.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn prefetched(&mut self, ticket: u64, audio: &mut AudioControl) -> Result<(), DeviceHangs> {
        match self.waiting.take() {
            Some(waiting) if waiting.ticket == ticket => self.start(waiting, audio),
            other => {
                self.waiting = other;
                Ok(())
            }
        }
    }

    /// The whole graph is there: what waited for it may begin.
    pub fn graph_arrived(&mut self, now: Instant) {
        if let Some(Resuming { until: until @ None }) = &mut self.resuming {
            *until = Some(now + PLUGIN_WAIT);
        }
    }

    /// Starts what has waited long enough. `loaded`: no plugin is loading.
    ///
    /// # Errors
    /// The device's thread hangs.
    pub fn tick(
        &mut self,
        now: Instant,
        loaded: bool,
        audio: &mut AudioControl,
        disk: &Disk,
    ) -> Result<(), DeviceHangs> {
        if let Some(Resuming { until: Some(until) }) = self.resuming
            && (loaded || now >= until)
        {
            self.resuming = None;
            self.wait_for(self.position(audio), false, disk, None);
        }
        match self.waiting.take() {
            Some(waiting) if now >= waiting.until => {
                tracing::info!("play starts although not all sound is in memory");
                self.start(waiting, audio)
            }
            other => {
                self.waiting = other;
                Ok(())
            }
        }
    }

    /// Where play would start.
    pub fn position(&self, audio: &AudioControl) -> i64 {
        let waits_at = self.waiting.as_ref().map(|waiting| waiting.position);
        waits_at.or(self.rests_at).unwrap_or_else(|| audio.position())
    }

    fn wait_for(&mut self, position: i64, locate: bool, disk: &Disk, reply: Option<Reply<()>>) {
        let mut replies = self.waiting.take().map(|waiting| waiting.replies).unwrap_or_default();
        replies.extend(reply);
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let until = Instant::now() + LONGEST_WAIT;
        self.waiting = Some(Waiting { ticket, position, locate, counts_in: false, until, replies });
        let events = self.events.clone();
        // Should there be no room, the wait's end comes instead.
        disk.prefetch(position, Box::new(move || drop(events.try_send(Event::Prefetched(ticket)))));
    }

    fn start(&mut self, waiting: Waiting, audio: &mut AudioControl) -> Result<(), DeviceHangs> {
        if waiting.locate {
            audio.send(Command::Locate(waiting.position))?;
        }
        if waiting.counts_in {
            self.counts_in = Some(waiting.position);
        } else if !self.playing {
            audio.send(Command::Play)?;
        }
        self.playing = true;
        self.rests_at = None;
        answer(waiting);
        Ok(())
    }
}

fn answer(waiting: Waiting) {
    for reply in waiting.replies {
        let _ = reply.send(Ok(()));
    }
}
