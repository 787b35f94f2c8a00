//! The one log of all processes: lines appended, bounded by rotation, read from its end.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use link::children::Child;

/// The file is renamed to `loophole.log.1` beyond this, which replaces the one before: weeks of normal use.
const MAX_FILE_BYTES: u64 = 8 << 20;
/// Longest line kept, so that a child that writes without end fills neither memory nor disk with one line.
const MAX_LINE_BYTES: u64 = 8 << 10;
/// How far back the last lines are searched.
const MAX_TAIL_BYTES: u64 = 2 << 20;
/// Longest stretch a follower reads at once.
const MAX_READ_BYTES: u64 = 256 << 10;

/// The log, for writing. Several Loopholes may write to one file.
pub(crate) struct Log {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

impl Log {
    /// Opens it, and creates it and its folder where needed.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = Mutex::new(Some(append_to(&path)?));
        Ok(Self { path, file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line of `process`. Lines that do not start with a time get one: plugins print what they like.
    /// A full disk loses lines, not sound: errors are ignored.
    pub fn write(&self, process: &str, line: &str) {
        let Ok(mut slot) = self.file.lock() else { return };
        let text = if starts_with_time(line) {
            format!("{line}\n")
        } else {
            format!("{} {:>5} {process} {line}\n", now_utc(), "INFO")
        };
        if let Some(file) = slot.as_mut() {
            let _ = file.write_all(text.as_bytes());
        }
        let full =
            slot.as_ref().and_then(|file| file.metadata().ok()).is_none_or(|m| m.len() > MAX_FILE_BYTES);
        if full {
            *slot = self.rotate(slot.take()).ok();
        }
    }

    fn rotate(&self, full: Option<File>) -> io::Result<File> {
        let inode = full.and_then(|file| file.metadata().ok()).map(|metadata| metadata.ino());
        let current = fs::metadata(&self.path).ok().map(|metadata| metadata.ino());
        // Another Loophole may have rotated it already.
        if inode.is_some() && inode == current {
            let mut old = self.path.clone().into_os_string();
            old.push(".1");
            fs::rename(&self.path, old)?;
        }
        append_to(&self.path)
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Calls `take` with each line of a child's output, bounded in length, until it ends.
pub(crate) fn each_line(output: impl io::Read, mut take: impl FnMut(&str)) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => take(String::from_utf8_lossy(&line).trim_end()),
        }
    }
}

/// The last lines of a process, kept to say why it ended.
#[derive(Clone, Default)]
pub(crate) struct LastLines(Arc<Mutex<VecDeque<String>>>);

impl LastLines {
    /// Lines kept: a panic's or a loader's message is shorter.
    const KEPT: usize = 20;

    fn keep(&self, line: &str) {
        let Ok(mut lines) = self.0.lock() else { return };
        if lines.len() == Self::KEPT {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// What it said last.
    pub fn last_words(&self) -> String {
        let lines = self.0.lock().map(|lines| lines.clone()).unwrap_or_default();
        let last = lines.iter().rev().find(|line| !line.is_empty());
        last.map_or_else(|| "it did not say why".to_owned(), |line| text_of(line).to_owned())
    }
}

/// Reads what a child prints into the log and into `last_lines`, in a thread that ends with the output.
pub(crate) fn gather(
    child: &mut Child,
    name: &'static str,
    log: Option<Arc<Log>>,
    last_lines: &LastLines,
) -> io::Result<()> {
    let Some(output) = child.output() else { return Ok(()) };
    let last_lines = last_lines.clone();
    std::thread::Builder::new().name(format!("log of {name}")).spawn(move || {
        each_line(output, |line| {
            if let Some(log) = &log {
                log.write(name, line);
            }
            last_lines.keep(line);
        });
    })?;
    Ok(())
}

fn starts_with_time(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 20 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && bytes[10] == b'T'
}

/// The text of a line, without time, level and process.
fn text_of(line: &str) -> &str {
    if !starts_with_time(line) {
        return line;
    }
    let mut rest = line;
    for _ in 0..3 {
        rest = rest.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
    }
    rest
}

/// Now as "2026-11-22T14:33:58.123456Z".
fn now_utc() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z", since.subsec_micros())
}

/// Days since 1970 to year, month, day, by counting from March in eras of 400 years, whose leap days come last.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Reads the log from near its end on, across rotations.
pub(crate) struct Follower {
    path: PathBuf,
    file: Option<File>,
    partial: Vec<u8>,
}

impl Follower {
    /// The last `count` lines, and a follower for those after them.
    pub fn tail(path: &Path, count: usize) -> io::Result<(Vec<String>, Self)> {
        let mut follower = Self { path: path.to_owned(), file: None, partial: Vec::new() };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), follower)),
            Err(error) => return Err(error),
        };
        let start = file.metadata()?.len().saturating_sub(MAX_TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        (&mut file).take(MAX_TAIL_BYTES).read_to_end(&mut bytes)?;
        follower.file = Some(file);
        let mut lines = follower.complete(&bytes);
        if start > 0 && !lines.is_empty() {
            // It began in the middle.
            lines.remove(0);
        }
        lines.drain(..lines.len().saturating_sub(count));
        Ok((lines, follower))
    }

