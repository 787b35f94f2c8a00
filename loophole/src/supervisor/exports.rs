//! Exports of the open song, one after the other, each a child that runs `loophole export`.
//!
//! 1. [`Exports::start`] puts a job at the end of the queue, for the song that is open then. It is exported as it is when
//!    its turn comes, also if another song is open by that time.
//! 2. The child attaches to the running Pulse for the song and starts a Signal of its own; playing and editing go on. It
//!    tells its progress and its files in lines of JSON.
//! 3. Told to break off, it removes what it has made so far.
//!
//! It knows no format and touches no file but the folder that exports go to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow, ensure};
use link::children::{Child, Program};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot, watch};

use super::OpenSong;
use crate::{
    log_file::{self, Log},
    places,
};

/// Jobs that may wait; more are refused.
const MOST_WAITING: usize = 32;
/// Jobs that are remembered after their end.
const MOST_OVER: usize = 50;
/// Orders and lines of a child on their way.
const DEPTH: usize = 64;
/// Longest name that is asked for, in bytes.
const LONGEST_NAME: usize = 120;
/// Names tried for a file of the same name.
const MOST_COPIES: u32 = 1_000;
/// How long a child may take to clean up before it is killed.
const STOP_GRACE: Duration = Duration::from_millis(1_500);
/// Random bytes of a key.
const KEY_BYTES: usize = 16;

/// What to export, as arguments of `loophole export`.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    /// Of the file or folder, without ending; empty: the song's.
    pub name: String,
    /// Ending of the file; `None`: stems, in a folder.
    pub ending: Option<&'static str>,
    /// All options but the output.
    pub options: Vec<String>,
}

/// An export, as it is told.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub id: u64,
    pub name: String,
    pub state: State,
    /// 0 to 1.
    pub progress: f64,
    pub times_realtime: f64,
    pub files: Vec<ExportedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    Running,
    Done,
    /// Why, for people.
    Failed(String),
}

/// A file that is there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ExportedFile {
    pub path: String,
    pub seconds: f64,
    pub rate: u32,
    pub peak_dbfs: f64,
    pub integrated_lufs: Option<f64>,
    pub range_lu: f64,
    pub true_peak_dbtp: Option<f64>,
    pub gain_db: f64,
    pub clipped_samples: u64,
    /// Opens it for the page.
    #[serde(skip)]
    pub key: String,
}

/// A line of the child.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Progress { progress: f64, x_realtime: f64 },
    File { file: ExportedFile },
}

/// Where exports are ordered and watched.
#[derive(Clone)]
pub(crate) struct Exports {
    orders: mpsc::Sender<Order>,
    /// All jobs by ascending id.
    pub jobs: watch::Receiver<Vec<Job>>,
}

enum Order {
    Start(Export, oneshot::Sender<anyhow::Result<u64>>),
    Cancel(u64, oneshot::Sender<bool>),
    End(oneshot::Sender<()>),
}

impl Exports {
    /// Of the song that is open. The work is done by a task that ends with the last handle.
    pub fn new(song: watch::Receiver<OpenSong>, log: Arc<Log>) -> Self {
        let (orders, incoming) = mpsc::channel(DEPTH);
        let (publish, jobs) = watch::channel(Vec::new());
        let queue = Queue { song, log, next_id: 1, waiting: Vec::new(), running: None, publish };
        tokio::spawn(queue.run(incoming));
        Self { orders, jobs }
    }

    /// Queues an export and gives its id.
    pub async fn start(&self, export: Export) -> anyhow::Result<u64> {
        let (reply, answer) = oneshot::channel();
        let _ = self.orders.send(Order::Start(export, reply)).await;
        answer.await.map_err(|_| anyhow!("Loophole is stopping"))?
    }

    /// Breaks an export off, or forgets one that is over. `false`: there is none of this id.
    pub async fn cancel(&self, id: u64) -> bool {
        let (reply, answer) = oneshot::channel();
        let _ = self.orders.send(Order::Cancel(id, reply)).await;
        answer.await.unwrap_or(false)
    }

