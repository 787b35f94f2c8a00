//! A bare futex between two processes, and nothing else: the least that isolation can cost.

use std::{
    os::fd::AsRawFd as _,
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    time::Duration,
};

use shm::{Deadline, Mapping, wait_while, wake};

use crate::{figures::Durations, layouts::Ball, machine};

/// Thrown, it ends the peer.
const END: u32 = u32::MAX;

/// The other process.
pub struct PingPong {
    ball: Mapping<Ball>,
    peer: Child,
    thrown: u32,
}

impl PingPong {
    /// Starts it; it has the priority of a sandbox.
    ///
    /// # Errors
    /// It has not been built.
    pub fn start() -> anyhow::Result<Self> {
        let memory = shm::create_sealed::<Ball>("ball")?;
        let ball = Mapping::open(&memory)?;
        rustix::io::fcntl_setfd(&memory, rustix::io::FdFlags::empty())?;
        let peer = Command::new(e2e::home::program("isolation-peer")?)
            .args(["echo", "--memory", &memory.as_raw_fd().to_string()])
            .stdin(Stdio::null())
            .spawn()?;
        let mut ping_pong = Self { ball, peer, thrown: 0 };
        // It answers once it is there.
        ping_pong.round();
        Ok(ping_pong)
    }

    /// Lets it run on these cores alone.
    ///
    /// # Errors
    /// The kernel's.
    pub fn stay_on(&self, cores: &[usize]) -> anyhow::Result<()> {
        machine::process_stays_on(self.peer.id(), cores)
    }

    /// So many rounds, each after a rest.
    pub fn rounds(&mut self, count: usize, rest: Duration) -> Durations {
        let round = |_| {
            machine::stay_awake(rest);
            let begun = Deadline::now();
            self.round();
            Deadline::now().since(begun).as_nanos() as u64
        };
        Durations::new((0..count).map(round).collect())
    }

    fn round(&mut self) {
        self.thrown += 1;
        self.ball.thrown.0.store(self.thrown, Ordering::Release);
        wake(&self.ball.thrown.0);
        wait_while(&self.ball.returned.0, self.thrown - 1, None);
    }
}

impl Drop for PingPong {
    fn drop(&mut self) {
        self.ball.thrown.0.store(END, Ordering::Release);
        wake(&self.ball.thrown.0);
        let _ = self.peer.wait();
    }
}

/// What the peer does until it is told to end.
pub fn echo(ball: &Ball) {
    signal_rt::enter(signal_rt::Role::LiveSandbox);
    let mut seen = 0;
    loop {
        wait_while(&ball.thrown.0, seen, None);
        seen = ball.thrown.0.load(Ordering::Acquire);
        if seen == END {
            return;
        }
        ball.returned.0.store(seen, Ordering::Release);
        wake(&ball.returned.0);
    }
}
