//! From a folder and a listener to a running Pulse, and to its clean end.

use std::{path::PathBuf, sync::Arc, thread};

use anyhow::Context as _;
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    library::{
        Library,
        grants::{self, GrantBook, Limits},
        incidents::{self, Incidents},
    },
    main_loop::{self, Event, MainLoop},
    media::cache::MediaCache,
    options::Options,
    signal_link::{self, Around},
    song::SongState,
    store::{
        checkpoint::Checkpoint,
        folder::SongFolder,
        journal::{JournalWriter, LineHash},
        lock::{LockOwner, SongLock},
        open::{self, Opened},
        writer::JournalThread,
    },
    takes,
    wire::service::{PulseCalls, PulseServiceServer, Served},
};

/// Where this very binary is, also after a newer one has taken its place.
const OWN_BINARY: &str = "/proc/self/exe";

/// How a song is served.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the song, `Name.loophole`.
    pub song: PathBuf,
    /// What is written in its lock file: the path of the listening socket.
    pub address: String,
    /// Of Signal, to which the graph is sent.
    pub signal_socket: Option<PathBuf>,
    /// Refuses edits, and writes nothing but the cache.
    pub read_only: bool,
    /// Makes a song of this name if there is none.
    pub create: Option<String>,
    /// Sends Signal nothing before it is asked for: another song is still playing.
    pub standby: bool,
    /// The `loophole-pulse` binary, which is started to decode sounds.
    pub decoder: PathBuf,
    /// The `loophole-sandbox` binary, which is started to describe plugins.
    pub sandbox: PathBuf,
    /// Where it is remembered what went wrong with plugins; `None`: nowhere.
    pub incidents: Option<PathBuf>,
    /// The file of what plugins may reach.
    pub grants: Option<PathBuf>,
}

impl Config {
    /// Serves an existing song, for edits, without Signal.
    #[must_use]
    pub fn new(song: PathBuf) -> Self {
        Self {
            song,
            address: String::new(),
            signal_socket: None,
            read_only: false,
            create: None,
            standby: false,
            decoder: OWN_BINARY.into(),
            sandbox: beside("loophole-sandbox"),
            incidents: incidents::state_file(),
            grants: grants::config_file(),
        }
    }
}

impl From<Options> for Config {
    fn from(options: Options) -> Self {
        let stem = options.song.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = options.name.or(stem).unwrap_or_else(|| "Song".to_owned());
        Self {
            create: options.create.then_some(name),
            address: options.address,
            signal_socket: options.signal_socket,
            read_only: options.read_only,
            standby: options.standby,
            sandbox: options.sandbox_binary.unwrap_or_else(|| beside("loophole-sandbox")),
            incidents: options.incidents_file.or_else(incidents::state_file),
            grants: options.grants_file.or_else(grants::config_file),
            ..Self::new(options.song)
        }
    }
}

/// A program in the folder of this one.
fn beside(name: &str) -> PathBuf {
    std::env::current_exe().unwrap_or_default().with_file_name(name)
}

/// Serves a song until `stop` completes.
///
/// # Errors
/// If the song can't be opened, or its disk takes no more edits.
pub async fn run(
    listener: link::Listener,
    config: Config,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let folder = SongFolder::new(std::path::absolute(&config.song)?);
    let (_lock, parts) = open_song(&config, &folder).await?;
    tracing::info!("opened {} at change {}", folder.root().display(), parts.song.sequence());
    for diagnostic in parts.diagnostics.iter() {
        tracing::warn!("{diagnostic}");
    }
    let cache = Arc::new(MediaCache::new(folder.clone(), config.decoder));
    let durable = parts.durable.subscribe();
    let identity = identity(&folder, &parts.song);
    let (link, mut linked) = watch::channel(!config.standby);
    let (events, received) = mpsc::channel(main_loop::MAX_EVENTS);
    let (ended, mut loop_ended) = watch::channel(false);
    let runtime = tokio::runtime::Handle::current();
    let song = thread::Builder::new().name("song".to_owned()).spawn(move || {
        // Set when the loop returns and when it panics.
        let _ended = SetOnDrop(ended);
        runtime.block_on(main_loop::run(parts, received))
    })?;
    let takes_waiting = Arc::new(Notify::new());
    let taking = (!config.read_only).then(|| {
        let run = takes::run(events.clone(), folder.clone(), cache.clone(), takes_waiting.clone());
        tokio::spawn(run)
    });
    let incidents = Arc::new(Incidents::new(config.incidents));
    let grants = Arc::new(GrantBook::new(config.grants, Limits::of_this_user()));
    let watching = tokio::spawn(grants.clone().watch_file());
    let signal = config.signal_socket.map(|socket| {
        let around = Around {
            events: events.clone(),
            folder: folder.clone(),
            cache: cache.clone(),
            incidents: incidents.clone(),
            grants: grants.clone(),
            takes_waiting,
        };
        let run = signal_link::run(socket, durable, around);
        tokio::spawn(async move {
            // An error means that Pulse ends.
            if linked.wait_for(|linked| *linked).await.is_ok() {
                run.await;
            }
        })
    });
    let library = Library::new(config.sandbox, folder.cache(), incidents, grants);
    let served = Served { folder, identity, read_only: config.read_only, link };
    let calls = PulseCalls::new(events.clone(), served, cache, library);
    let stop_or_end = async move {
        tokio::select! {
            () = stop => {}
            _ = loop_ended.wait_for(|ended| *ended) => {}
        }
    };
    let served = link::serve(listener, "pulse", PulseServiceServer::new(calls), stop_or_end).await;
    for task in signal.into_iter().chain(taking).chain([watching]) {
        task.abort();
    }
    // Calls under way may still hold the channel; if the loop has ended already there is nobody to tell.
    let _ = events.send(Event::End).await;
    tokio::task::spawn_blocking(move || song.join())
        .await?
        .map_err(|_| anyhow::anyhow!("the main loop panicked"))??;
    Ok(served?)
}

