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

/// Refuses to play while the next song is still to come.
pub(super) fn not_yet(reply: Reply<()>) {
    let _ = reply.send(Err(Refusal::not_now("another song is being opened")));
}

impl Parts {
    /// Stops at the start and forgets what was played, unless the song is being recorded into.
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
            // Whoever listens to a sound beside the song may hear it to its end.
            self.left = Some(Instant::now() + LONGEST_ABSENCE);
        }
        let _ = reply.send(Ok(()));
        Ok(())
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
