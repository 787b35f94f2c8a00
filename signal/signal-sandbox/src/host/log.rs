//! Lines of plugins on their way to Signal. A plugin may write one on any thread, also on the audio thread: so nothing
//! here allocates or waits on the writing side, and what finds no room is counted, not kept.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use clack_extensions::log::LogSeverity;

/// Lines waiting for the main thread.
const MAX_WAITING: usize = 64;
/// Bytes of one line; what a plugin prints beyond is noise.
const MAX_BYTES: usize = 500;
/// Lines told to Signal in a second. Who writes more writes about every block, and would fill the disk.
const MAX_A_SECOND: usize = 50;

struct Line {
    device: u64,
    severity: LogSeverity,
    length: usize,
    bytes: [u8; MAX_BYTES],
}

/// The writing end, shared by all plugins of the process. `[any]`
#[derive(Clone, Debug)]
pub struct LogWriter {
    lines: SyncSender<Line>,
    lost: Arc<AtomicU64>,
}

impl LogWriter {
    /// `[any]` Writes a line, or counts it as lost. Returns whether there is something to read.
    pub fn write(&self, device: u64, severity: LogSeverity, text: &str) -> bool {
        let length = text.floor_char_boundary(MAX_BYTES);
        let mut bytes = [0; MAX_BYTES];
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        // The reader never sleeps on the channel, so that sending wakes nobody and takes no lock.
        let sent = self.lines.try_send(Line { device, severity, length, bytes }).is_ok();
        if !sent {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }
}

/// The reading end, on the main thread.
#[derive(Debug)]
pub struct LogReader {
    lines: Receiver<Line>,
    lost: Arc<AtomicU64>,
    second: Instant,
    told: usize,
}

/// Both ends.
pub fn log() -> (LogWriter, LogReader) {
    let (writer, lines) = sync_channel(MAX_WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    let reader = LogReader { lines, lost: lost.clone(), second: Instant::now(), told: 0 };
    (LogWriter { lines: writer, lost }, reader)
}

impl LogReader {
    /// Takes the lines to be told now, with the device they are of.
    pub fn take(&mut self, now: Instant) -> Vec<(u64, String)> {
        let mut lines = Vec::new();
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            (self.second, self.told) = (now, 0);
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                lines.push((0, format!("{lost} lines of plugins were too many and are left out")));
            }
        }
        for line in self.lines.try_iter() {
            if self.told == MAX_A_SECOND {
                self.lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            self.told += 1;
            let text = String::from_utf8_lossy(&line.bytes[..line.length]);
            lines.push((line.device, format!("{}: {text}", line.severity)));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_is_cut_and_said_to_be() {
        let (writer, mut reader) = log();
        let now = reader.second;
        let mut told = 0;
        for _ in 0..10 {
            (0..MAX_WAITING).for_each(|_| assert!(writer.write(7, LogSeverity::Info, "again")));
            assert!(!writer.write(7, LogSeverity::Info, "once too often"));
            told += reader.take(now).len();
        }
        assert_eq!(told, MAX_A_SECOND);
        let later = reader.take(now + Duration::from_secs(1));
        let lost = 10 * (MAX_WAITING + 1) - MAX_A_SECOND;
        assert_eq!(later, [(0, format!("{lost} lines of plugins were too many and are left out"))]);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let (writer, mut reader) = log();
        writer.write(7, LogSeverity::Error, &"ä".repeat(MAX_BYTES));
        let now = reader.second;
        assert_eq!(reader.take(now), [(7, format!("ERROR: {}", "ä".repeat(MAX_BYTES / 2)))]);
    }
}