/// Names this copy of this song and no other: what clients have of another one is no beginning of it.
fn identity(folder: &SongFolder, song: &SongState) -> String {
    format!("{:x} {}", song.replica(), folder.root().display())
}

struct SetOnDrop(watch::Sender<bool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

async fn open_song(config: &Config, folder: &SongFolder) -> anyhow::Result<(Option<SongLock>, MainLoop)> {
    let exists = folder.holds_a_song();
    anyhow::ensure!(exists || config.create.is_some(), "there is no song in {}", folder.root().display());
    let mut lock = None;
    if config.read_only {
        // A song on a read-only disk still plays what is cached.
        let _ = std::fs::create_dir_all(folder.cache());
    } else {
        if !exists {
            folder.make().context("making the song's folder")?;
        }
        let owner = LockOwner { pid: std::process::id(), address: config.address.clone() };
        lock = Some(SongLock::take(&folder.lock(), &owner)?);
        folder.make().context("making the song's folder")?;
        folder.sweep();
    }
    let mut parts = if exists {
        open_existing(folder)?
    } else {
        let song = SongState::create(config.create.as_deref().unwrap_or("Song"))?;
        Loaded {
            song,
            last_line: LineHash::START,
            next_segment: 1,
            needs_snapshot: true,
            text_differs: false,
            diagnostics: Vec::new(),
        }
    };
    let mut journal = None;
    if !config.read_only {
        let mut writer = JournalWriter::new(folder.journal(), parts.next_segment, parts.last_line);
        if parts.needs_snapshot {
            writer.append(&[parts.song.snapshot()?]).context("writing the song's first line")?;
            parts.last_line = writer.last();
        }
        journal = Some(JournalThread::start(writer)?);
    }
    let sequence = parts.song.sequence();
    let main_loop = MainLoop {
        song: parts.song,
        journal,
        checkpoint: Checkpoint::new(folder.clone(), parts.text_differs),
        last_line: parts.last_line,
        durable: watch::channel(sequence).0,
        diagnostics: Arc::new(parts.diagnostics),
        text_is_behind: !config.read_only && (parts.needs_snapshot || !folder.manifest().exists()),
    };
    Ok((lock, main_loop))
}

struct Loaded {
    song: SongState,
    last_line: LineHash,
    next_segment: u64,
    needs_snapshot: bool,
    text_differs: bool,
    diagnostics: Vec<String>,
}

fn open_existing(folder: &SongFolder) -> anyhow::Result<Loaded> {
    let opened = open::open(folder)?;
    let Opened { last_line, next_segment, needs_snapshot, text_differs, .. } = opened;
    let mut diagnostics = opened.diagnostics;
    let (song, more) = SongState::restore(opened.base, opened.transactions)?;
    let repaired = !more.is_empty();
    diagnostics.extend(more);
    diagnostics.extend(missing_media(folder, &song));
    Ok(Loaded {
        song,
        last_line,
        next_segment,
        needs_snapshot: needs_snapshot || repaired,
        text_differs,
        diagnostics,
    })
}

fn missing_media(folder: &SongFolder, song: &SongState) -> Vec<String> {
    let media = song.current().all_media().filter(|media| !folder.root().join(&media.path).is_file());
    media
        .map(|media| format!("the sound “{}” is missing ({}): its clips are silent", media.name, media.path))
        .collect()
}
