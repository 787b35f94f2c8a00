//! A `loophole` that runs, and what a test does with it.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ExitStatus, Stdio},
    sync::mpsc,
};

use anyhow::{Context as _, ensure};
use chorus::{
    pulse::v1::{Command, ExecuteRequest, pulse_service_client::PulseServiceClient},
    signal::v1::{
        DeviceState, PlayRequest, StartCaptureRequest, StopCaptureRequest, StopCaptureResponse, StopRequest,
        WatchDevicesRequest, signal_service_client::SignalServiceClient,
    },
    supervisor::v1::{
        KillProcessRequest, ListProcessesRequest, Process, ProcessKind, ProcessState,
        supervisor_service_client::SupervisorServiceClient,
    },
};
use link::Hello;
use rustix::process::{Pid, Signal, kill_process};
use tonic::transport::Channel;

use crate::{Home, PATIENCE, home::text, until};

/// A running Loophole. Dropping it kills the supervisor, and with it everything.
pub struct Running<'home> {
    home: &'home Home,
    child: Child,
    /// The page's address, with its token.
    pub url: String,
}

impl<'home> Running<'home> {
    pub(crate) async fn start(home: &'home Home, song: &Path) -> anyhow::Result<Self> {
        let mut child = home
            .loophole()?
            .args([text(song)?, "--no-browser"])
            .stdout(Stdio::piped())
            .stderr(File::create(home.path("state/terminal.txt"))?)
            .spawn()?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (sender, lines) = mpsc::channel();
        // Reads on to the end, so that the supervisor never writes into a closed pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let url = loop {
            let line = lines.recv_timeout(PATIENCE).context("loophole printed no address")?;
            if let Some(start) = line.find("http://") {
                let url: String = line[start..].split_whitespace().next().unwrap_or_default().to_owned();
                break url;
            }
        };
        let running = Self { home, child, url };
        running.all_running().await?;
        Ok(running)
    }

    fn socket(&self, name: &str) -> PathBuf {
        self.home.path("run").join("loophole").join(self.child.id().to_string()).join(name)
    }

    async fn channel(&self, name: &str) -> anyhow::Result<Channel> {
        let hello = Hello { process: "e2e".into(), client: "e2e".into() };
        let connected = link::connect_when_ready(self.socket(name), hello);
        Ok(tokio::time::timeout(PATIENCE, connected).await??.channel)
    }

    /// A connection to Pulse, as the client "e2e".
    ///
    /// # Errors
    /// Pulse does not answer.
    pub async fn pulse(&self) -> anyhow::Result<PulseServiceClient<Channel>> {
        Ok(PulseServiceClient::new(self.channel("pulse.sock").await?))
    }

    /// A connection to Signal.
    ///
    /// # Errors
    /// Signal does not answer.
    pub async fn signal(&self) -> anyhow::Result<SignalServiceClient<Channel>> {
        Ok(SignalServiceClient::new(self.channel("signal.sock").await?))
    }

    /// A connection to the supervisor.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn supervisor(&self) -> anyhow::Result<SupervisorServiceClient<Channel>> {
        Ok(SupervisorServiceClient::new(self.channel("supervisor.sock").await?))
    }

    /// The process tree.
    ///
    /// # Errors
    /// The supervisor does not answer.
    pub async fn processes(&self) -> anyhow::Result<Vec<Process>> {
        let answer = self.supervisor().await?.list_processes(ListProcessesRequest {}).await?;
        Ok(answer.into_inner().processes)
    }

    /// Waits until Pulse, Signal and Aura run.
    ///
    /// # Errors
    /// They don't.
    pub async fn all_running(&self) -> anyhow::Result<()> {
        for kind in [ProcessKind::Pulse, ProcessKind::Signal, ProcessKind::Aura] {
            self.process(kind).await?;
        }
        Ok(())
    }

    /// Waits until a process of this kind runs. The first, if there are several.
    ///
    /// # Errors
    /// There is none.
    pub async fn process(&self, kind: ProcessKind) -> anyhow::Result<Process> {
        until(&format!("{kind:?} runs"), || async {
            let processes = self.processes().await.ok()?;
            processes
                .into_iter()
                .find(|p| p.kind() == kind && p.state() == ProcessState::Running && p.pid != 0)
        })
        .await
    }

    /// Kills a process with SIGKILL, and waits until another one runs in its place.
    ///
    /// # Errors
    /// None comes back.
    pub async fn kill(&self, kind: ProcessKind) -> anyhow::Result<Process> {
        let before = self.process(kind).await?;
        let pid = Pid::from_raw(i32::try_from(before.pid)?).context("a pid above 0")?;
        kill_process(pid, Signal::KILL)?;
        self.replaced(&before).await
    }

    /// Kills a process as the page's button does, and waits until another one runs in its place.
    ///
    /// # Errors
    /// None comes back.
    pub async fn kill_by_button(&self, kind: ProcessKind) -> anyhow::Result<Process> {
        let before = self.process(kind).await?;
        self.supervisor().await?.kill_process(KillProcessRequest { pid: before.pid }).await?;
        self.replaced(&before).await
    }

    async fn replaced(&self, before: &Process) -> anyhow::Result<Process> {
        until(&format!("another {} runs", before.name), || async {
            let now = self.processes().await.ok()?;
            now.into_iter().find(|p| {
                p.kind() == before.kind()
                    && p.state() == ProcessState::Running
                    && p.pid != 0
                    && p.pid != before.pid
            })
        })
        .await
    }

    /// Waits until Signal has `count` devices and all run: the graph is in and every plugin is loaded.
    ///
    /// # Errors
    /// They don't.
    pub async fn devices_running(&self, count: usize) -> anyhow::Result<()> {
        let watch = async {
            loop {
                if self.watch_until_running(count).await.is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, watch).await.with_context(|| format!("{count} devices do not run"))
    }

    async fn watch_until_running(&self, count: usize) -> anyhow::Result<()> {
        let mut running = std::collections::BTreeSet::new();
        let mut changes = self.signal().await?.watch_devices(WatchDevicesRequest {}).await?.into_inner();
        while running.len() < count {
            let change = changes.message().await?.context("Signal went away")?;
            let status = change.status.unwrap_or_default();
            if !change.removed && status.state() == DeviceState::Running {
                running.insert(status.device);
            } else {
                running.remove(&status.device);
            }
        }
        Ok(())
    }

    /// Plays, keeping what the device is given in a file.
    ///
    /// # Errors
    /// Signal refuses.
    pub async fn play_captured(&self, file: &str) -> anyhow::Result<PathBuf> {
        let path = self.home.path(file);
        let mut signal = self.signal().await?;
        signal.start_capture(StartCaptureRequest { path: text(&path)?.to_owned() }).await?;
        signal.play(PlayRequest {}).await?;
        Ok(path)
    }

    /// Ends the capture.
    ///
    /// # Errors
    /// Signal refuses, or lost frames.
    pub async fn stop_capture(&self) -> anyhow::Result<StopCaptureResponse> {
        let captured = self.signal().await?.stop_capture(StopCaptureRequest {}).await?.into_inner();
        ensure!(captured.lost_frames == 0, "{} frames did not reach the capture", captured.lost_frames);
        Ok(captured)
    }

    /// Stops the transport.
    ///
    /// # Errors
    /// Signal refuses.
    pub async fn stop_playing(&self) -> anyhow::Result<()> {
        self.signal().await?.stop(StopRequest {}).await?;
        Ok(())
    }

    /// Carries commands out as one transaction and returns its sequence.
    ///
    /// # Errors
    /// Pulse refuses, or dies.
    pub async fn execute(&self, commands: Vec<Command>) -> anyhow::Result<u64> {
        let request = ExecuteRequest { commands, label: String::new() };
        Ok(self.pulse().await?.execute(request).await?.into_inner().sequence)
    }

    /// The telemetry block, read through the supervisor's descriptors as any process of the user could.
    ///
    /// # Errors
    /// There is none.
    pub fn telemetry(&self) -> anyhow::Result<shm::telemetry::Reader> {
        for entry in fs::read_dir(format!("/proc/{}/fd", self.child.id()))? {
            let path = entry?.path();
            let is_memory =
                fs::read_link(&path).is_ok_and(|target| target.to_string_lossy().starts_with("/memfd:"));
            if is_memory
                && let Ok(reader) =
                    shm::telemetry::Reader::open(File::options().read(true).write(true).open(&path)?)
            {
                return Ok(reader);
            }
        }
        anyhow::bail!("the supervisor holds no telemetry block")
    }

    /// Waits until the playhead is past a position.
    ///
    /// # Errors
    /// It does not get there.
    pub async fn played_past(&self, position_samples: i64) -> anyhow::Result<()> {
        let telemetry = self.telemetry()?;
        until(&format!("sample {position_samples} is played"), || async {
            telemetry.transport().filter(|t| t.playing && t.position_samples > position_samples).map(|_| ())
        })
        .await
    }

    /// Asks the supervisor to end, as Ctrl-C does, and waits for it.
    ///
    /// # Errors
    /// It does not end.
    pub async fn interrupt(self) -> anyhow::Result<ExitStatus> {
        self.send(Signal::INT)?;
        self.ended().await
    }

    /// Kills the supervisor and waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub async fn kill_supervisor(self) -> anyhow::Result<ExitStatus> {
        self.send(Signal::KILL)?;
        self.ended().await
    }

    fn send(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("a pid above 0")?;
        Ok(kill_process(pid, signal)?)
    }

    async fn ended(mut self) -> anyhow::Result<ExitStatus> {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(tokio::time::Instant::now() < end, "loophole does not end");
            tokio::time::sleep(crate::POLL).await;
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
