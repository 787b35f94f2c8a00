//! Brings sound into memory for a render, a window ahead of what is computed: by the renderer itself where it has one
//! thread, by a thread of its own where it may use more, so that the disk and the nodes work at the same time.
//!
//! It makes no sound and knows no device. What is in memory when a block is computed does not depend on it, only when.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use signal_nodes::sound::{CHUNK_FRAMES, ReadAhead};

/// Frames loaded at once: as long as a chunk of a file, so that a window costs each file one or two reads.
const WINDOW: i64 = CHUNK_FRAMES as i64;

/// What loads for one render. `[control]`
#[derive(Debug)]
pub struct Loading {
    read_ahead: ReadAhead,
    loader: Option<Loader>,
    /// Everything before is in memory, back to what was computed last; `None` before the first block.
    loaded_to: Option<i64>,
}

impl Loading {
    /// Loads what `read_ahead` names.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn new(read_ahead: ReadAhead, threads: u32) -> io::Result<Self> {
        let loader = if threads > 1 { Some(Loader::start(read_ahead.clone())?) } else { None };
        Ok(Self { read_ahead, loader, loaded_to: None })
    }

    /// Returns once the block of `frames` at `position`, which follows the last, is in memory.
    ///
    /// # Errors
    /// The disk's.
    pub fn feed(&mut self, position: i64, frames: usize) -> io::Result<()> {
        let end = position.saturating_add(frames as i64);
        let mut loaded_to = match self.loaded_to {
            Some(loaded_to) => loaded_to,
            None => {
                self.ask(position, position);
                position
            }
        };
        while loaded_to < end {
            self.answer(position, loaded_to)?;
            loaded_to = loaded_to.saturating_add(WINDOW);
            self.ask(position, loaded_to);
        }
        self.loaded_to = Some(loaded_to);
        Ok(())
    }

    /// Begins to load the window at `start`; what lies between the block at `position` and it stays in memory.
    fn ask(&self, position: i64, start: i64) {
        if let Some(loader) = &self.loader {
            loader.ask(position, start.saturating_add(WINDOW));
        }
    }

    /// Ends loading it.
    fn answer(&self, position: i64, start: i64) -> io::Result<()> {
        match &self.loader {
            Some(loader) => loader.answer(),
            None => self.read_ahead.run(&[(position, start.saturating_add(WINDOW))]).map(drop),
        }
    }
}

/// The thread and the way to it.
#[derive(Debug)]
struct Loader {
    stretches: Option<SyncSender<(i64, i64)>>,
    answers: Receiver<io::Result<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    fn start(read_ahead: ReadAhead) -> io::Result<Self> {
        let (stretches, incoming) = sync_channel::<(i64, i64)>(1);
        let (outgoing, answers) = sync_channel(1);
        let load = move || {
            for stretch in incoming {
                if outgoing.send(read_ahead.run(&[stretch]).map(drop)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("loading".into()).spawn(load)?;
        Ok(Self { stretches: Some(stretches), answers, thread: Some(thread) })
    }

    fn ask(&self, from: i64, to: i64) {
        if let Some(stretches) = &self.stretches {
            // It is gone only if it panicked, which the missing answer tells.
            let _ = stretches.send((from, to));
        }
    }

    fn answer(&self) -> io::Result<()> {
        self.answers.recv().unwrap_or_else(|_| Err(io::Error::other("the loading thread ended")))
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.stretches = None;
        if let Some(thread) = self.thread.take() {
            // A last answer that nobody takes has room in the channel.
            let _ = thread.join();
        }
    }
}
