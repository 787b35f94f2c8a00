//! What waits to be sent to one page: messages in order, none of them lost, and the one latest telemetry.
//!
//! A page that falls [`MAX_BYTES`] behind is given up: its outbox is closed, and the page comes back by itself and asks
//! for what it missed. So neither a stuck tab nor a slow one costs more memory than this, or delays anyone else. Knows no
//! message's content and no socket.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::body::Bytes;
use tokio::sync::Notify;

/// As the contract says (page.proto).
pub const MAX_BYTES: usize = 4 << 20;
/// Bulk that can wait (the whole song, outlines of sounds) waits until less than this is ahead of it, so that it alone
/// never makes a page fall behind.
pub const ROOM_BELOW_BYTES: usize = 1 << 20;

/// The queue of one page. `[any]`
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Bytes>,
    bytes: usize,
    telemetry: Option<Bytes>,
    fell_behind: bool,
}

/// The page fell behind; nothing more will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page did not take its messages")]
pub struct FellBehind;

impl Outbox {
    /// Adds a message that must arrive. Gives the page up if it no longer fits.
    ///
    /// # Errors
    /// [`FellBehind`], now or before.
    pub fn push(&self, message: Bytes) -> Result<(), FellBehind> {
        let mut waiting = self.lock();
        if waiting.bytes + message.len() > MAX_BYTES {
            *waiting = Waiting { fell_behind: true, ..Waiting::default() };
        }
        let result = if waiting.fell_behind {
            Err(FellBehind)
        } else {
            waiting.bytes += message.len();
            waiting.messages.push_back(message);
            Ok(())
        };
        drop(waiting);
        self.filled.notify_one();
        result
    }

    /// Adds a message that must arrive, once the page has taken most of what is ahead of it.
    ///
    /// # Errors
    /// [`FellBehind`], now or before.
    pub async fn push_when_room(&self, message: Bytes) -> Result<(), FellBehind> {
        loop {
            // Registered before looking, so that no wake-up in between is missed.
            let emptied = self.emptied.notified();
            if self.lock().bytes < ROOM_BELOW_BYTES {
                return self.push(message);
            }
            emptied.await;
        }
    }

    /// Replaces the telemetry that waits.
    pub fn set_telemetry(&self, message: Bytes) {
        self.lock().telemetry = Some(message);
        self.filled.notify_one();
    }

    /// The next to send: messages first, then telemetry. Only one task may call it.
    ///
    /// # Errors
    /// [`FellBehind`]: the end.
    pub async fn next(&self) -> Result<Bytes, FellBehind> {
        loop {
            let filled = self.filled.notified();
            if let Some(result) = self.take() {
                return result;
            }
            filled.await;
        }
    }

    fn take(&self) -> Option<Result<Bytes, FellBehind>> {
        let mut waiting = self.lock();
        if waiting.fell_behind {
            return Some(Err(FellBehind));
        }
        if let Some(message) = waiting.messages.pop_front() {
            waiting.bytes -= message.len();
            drop(waiting);
            self.emptied.notify_waiters();
            return Some(Ok(message));
        }
        waiting.telemetry.take().map(Ok)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // No code runs under the lock that could leave it half changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize, fill: u8) -> Bytes {
        vec![fill; len].into()
    }

    #[tokio::test]
    async fn messages_keep_their_order_and_go_before_telemetry() {
        let outbox = Outbox::default();
        outbox.set_telemetry(bytes(1, 9));
        for fill in 1..=3 {
            outbox.push(bytes(1, fill)).unwrap();
        }
        for expected in [1, 2, 3, 9] {
            assert_eq!(outbox.next().await.unwrap()[0], expected);
        }
    }

    #[tokio::test]
    async fn only_the_latest_telemetry_is_kept() {
        let outbox = Outbox::default();
        for fill in 0..100 {
            outbox.set_telemetry(bytes(MAX_BYTES, fill));
        }
        assert_eq!(outbox.next().await.unwrap()[0], 99);
        assert!(outbox.take().is_none());
    }

    #[tokio::test]
    async fn a_page_that_falls_behind_is_given_up_for_good() {
        let outbox = Outbox::default();
        outbox.push(bytes(MAX_BYTES, 1)).unwrap();
        assert_eq!(outbox.push(bytes(1, 2)), Err(FellBehind));
        assert_eq!(outbox.next().await, Err(FellBehind));
        assert_eq!(outbox.push(bytes(1, 2)), Err(FellBehind));
        assert_eq!(outbox.lock().messages.len(), 0, "its memory is free again");
    }

    #[tokio::test]
    async fn bulk_of_any_size_reaches_a_page_that_takes_it_slowly() {
        let outbox = std::sync::Arc::new(Outbox::default());
        let bulk = tokio::spawn({
            let outbox = outbox.clone();
            async move {
                for fill in 0..100 {
                    outbox.push_when_room(bytes(512 << 10, fill)).await.unwrap();
                }
            }
        });
        for expected in 0..100 {
            assert_eq!(outbox.next().await.unwrap()[0], expected);
            tokio::task::yield_now().await;
        }
        bulk.await.unwrap();
    }
}
