//! Real sound servers without a sound card: jackd with its dummy driver, PipeWire with a sink that goes nowhere.

use std::{
    fmt,
    fs::{File, TryLockError},
    ops::Deref,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::{Home, PATIENCE, POLL, until};

/// What jackd says, in a home.
const JACK_LOG: &str = "state/jackd.txt";

/// A server that runs until it is killed or dropped.
pub struct Server {
    children: Vec<Child>,
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
        Ok(Self { children: vec![quietly(&mut jackd, home, JACK_LOG)?] })
    }

    /// jackd under a name of its own, which the home's audio device is from now on.
    ///
    /// # Errors
    /// It is not installed.
    pub fn chosen_jack(home: &Home, rate: u32, frames: u32) -> anyhow::Result<(JackName, Self)> {
        let name = JackName::borrow()?;
        let server = Self::jack(home, &name, rate, frames)?;
        home.choose_device(&format!(r#"{{"device": "jack:{name}"}}"#))?;
        Ok((name, server))
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
        let server = Self { children: vec![quietly(&mut in_home("pipewire"), home, "state/pipewire.txt")?] };
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

    /// How many blocks jackd in this home says were late: some of them nobody else notices.
    ///
    /// # Errors
    /// It was never started.
    pub fn jack_xruns(home: &Home) -> anyhow::Result<usize> {
        let said = std::fs::read_to_string(home.path(JACK_LOG))?;
        Ok(said.matches("XRun").count())
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
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.end(Signal::TERM);
    }
}

/// What a client of a JACK server says. Where others come and go at the same moment, the server turns it away ("Cannot open
/// jack_connect client"): it comes again.
///
/// # Errors
/// It failed all the same, with what it said last.
pub fn ask_jack(server: &str, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let begun = Instant::now();
    loop {
        let output = Command::new(program).env("JACK_DEFAULT_SERVER", server).args(arguments).output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(begun.elapsed() < PATIENCE, "{program} {arguments:?}: {said}");
        std::thread::sleep(POLL);
    }
}

/// The name of a JACK server, lent until it is dropped.
///
/// The machine has room for eight servers, and one that died without tidying up (jackd does on SIGPIPE, where it is ended
/// together with its clients) holds its place until a server of the same name starts. Thus there are few names, used again
/// and again: tests leave no more places taken than that.
pub struct JackName {
    name: String,
    _lent: File,
}

impl JackName {
    /// How many of the eight places are used, at most: one is left to whoever works here, one to the tests of Signal.
    const NAMES: usize = 6;

    /// Waits until a name is free.
    ///
    /// # Errors
    /// The folder for temporary files can't be written.
    pub fn borrow() -> anyhow::Result<Self> {
        loop {
            for number in 0..Self::NAMES {
                let name = format!("loophole-test-{number}");
                let lent = File::create(std::env::temp_dir().join(format!("{name}.lock")))?;
                match lent.try_lock() {
                    Ok(()) => return Ok(Self { name, _lent: lent }),
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(error)) => {
                        return Err(error).context("the lock of a server's name");
                    }
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for JackName {
    /// Removes the shared memory of killed servers of this name.
    fn drop(&mut self) {
        let part = format!("_{}_", self.name);
        for entry in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.starts_with("jack") && name.contains(&part)) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl Deref for JackName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for JackName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

fn quietly(command: &mut Command, home: &Home, log: &str) -> anyhow::Result<Child> {
    let log = File::create(home.path(log))?;
    let what = format!("{command:?}");
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context(what)
}
