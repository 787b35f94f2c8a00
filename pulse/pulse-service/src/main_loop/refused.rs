//! What the disk does not take: the song goes back to what is there, and whoever waited is told.
//!
//! Nobody was answered and nothing published before it was on disk, so only undo labels and Signal may know more; both are
//! told anew.

use super::{LoopError, Running, Then, Waiting};
use crate::song::Refusal;

impl Running {
    /// Forgets what is not on disk, as if it had never been asked for. The next edit is tried again.
    pub(super) fn forget(&mut self, reason: &str) -> Result<(), LoopError> {
        let durable = *self.parts.durable.borrow();
        let lost = self.parts.song.sequence().saturating_sub(durable);
        tracing::warn!("{lost} edits were refused: {reason}");
        self.refusals += 1;
        self.parts.song.forget_after(durable).map_err(LoopError::Forgetting)?;
        let followers = self.refuse_all(reason);
        for (subscriber, have_sequence) in followers {
            self.follow(subscriber, have_sequence);
        }
        let song = &self.parts.song;
        self.subscribers.retain_mut(|subscriber| {
            let undo = song.undo_state(&subscriber.client);
            subscriber.send_undo(undo)
        });
        // The link to Signal may have looked at the song meanwhile.
        self.parts.durable.send_replace(durable);
        Ok(())
    }

    /// Tells everybody who waits for the disk; gives those who wait to follow the song.
    pub(super) fn refuse_all(&mut self, reason: &str) -> Vec<(crate::subscribers::Subscriber, Option<u64>)> {
        let mut followers = Vec::new();
        let refusal = || Refusal::Disk(reason.to_owned());
        for Waiting { then, .. } in self.waiting.drain(..) {
            match then {
                Then::Answer(reply, _) => drop(reply.send(Err(refusal()))),
                Then::Save(reply, _) => drop(reply.send(Err(refusal()))),
                Then::Publish(..) => {}
                Then::Follow(subscriber, have_sequence, _) => followers.push((subscriber, have_sequence)),
            }
        }
        followers
    }
}