    /// The lines that have come since. Does not wait.
    pub fn new_lines(&mut self) -> io::Result<Vec<String>> {
        let mut bytes = Vec::new();
        if let Some(file) = &mut self.file {
            file.take(MAX_READ_BYTES).read_to_end(&mut bytes)?;
        }
        let mut lines = self.complete(&bytes);
        if bytes.is_empty() && self.was_replaced() {
            self.partial.clear();
            self.file = File::open(&self.path).ok();
            if self.file.is_some() {
                lines = self.new_lines()?;
            }
        }
        Ok(lines)
    }

    fn was_replaced(&self) -> bool {
        let inode = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|metadata| metadata.ino());
        let there = inode(fs::metadata(&self.path));
        there.is_some() && there != self.file.as_ref().and_then(|file| inode(file.metadata()))
    }

    fn complete(&mut self, bytes: &[u8]) -> Vec<String> {
        self.partial.extend_from_slice(bytes);
        let Some(end) = self.partial.iter().rposition(|&byte| byte == b'\n') else { return Vec::new() };
        let rest = self.partial.split_off(end + 1);
        let whole = std::mem::replace(&mut self.partial, rest);
        String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (tempfile::TempDir, Log) {
        let folder = tempfile::tempdir().expect("folder");
        let log = Log::open(folder.path().join("state/loophole.log")).expect("log");
        (folder, log)
    }

    #[test]
    fn dates_are_right_at_leap_days_and_ends_of_years() {
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(11_016), (2000, 2, 29));
        assert_eq!(civil_from_days(20_818), (2026, 12, 31));
        assert_eq!(civil_from_days(47_540), (2100, 2, 28));
        assert_eq!(civil_from_days(47_541), (2100, 3, 1));
    }

    #[test]
    fn only_lines_without_a_time_get_one() {
        let (_folder, log) = log();
        log.write("signal", "2026-11-22T14:33:58.123456Z  INFO signal begun");
        log.write("signal", "a plugin says hello");
        let (lines, _) = Follower::tail(log.path(), 10).expect("tail");
        assert_eq!(lines[0], "2026-11-22T14:33:58.123456Z  INFO signal begun");
        assert!(
            starts_with_time(&lines[1]) && lines[1].ends_with(" INFO signal a plugin says hello"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn text_of_a_line_is_what_the_process_said() {
        assert_eq!(
            text_of("2026-11-22T14:33:58.123456Z ERROR pulse the song is locked"),
            "the song is locked"
        );
        assert_eq!(text_of("Error: no such file"), "Error: no such file");
    }

    #[test]
    fn follower_sees_the_last_lines_and_then_the_new_ones_across_a_rotation() {
        let (_folder, log) = log();
        for number in 0..5 {
            log.write("pulse", &format!("line {number}"));
        }
        let (lines, mut follower) = Follower::tail(log.path(), 2).expect("tail");
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with("line 3"));
        let long = "x".repeat(4 << 10);
        let mut seen = Vec::new();
        for _ in 0..MAX_FILE_BYTES / (4 << 10) + 1 {
            log.write("pulse", &long);
            seen.extend(follower.new_lines().expect("read"));
        }
        log.write("pulse", "after");
        seen.extend(follower.new_lines().expect("read"));
        assert!(seen.last().is_some_and(|line| line.ends_with("after")));
        assert_eq!(seen.len() as u64, MAX_FILE_BYTES / (4 << 10) + 2);
        assert!(log.path().with_extension("log.1").exists());
        assert!(fs::metadata(log.path()).expect("log").len() < MAX_FILE_BYTES);
    }

    #[test]
    fn line_without_end_is_cut() {
        let mut lengths = Vec::new();
        each_line(io::repeat(b'x').take(MAX_LINE_BYTES * 2 + 1), |line| lengths.push(line.len() as u64));
        assert_eq!(lengths, [MAX_LINE_BYTES, MAX_LINE_BYTES, 1]);
    }
}