    /// Breaks all off.
    pub async fn end(&self) {
        let (reply, answer) = oneshot::channel();
        let _ = self.orders.send(Order::End(reply)).await;
        let _ = answer.await;
    }
}

struct Queue {
    song: watch::Receiver<OpenSong>,
    log: Arc<Log>,
    next_id: u64,
    waiting: Vec<Waiting>,
    running: Option<Running>,
    publish: watch::Sender<Vec<Job>>,
}

struct Waiting {
    id: u64,
    song: PathBuf,
    export: Export,
}

struct Running {
    id: u64,
    child: Child,
    lines: mpsc::Receiver<String>,
    /// What it said last that is no JSON: why it failed.
    last_words: String,
}

impl Queue {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Start(export, reply)) => drop(reply.send(self.queue(export))),
                    Some(Order::Cancel(id, reply)) => drop(reply.send(self.cancel(id).await)),
                    Some(Order::End(reply)) => {
                        self.waiting.clear();
                        self.break_off().await;
                        let _ = reply.send(());
                        return;
                    }
                    None => return,
                },
                line = next_line(&mut self.running) => match line {
                    Some(line) => self.hear(&line),
                    None => self.ended().await,
                },
            }
            self.start_next();
        }
    }

    fn queue(&mut self, export: Export) -> anyhow::Result<u64> {
        ensure!(self.waiting.len() < MOST_WAITING, "{MOST_WAITING} exports are waiting already");
        check_name(&export.name)?;
        let id = self.next_id;
        self.next_id += 1;
        let song = self.song.borrow().path.clone();
        let name = if export.name.is_empty() { song_name(&song) } else { export.name.clone() };
        self.publish.send_modify(|jobs| {
            let state = State::Waiting;
            jobs.push(Job { id, name, state, progress: 0.0, times_realtime: 0.0, files: Vec::new() });
            let over = |job: &Job| matches!(job.state, State::Done | State::Failed(_));
            if jobs.iter().filter(|job| over(job)).count() > MOST_OVER
                && let Some(oldest) = jobs.iter().position(over)
            {
                jobs.remove(oldest);
            }
        });
        self.waiting.push(Waiting { id, song, export });
        Ok(id)
    }

    fn start_next(&mut self) {
        while self.running.is_none() && !self.waiting.is_empty() {
            let waiting = self.waiting.remove(0);
            let id = waiting.id;
            match self.spawn(&waiting) {
                Ok(running) => {
                    self.running = Some(running);
                    self.change(id, |job| job.state = State::Running);
                }
                Err(error) => self.change(id, |job| job.state = State::Failed(format!("{error:#}"))),
            }
        }
    }

    fn spawn(&self, waiting: &Waiting) -> anyhow::Result<Running> {
        let Waiting { id, song, export } = waiting;
        let name = if export.name.is_empty() { song_name(song) } else { export.name.clone() };
        let folder = places::data_folder()?.join("exports");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let output = free_name(&folder, &name, export.ending)?;
        let mut program = Program::new(std::env::current_exe()?).argument("export").argument(song);
        for option in &export.options {
            program = program.argument(option);
        }
        let program = program.option("--output", &output).argument("--json").argument("--background");
        let mut child = program.gather_output().spawn()?;
        let (to_queue, lines) = mpsc::channel(DEPTH);
        let output = child.output().context("the export tells nothing")?;
        let log = Arc::clone(&self.log);
        std::thread::Builder::new().name("export".into()).spawn(move || {
            log_file::each_line(output, |line| {
                if !line.starts_with('{') {
                    log.write("export", line);
                }
                let _ = to_queue.blocking_send(line.to_owned());
            });
        })?;
        Ok(Running { id: *id, child, lines, last_words: String::new() })
    }

    fn hear(&mut self, line: &str) {
        let Some(running) = &mut self.running else { return };
        let id = running.id;
        match serde_json::from_str(line) {
            Ok(Line::Progress { progress, x_realtime }) => self.change(id, |job| {
                job.progress = progress.clamp(0.0, 1.0);
                job.times_realtime = x_realtime;
            }),
            Ok(Line::File { file }) => {
                let key = random_key();
                self.change(id, |job| job.files.push(ExportedFile { key, ..file }));
            }
            Err(_) if !line.is_empty() => running.last_words = line.to_owned(),
            Err(_) => {}
        }
    }

    /// The child closed its output: it is at its end.
    async fn ended(&mut self) {
        let Some(running) = self.running.take() else { return };
        let exit = running.child.stop(STOP_GRACE).await;
        let words = running.last_words;
        self.change(running.id, |job| {
            (job.state, job.progress) = if exit.success() {
                (State::Done, 1.0)
            } else {
                let reason = words.strip_prefix("Error: ").unwrap_or(&words);
                let reason = if reason.is_empty() { exit.to_string() } else { reason.to_owned() };
                (State::Failed(reason), job.progress)
            }
        });
    }

    async fn cancel(&mut self, id: u64) -> bool {
        let known = self.publish.borrow().iter().any(|job| job.id == id);
        self.waiting.retain(|waiting| waiting.id != id);
        if self.running.as_ref().is_some_and(|running| running.id == id) {
            self.break_off().await;
        }
        self.publish.send_modify(|jobs| jobs.retain(|job| job.id != id));
        known
    }

    async fn break_off(&mut self) {
        if let Some(running) = self.running.take() {
            // It may be waiting for its lines to be taken.
            drop(running.lines);
            running.child.stop(STOP_GRACE).await;
        }
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Job)) {
        self.publish.send_modify(|jobs| {
            if let Some(job) = jobs.iter_mut().find(|job| job.id == id) {
                change(job);
            }
        });
    }
}

