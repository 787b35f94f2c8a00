//! A stand-in for Signal: starts a sandbox, speaks its contract, and runs blocks through it.

use std::{
    io::{Read as _, Write as _},
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use chorus::{
    common::v1::ProtocolVersion,
    sandbox::v1::{
        ChainLoaded, Confined, Hello, LoadChain, ParameterConverted, RestoreState, SandboxMessage, SaveState,
        SignalMessage, convert_parameter, sandbox_message::Kind as Up, signal_message::Kind as Down,
    },
    signal::v1::{Parameter, PluginSlot},
};
use prost::Message as _;
use shm::{
    Deadline,
    sandbox_block::{Position, ReplyHead, SignalEnd, TimedEvent},
};

/// Ten times what the slowest machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Signal's side of one sandbox.
pub struct Peer {
    child: Child,
    socket: UnixStream,
    end: SignalEnd,
    steady: u64,
    confined: Option<Confined>,
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_loophole-sandbox"));
        command
            .args(["--socket-fd", &theirs.as_raw_fd().to_string()])
            .args(["--block-fd", &block.as_raw_fd().to_string()])
            .stdin(Stdio::null());
        prepare(&mut command);
        let child = command.spawn().unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { child, socket, end, steady: 0, confined: None }
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
        self.send(Down::Hello(Hello { protocol, build: "test".to_owned() }));
        assert!(matches!(self.receive(), Up::Hello(_)));
    }

    pub fn load_chain(&mut self, slots: Vec<PluginSlot>) -> ChainLoaded {
        self.load_chain_for(slots, true)
    }

    /// The same, `offline` or for playing.
    pub fn load_chain_for(&mut self, slots: Vec<PluginSlot>, offline: bool) -> ChainLoaded {
        let chain = LoadChain { sample_rate: 48_000, max_block_frames: 8192, slots, offline };
        self.send(Down::LoadChain(chain));
        loop {
            match self.receive() {
                Up::Confined(confined) => self.confined = Some(confined),
                Up::ChainLoaded(loaded) => return loaded,
                _ => {}
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
        SandboxMessage::decode(bytes.as_slice()).unwrap().kind.unwrap()
    }

    /// Runs one block through the plugins, in place.
    pub fn block(&mut self, left: &mut [f32], right: &mut [f32], events: &[TimedEvent]) -> ReplyHead {
        let position = Position {
            playing: true,
            samples: self.steady as i64,
            steady_samples: self.steady,
            quarters: self.steady as f64 / 24_000.0,
            ..Position::default()
        };
        self.end.submit(&position, events, [left, right]);
        assert!(self.end.wait(Deadline::after(PATIENCE)), "no answer");
        self.steady += left.len() as u64;
        self.end.collect([left, right]).expect("a good reply")
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
        self.confined().pid
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

/// A slot of the chain.
pub fn slot(device: u64, bundle: &str, plugin_id: &str, parameters: &[(u32, f64)]) -> PluginSlot {
    PluginSlot {
        device,
        plugin_id: plugin_id.to_owned(),
        bundle: bundle.to_owned(),
        parameters: parameters.iter().map(|(id, value)| Parameter { id: *id, value: *value }).collect(),
        state: String::new(),
        bypass: false,
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
