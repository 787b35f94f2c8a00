//! Real sound servers without a sound card: jackd with its dummy driver, PipeWire with a sink that goes nowhere.

use std::{
    fs::File,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::{Home, until};

/// A server that runs until it is killed or dropped.
pub struct Server {
    children: Vec<Child>,
    /// JACK: its name, which the names of its shared memory contain.
    jack: Option<String>,
}

impl Server {
    /// jackd at `rate` hertz with blocks of `frames`.
    ///
    /// # Errors
    /// It is not installed.
    pub fn jack(home: &Home, name: &str, rate: u32, frames: u32) -> anyhow::Result<Self> {
        let mut jackd = Command::new("jackd");
        // Its clients get five less: the priority of our own audio threads.
        jackd.args([
            "-P",
            "85",
            "-n",
            name,
            "-d",
            "dummy",
            "-r",
            &rate.to_string(),
            "-p",
            &frames.to_string(),
        ]);
        jackd.env("JACK_NO_AUDIO_RESERVATION", "1");
        Ok(Self { children: vec![quietly(&mut jackd, home, "jackd")?], jack: Some(name.to_owned()) })
    }

    /// PipeWire in the home's runtime folder, with a sink of two channels called `sink`.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn pipewire(home: &Home, sink: &str) -> anyhow::Result<Self> {
        let in_home = |program: &str| {
            let mut command = Command::new(program);
            command.env("XDG_RUNTIME_DIR", home.path("run")).env("HOME", home.path("")).env_remove("DISPLAY");
            command
        };
        let server =
            Self { children: vec![quietly(&mut in_home("pipewire"), home, "pipewire")?], jack: None };
        let node = format!(
            "{{ factory.name=support.null-audio-sink node.name={sink} media.class=Audio/Sink object.linger=true \
             audio.position=[FL FR] adapter.auto-port-config={{ mode=dsp }} }}"
        );
        // The socket of one that was killed is still there: only an answer tells that it listens.
        until("PipeWire makes a sink", || async {
            let made = in_home("pw-cli").args(["create-node", "adapter", &node]).output().ok()?;
            made.status.success().then_some(())
        })
        .await?;
        Ok(server)
    }

    /// Kills it as a crash would.
    ///
    /// # Errors
    /// It can't be waited for.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.end(Signal::KILL)
    }

    fn end(&mut self, signal: Signal) -> anyhow::Result<()> {
        for mut child in self.children.drain(..) {
            let _ = kill_process(Pid::from_child(&child), signal);
            child.wait()?;
        }
        if let Some(name) = self.jack.take() {
            remove_shared_memory(&name)?;
        }
        Ok(())
    }
}

/// What a killed jackd leaves behind: with enough of it no jackd starts any more.
fn remove_shared_memory(server: &str) -> std::io::Result<()> {
    let part = format!("_{server}_");
    for entry in std::fs::read_dir("/dev/shm")? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("jack") && name.contains(&part)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end(Signal::TERM);
    }
}

/// A name for a JACK server that no other test has.
pub fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("e2e{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn quietly(command: &mut Command, home: &Home, log: &str) -> anyhow::Result<Child> {
    let log = File::create(home.path(&format!("state/{log}.txt")))?;
    let what = format!("{command:?}");
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context(what)
}
