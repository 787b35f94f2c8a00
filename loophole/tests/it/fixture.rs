//! A home that belongs to one test, and a Loophole running in it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long an outcome may take before the test gives up: machines under test are slow and busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A home with nothing in it.
pub struct Home {
    folder: tempfile::TempDir,
}

/// What a command printed and how it ended.
pub struct Ran {
    pub ok: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("loophole-it-").tempdir().expect("folder");
        fs::create_dir(folder.path().join("run")).expect("folder");
        fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o700)).expect("mode");
        fs::create_dir(folder.path().join("page")).expect("folder");
        fs::write(folder.path().join("page/index.html"), "<!doctype html><title>Loophole</title>")
            .expect("page");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loophole"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("LOOPHOLE_PAGE", self.path("page"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("run"))
    }

    /// Runs a command to its end, with `input` to read.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("spawn");
        child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("write");
        Ran::from(child.wait_with_output().expect("output"))
    }

    /// Makes `NAME.loophole` by a script.
    pub fn song(&self, name: &str, script: &str) -> PathBuf {
        let song = format!("{name}.loophole");
        self.run_with(&["edit", "--new", &song, "-"], script).succeeded();
        self.path(&song)
    }

    /// Starts the supervisor and waits until everything runs.
    pub fn start(&self, arguments: &[&str]) -> Running<'_> {
        let mut all = arguments.to_vec();
        all.push("--no-browser");
        let mut child = self
            .command(&all)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.path("terminal.txt")).expect("file"))
            .spawn()
            .expect("spawn");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut url = String::new();
        stdout.read_line(&mut url).expect("line");
        let running = Running { home: self, child, url: url.trim().to_owned() };
        for kind in ["pulse", "signal", "aura"] {
            running.await_other(kind, 0);
        }
        running
    }

    pub fn terminal(&self) -> String {
        fs::read_to_string(self.path("terminal.txt")).unwrap_or_default()
    }

    /// Processes that were started in this home and live, but for `except`.
    pub fn survivors(&self) -> Vec<String> {
        let marker = format!("XDG_RUNTIME_DIR={}", self.path("run").display());
        let of_this_home = |folder: &Path| {
            let environment = fs::read(folder.join("environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == marker.as_bytes())
        };
        let folders = fs::read_dir("/proc").expect("proc").filter_map(|entry| Some(entry.ok()?.path()));
        let found = folders.filter(|folder| of_this_home(folder));
        found.map(|folder| fs::read_to_string(folder.join("comm")).unwrap_or_default()).collect()
    }

    /// Sockets and folders of running Loopholes.
    pub fn runtime_entries(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("run/loophole")) else { return Vec::new() };
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { ok: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ran {
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(self.ok, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The one line an error is.
    #[track_caller]
    pub fn refused(self) -> String {
        assert!(!self.ok, "{}", self.stdout);
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "an error is one line: {}", self.stderr);
        lines[0].to_owned()
    }

    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.succeeded()).expect("JSON")
    }
}

/// A Loophole that runs. Dropping it kills it.
pub struct Running<'home> {
    home: &'home Home,
    pub child: Child,
    pub url: String,
}

impl Running<'_> {
    /// What `ps --json` says of the processes.
    pub fn processes(&self) -> Vec<Value> {
        let all = self.home.run(&["ps", "--json"]).json();
        let own = all.as_array().expect("array").iter().find(|running| running["pid"] == self.child.id());
        own.map(|running| running["processes"].as_array().expect("array").clone()).unwrap_or_default()
    }

    /// Waits until a process of this kind runs that is not `before`, and returns what is known of it.
    #[track_caller]
    pub fn await_other(&self, kind: &str, before: u64) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.processes().into_iter().find(|process| {
                process["kind"] == kind && process["state"] == "running" && process["pid"] != before
            });
            if let Some(process) = found {
                return process;
            }
            assert!(Instant::now() < end, "no {kind} other than {before} runs:\n{}", self.home.terminal());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn pid(&self) -> u64 {
        u64::from(self.child.id())
    }

    /// Sends a signal to the supervisor and waits for its end; returns whether its status was 0.
    pub fn end_by(&mut self, signal: rustix::process::Signal) -> bool {
        send(self.pid(), signal);
        self.child.wait().expect("wait").success()
    }

    /// The page as Aura serves it: the whole answer to a GET.
    pub fn page(&self) -> String {
        let address =
            self.url.strip_prefix("http://").expect("URL").split('/').next().expect("host").to_owned();
        let mut stream = std::net::TcpStream::connect(&address).expect("connect");
        write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answer");
        answer
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn send(pid: u64, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("pid")).expect("pid");
    rustix::process::kill_process(pid, signal).expect("kill");
}

/// Waits until `holds`.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
