//! A stand-in for Signal: starts a sandbox, speaks its contract, and runs blocks through it.

use std::{
    io::{Read as _, Write as _},
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use chorus::{
    common::v1::ProtocolVersion,
    sandbox::v1::{
        ChainLoaded, Confined, Hello, LoadChain, ParameterConverted, RestoreState, SandboxMessage, SaveState,
        Shutdown, SignalMessage, convert_parameter, sandbox_message::Kind as Up,
        signal_message::Kind as Down,
    },
    signal::v1::{Parameter, PluginSlot},
};
use prost::Message as _;
use shm::{
    Deadline,
    sandbox_block::{BadReply, Position, ReplyHead, SignalEnd, TimedEvent},
};

/// Names a folder with copies of the programs, for a test that may not reach where they were built.
pub const LENT_PROGRAMS: &str = "LOOPHOLE_TEST_LENT_PROGRAMS";
/// Ten times what the slowest machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Signal's side of one sandbox.
pub struct Peer {
    child: Child,
    socket: UnixStream,
    end: SignalEnd,
    steady: u64,
    /// What plugins said, line by line.
    pub log: Vec<String>,
    confined: Option<Confined>,
    pid: u32,
}

impl Peer {
    /// Starts a sandbox that was told nothing yet.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// The same, with more arguments or another environment.
    pub fn start_with(prepare: impl FnOnce(&mut Command)) -> Self {
        let block = shm::sandbox_block::create().unwrap();
        let end = SignalEnd::open(&block, 8192).unwrap();
        let (socket, theirs) = UnixStream::pair().unwrap();
        let theirs = OwnedFd::from(theirs);
        for descriptor in [&theirs, &block] {
            rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::empty()).unwrap();
        }
        let mut command = Command::new(lent(env!("CARGO_BIN_EXE_loophole-sandbox")));
        command
            .args(["--socket-fd", &theirs.as_raw_fd().to_string()])
            .args(["--block-fd", &block.as_raw_fd().to_string()])
            .stdin(Stdio::null());
        prepare(&mut command);
        let child = command.spawn().unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { child, socket, end, steady: 0, log: Vec::new(), confined: None, pid: 0 }
    }

    /// Starts a sandbox with these plugins, offline at 48 kHz, and says how loading went.
    pub fn load(slots: Vec<PluginSlot>) -> (Self, ChainLoaded) {
        let mut peer = Self::start();
        peer.hello();
        let loaded = peer.load_chain(slots);
        (peer, loaded)
    }

    pub fn hello(&mut self) {
        let protocol = Some(ProtocolVersion { major: 1, minor: 0 });
        self.send(Down::Hello(Hello { protocol, build: "test".to_owned(), pid: 0 }));
        let Up::Hello(hello) = self.receive() else { panic!("no hello") };
        self.pid = hello.pid;
    }

    pub fn load_chain(&mut self, slots: Vec<PluginSlot>) -> ChainLoaded {
        self.load_chain_at(48_000, true, slots)
    }

    pub fn load_chain_at(&mut self, sample_rate: u32, offline: bool, slots: Vec<PluginSlot>) -> ChainLoaded {
        self.send(Down::LoadChain(LoadChain { sample_rate, max_block_frames: 8192, slots, offline }));
        self.until(|message| match message {
            Up::ChainLoaded(loaded) => Some(loaded),
            _ => None,
        })
    }

    /// Receives until a message is the one that is meant.
    pub fn until<T>(&mut self, meant: impl Fn(Up) -> Option<T>) -> T {
        loop {
            if let Some(found) = meant(self.receive()) {
                return found;
            }
        }
    }

    pub fn restore(&mut self, device: u64, state: &[u8]) {
        let total_bytes = state.len() as u64;
        self.send(Down::RestoreState(RestoreState { device, total_bytes, offset: 0, data: state.to_vec() }));
    }

    pub fn save(&mut self, device: u64) -> Result<Vec<u8>, String> {
        self.send(Down::SaveState(SaveState { device, request_id: 5 }));
        let mut state = Vec::new();
        loop {
            let Up::StatePart(part) = self.receive() else { continue };
            if !part.error.is_empty() {
                return Err(part.error);
            }
            assert_eq!((part.device, part.request_id, part.offset), (device, 5, state.len() as u64));
            state.extend_from_slice(&part.data);
            if state.len() as u64 == part.total_bytes {
                return Ok(state);
            }
        }
    }

    pub fn convert(
        &mut self,
        device: u64,
        parameter: u32,
        from: convert_parameter::From,
    ) -> ParameterConverted {
        self.send(Down::ConvertParameter(chorus::sandbox::v1::ConvertParameter {
            request_id: 9,
            device,
            parameter,
            from: Some(from),
        }));
        loop {
            if let Up::ParameterConverted(answer) = self.receive() {
                return answer;
            }
        }
    }

    pub fn send(&mut self, kind: Down) {
        let bytes = SignalMessage { kind: Some(kind) }.encode_to_vec();
        self.socket.write_all(&(bytes.len() as u32).to_le_bytes()).unwrap();
        self.socket.write_all(&bytes).unwrap();
    }

    pub fn receive(&mut self) -> Up {
        let mut length = [0; 4];
        self.socket.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.socket.read_exact(&mut bytes).unwrap();
        let message = SandboxMessage::decode(bytes.as_slice()).unwrap().kind.unwrap();
        match &message {
            Up::PluginLog(line) => self.log.push(line.text.clone()),
            Up::Confined(confined) => self.confined = Some(confined.clone()),
            _ => {}
        }
        message
    }

    /// All that is still said until the sandbox ends by itself, with its status.
    pub fn shut_down(mut self) -> (ExitStatus, Vec<String>) {
        self.send(Down::Shutdown(Shutdown {}));
        let mut rest = Vec::new();
        self.socket.read_to_end(&mut rest).unwrap();
        let mut rest = rest.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (message, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            if let Some(Up::PluginLog(line)) = SandboxMessage::decode(message).unwrap().kind {
                self.log.push(line.text);
            }
            rest = after;
        }
        (self.child.wait().unwrap(), std::mem::take(&mut self.log))
    }

    /// Runs one block through the plugins, in place.
    pub fn block(&mut self, left: &mut [f32], right: &mut [f32], events: &[TimedEvent]) -> ReplyHead {
        self.answer(left, right, events, None).expect("a good reply")
    }

    /// The same with a side-chain, and whatever the reply is.
    pub fn answer(
        &mut self,
        left: &mut [f32],
        right: &mut [f32],
        events: &[TimedEvent],
        side_chain: Option<[&[f32]; 2]>,
    ) -> Result<ReplyHead, BadReply> {
        let position = Position {
            playing: true,
            samples: self.steady as i64,
            steady_samples: self.steady,
            quarters: self.steady as f64 / 24_000.0,
            ..Position::default()
        };
        self.end.submit_with_side_chain(&position, events, [left, right], side_chain);
        assert!(self.end.wait(Deadline::after(PATIENCE)), "no answer");
        self.steady += left.len() as u64;
        self.end.collect([left, right])
    }

    /// Hands over a block that will not come back.
    pub fn crash(&mut self, event: TimedEvent) {
        self.end.submit(&Position::default(), &[event], [&[0.0; 64], &[0.0; 64]]);
    }

    /// Edits of the last block.
    pub fn edits(&self, head: &ReplyHead) -> Vec<(u32, u32, f64)> {
        (0..head.edits).filter_map(|index| self.end.edit(index)).collect()
    }

    /// How it says that it is confined.
    pub fn confined(&self) -> &Confined {
        self.confined.as_ref().expect("said before the chain is loaded")
    }

    /// The process that hosts the plugins.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Closes the socket and waits for the process to end.
    pub fn hang_up(mut self) -> ExitStatus {
        self.socket.shutdown(std::net::Shutdown::Both).unwrap();
        self.child.wait().unwrap()
    }

    /// Waits for the process to end by itself.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program or library, or the copy of it that was lent to this test.
pub fn lent(built: &str) -> PathBuf {
    let built = PathBuf::from(built);
    match (std::env::var_os(LENT_PROGRAMS), built.file_name()) {
        (Some(folder), Some(name)) => PathBuf::from(folder).join(name),
        _ => built,
    }
}

/// A slot of the chain.
pub fn slot(device: u64, bundle: &str, plugin_id: &str, parameters: &[(u32, f64)]) -> PluginSlot {
    PluginSlot {
        device,
        plugin_id: plugin_id.to_owned(),
        bundle: bundle.to_owned(),
        parameters: parameters.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect(),
        ..PluginSlot::default()
    }
}

/// Noise between -0.5 and 0.5, always the same.
pub fn noise(frames: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..frames).map(|_| next()).collect()
}
