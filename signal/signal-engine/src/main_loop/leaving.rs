//! From one song to the next: the old one stops and is forgotten, then a Pulse connects that has another.
//!
//! It knows no song: what makes them two is that their graphs share nothing, whatever the ids say.

use std::time::{Duration, Instant};

use signal_graph::{Command, GraphUpdate, NodeKind, NodeSpec};

use super::{Parts, Reply};
use crate::audio_thread::DeviceHangs;
use crate::previews::Previews;
use crate::refusal::Refusal;

/// How long the next song may take to come. Then the one that is there may be played again.
const LONGEST_ABSENCE: Duration = Duration::from_secs(10);

/// How long it is waited for a block, in which the song stops. A device that gives none keeps nobody in a song.
const LONGEST_STOP: Duration = Duration::from_millis(500);

/// A song that is being left, from the request until everybody sees that it rests at its start.
pub struct Leaving {
    reply: Reply<()>,
    until: Instant,
}

/// Refuses to play while the next song is still to come.
pub(super) fn not_yet(reply: Reply<()>) {
    let _ = reply.send(Err(Refusal::not_now("another song is being opened")));
}

impl Parts {
    /// Stops at the start and forgets what was played, unless the song is being recorded into. Answered once it rests there.
    pub(super) fn leave_song(&mut self, only_ask: bool, reply: Reply<()>) -> Result<(), DeviceHangs> {
        if self.recording.is_on() {
            let reason = "the song is being recorded into: stop recording, then open another";
            let _ = reply.send(Err(Refusal::not_now(reason)));
            return Ok(());
        }
        if !only_ask {
            self.recording.end();
            self.transport.leave(&mut self.audio)?;
            self.recording.forget();
            self.audio.send(Command::Silence)?;
            self.audio.forget_rest();
            // Whoever listens to a sound beside the song may hear it to its end.
            let now = Instant::now();
            self.left = Some(now + LONGEST_ABSENCE);
            self.leaving.push(Leaving { reply, until: now + LONGEST_STOP });
            return Ok(());
        }
        let _ = reply.send(Ok(()));
        Ok(())
    }

    /// Answers whom the song has been left for.
    pub(super) fn tell_left(&mut self, now: Instant) {
        let rests = self.audio.rests_at() == Some(0);
        for left in self.leaving.extract_if(.., |leaving| rests || now >= leaving.until) {
            let _ = left.reply.send(Ok(()));
        }
    }

    /// Whether another song is still to come.
    pub(super) fn has_left(&mut self) -> bool {
        self.left = self.left.filter(|until| Instant::now() < *until);
        self.left.is_some()
    }

    /// Takes everything out of the graph, so that nothing of the next one takes its place: ids of two songs may meet.
    pub(super) fn empty_graph(&mut self) -> Result<(), DeviceHangs> {
        let output = self.graph.spec().nodes.iter().find(|(_, kind)| matches!(kind, NodeKind::Output));
        let Some((&id, _)) = output else { return Ok(()) };
        self.previews = Previews::default();
        let nodes = vec![NodeSpec { id, kind: NodeKind::Output }];
        let update = GraphUpdate { whole: true, nodes, ..GraphUpdate::default() };
        if let Err(reason) = self.apply(&update)? {
            tracing::error!("the last song's graph could not be emptied: {reason}");
        }
        Ok(())
    }

    /// The next song is there once its graph is.
    pub(super) fn arrived(&mut self, update: &GraphUpdate) {
        if update.whole && self.left.take().is_some() {
            // What the last song's end sounded like at the inputs is none of this one's.
            self.recording.forget();
            self.loudness.begin_anew();
        }
    }
}