/// The running child's next line; `None` at its end. Never completes while nothing runs.
async fn next_line(running: &mut Option<Running>) -> Option<String> {
    match running {
        Some(running) => running.lines.recv().await,
        None => std::future::pending().await,
    }
}

fn song_name(song: &Path) -> String {
    song.file_stem().map_or_else(|| "Song".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn check_name(name: &str) -> anyhow::Result<()> {
    ensure!(name.len() <= LONGEST_NAME, "the name is longer than {LONGEST_NAME} bytes");
    let blank = !name.is_empty() && name.trim().is_empty();
    let plain = !blank
        && !name.starts_with('.')
        && !name.contains(|letter: char| letter == '/' || letter.is_control());
    ensure!(plain, "“{name}” can't be the name of a file");
    Ok(())
}

/// A path that is not taken.
fn free_name(folder: &Path, name: &str, ending: Option<&str>) -> anyhow::Result<PathBuf> {
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let names = std::iter::once(format!("{name}{ending}"))
        .chain((2..MOST_COPIES).map(|n| format!("{name} {n}{ending}")));
    let mut free = names.map(|name| folder.join(name)).filter(|path| !path.exists());
    free.next().with_context(|| format!("too many files called {name} in {}", folder.display()))
}

/// Empty where there are no random numbers: nobody can open the file over the page then.
fn random_key() -> String {
    let mut bytes = [0; KEY_BYTES];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for bad in ["../x", "a/b", ".hidden", "a\nb", "  ", &"x".repeat(121)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(check_name("Low Tide (mix 2)").is_ok());
    }

    #[test]
    fn name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("Song.wav"), "").expect("written");
        let free = free_name(folder.path(), "Song", Some("wav")).expect("a name");
        assert_eq!(free, folder.path().join("Song 2.wav"));
    }

    #[test]
    fn lines_of_a_child_are_told_apart() {
        let progress = serde_json::from_str(r#"{"progress":0.5,"x_realtime":12.0}"#);
        assert!(matches!(progress, Ok(Line::Progress { .. })));
        let file = r#"{"file":{"path":"/a.wav","frames":1,"seconds":1.0,"rate":48000,"peak_dbfs":-1.0,
            "integrated_lufs":null,"range_lu":0.0,"true_peak_dbtp":-0.5,"gain_db":0.0,"clipped_samples":0}}"#;
        assert!(matches!(serde_json::from_str(file), Ok(Line::File { .. })));
    }
}
