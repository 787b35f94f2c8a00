//! A song in a temporary folder, and the real `loophole-pulse` serving it.

use std::{
    fs,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use chorus::pulse::v1::{
    AddNoteClip, AddTrack, Command, ExecuteRequest, ExecuteResponse, GetInfoRequest, GetInfoResponse,
    ImportRequest, ImportResponse, NewNote, SaveRequest, SetTrack, SubscribeRequest, SubscribeResponse,
    TrackKind, UndoRequest, command::Kind, pulse_service_client::PulseServiceClient, subscribe_response,
};
use link::children::{Child, Program};
use tempfile::TempDir;
use tonic::{Status, Streaming, transport::Channel};

/// Path of the binary under test.
pub const PULSE: &str = env!("CARGO_BIN_EXE_loophole-pulse");
/// Ticks of a quarter note.
pub const QUARTER: i64 = 46_126_080;

/// A place for a song and its sockets.
pub struct Place {
    folder: TempDir,
}

/// A running Pulse.
pub struct Pulse {
    child: Child,
    socket: PathBuf,
}

/// A client's calls.
pub type Client = PulseServiceClient<Channel>;

impl Place {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The song's folder.
    pub fn song(&self) -> PathBuf {
        self.folder.path().join("Test.loophole")
    }

    /// A file beside the song.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Serves the song, which is made if it isn't there.
    pub fn pulse(&self) -> Pulse {
        self.pulse_with(|program| program.argument("--create").option("--name", "Test"))
    }

    /// Serves the song with more arguments.
    pub fn pulse_with(&self, arguments: impl FnOnce(Program) -> Program) -> Pulse {
        let socket = self.folder.path().join("pulse.sock");
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).expect("a socket");
        let program = Program::new(PULSE)
            .option("--song", self.song())
            .option("--address", &socket)
            .option("--incidents-file", self.file("incidents.json"))
            .option("--grants-file", self.file("grants.json"))
            .hand_down("--listen-fd", &listener)
            .expect("a descriptor");
        let child = arguments(program).spawn().expect("loophole-pulse starts");
        Pulse { child, socket }
    }

    /// Names of the journal's segments.
    pub fn segments(&self) -> Vec<PathBuf> {
        let mut segments: Vec<PathBuf> = fs::read_dir(self.song().join("journal"))
            .expect("a journal")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        segments.sort();
        segments
    }

    /// Every file of the song with its content, but what may change without the song.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.song(), &mut files);
        files.retain(|(path, _)| !path.ends_with("lock"));
        files.sort();
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).expect("a file");
            files.push((path, content));
        }
    }
}

impl Pulse {
    /// Connects as a client of this name.
    pub async fn client(&self, name: &str) -> Client {
        let hello = link::Hello { process: "test".to_owned(), client: name.to_owned() };
        let connected = tokio::select! {
            connected = link::connect_when_ready(&self.socket, hello) => connected.expect("connects"),
            exit = self.child.exited() => panic!("loophole-pulse ended: {exit}"),
        };
        PulseServiceClient::new(connected.channel.clone())
    }

    /// Kills it as nothing can prevent, and waits until it is gone.
    pub async fn kill(self) {
        self.child.kill();
        self.child.exited().await;
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(self) {
        self.child.signal(rustix::process::Signal::TERM);
        let exit = self.child.exited().await;
        assert!(exit.success(), "{exit}");
    }

    /// Waits until it answers, then ends it.
    pub async fn end_after_opening(self) {
        self.client("test").await;
        self.end().await;
    }

    /// Waits until it has ended by itself, without success.
    pub async fn fails(self) {
        assert!(!self.child.exited().await.success());
    }
}

/// Adds a track of this id and name.
pub fn add_track(id: u64, name: &str) -> Command {
    let kind = TrackKind::Instrument.into();
    Command {
        kind: Some(Kind::AddTrack(AddTrack {
            id,
            kind,
            name: name.to_owned(),
            color: None,
            before: 0,
            group: 0,
        })),
    }
}

/// Renames a track.
pub fn rename(id: u64, name: &str) -> Command {
    Command {
        kind: Some(Kind::SetTrack(SetTrack { id, name: Some(name.to_owned()), ..SetTrack::default() })),
    }
}

/// Sets a track's fader.
pub fn fade(id: u64, fader_db: f64) -> Command {
    Command { kind: Some(Kind::SetTrack(SetTrack { id, fader_db: Some(fader_db), ..SetTrack::default() })) }
}

/// Adds a clip of `count` notes to a track.
pub fn add_clip(id: u64, track: u64, count: i64) -> Command {
    let note = |index| NewNote { start: index * QUARTER, length: QUARTER, pitch: 60, ..NewNote::default() };
    let notes = (0..count).map(note).collect();
    let length = count.max(1) * QUARTER;
    Command {
        kind: Some(Kind::AddNoteClip(AddNoteClip {
            id,
            track,
            start: 0,
            length,
            name: String::new(),
            notes,
            lane: 0,
        })),
    }
}

/// Carries commands out as one transaction.
pub async fn execute(client: &mut Client, commands: Vec<Command>) -> Result<ExecuteResponse, Status> {
    let request = ExecuteRequest { commands, label: String::new() };
    Ok(client.execute(request).await?.into_inner())
}

/// Undoes the client's last.
pub async fn undo(client: &mut Client) -> Result<String, Status> {
    Ok(client.undo(UndoRequest {}).await?.into_inner().label)
}

/// Writes the text.
pub async fn save(client: &mut Client) {
    client.save(SaveRequest {}).await.expect("saves");
}

/// What there is.
pub async fn info(client: &mut Client) -> GetInfoResponse {
    client.get_info(GetInfoRequest {}).await.expect("answers").into_inner()
}

/// Imports files.
pub async fn import(client: &mut Client, paths: &[PathBuf]) -> Vec<ImportResponse> {
    let paths = paths.iter().map(|path| path.to_str().expect("UTF-8").to_owned()).collect();
    let mut answers = client
        .import(ImportRequest { paths, media_only: false, place: None })
        .await
        .expect("begins")
        .into_inner();
    let mut all = Vec::new();
    while let Some(answer) = answers.message().await.expect("goes on") {
        all.push(answer);
    }
    all
}

/// Follows the song.
pub async fn subscribe(client: &mut Client, have_sequence: Option<u64>) -> Streaming<SubscribeResponse> {
    let request = SubscribeRequest { have_sequence, song: String::new() };
    client.subscribe(request).await.expect("subscribes").into_inner()
}

/// The next message.
pub async fn next(stream: &mut Streaming<SubscribeResponse>) -> subscribe_response::Kind {
    stream.message().await.expect("goes on").expect("does not end").kind.expect("a kind")
}

/// The whole song, as a new client gets it.
pub async fn whole_song(client: &mut Client) -> (u64, Vec<chorus::pulse::v1::Entity>) {
    let mut stream = subscribe(client, None).await;
    let mut entities = Vec::new();
    loop {
        if let subscribe_response::Kind::Part(part) = next(&mut stream).await {
            assert_eq!(part.first, entities.is_empty());
            entities.extend(part.entities);
            if part.last {
                return (part.sequence, entities);
            }
        }
    }
}

/// Names of the tracks, in the order of their ids.
pub async fn track_names(client: &mut Client) -> Vec<String> {
    let (_, entities) = whole_song(client).await;
    let names = entities.into_iter().filter_map(|entity| match entity.kind {
        Some(chorus::pulse::v1::entity::Kind::Track(track)) => Some(track.name),
        _ => None,
    });
    names.collect()
}
