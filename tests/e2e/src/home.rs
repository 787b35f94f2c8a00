//! A home folder in which nothing of the machine's user is seen or touched, and command lines run in it.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, bail, ensure};

use crate::{Running, sound::Sound};

/// ALSA's configuration in a home.
const ALSA: &str = "config/asound.conf";
const ALSA_PCMS: &str = r#"
</usr/share/alsa/alsa.conf>
pcm.loop {
    type jack
    playback_ports { 0 system:playback_1 1 system:playback_2 }
    capture_ports { 0 system:capture_1 1 system:capture_2 }
    hint { show on description "Cable on JACK" }
}
pcm.clockless { type file slave.pcm null file /dev/null infile /dev/zero }
"#;

/// An empty home with its own runtime folder.
pub struct Home {
    folder: tempfile::TempDir,
    /// The JACK server that ALSA's configuration leads to.
    jack: Option<String>,
}

impl Home {
    /// Makes one in the system's folder for temporary files.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("loophole-e2e-").tempdir()?;
        for name in ["run", "data", "state", "cache", "config"] {
            let path = folder.path().join(name);
            fs::create_dir(&path)?;
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        }
        let home = Self { folder, jack: None };
        // Not whatever sound server this machine runs.
        home.choose_device(r#"{"device": "virtual"}"#)?;
        Ok(home)
    }

    /// Remembers an audio device, as `loophole/audio.json` says it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn choose_device(&self, settings: &str) -> anyhow::Result<()> {
        fs::create_dir_all(self.path("config/loophole"))?;
        Ok(fs::write(self.path("config/loophole/audio.json"), settings)?)
    }

    /// Gives ALSA two PCMs beside the system's: `loop`, two channels each way on a JACK server, and `clockless`, which keeps
    /// no time.
    ///
    /// # Errors
    /// Its configuration can't be written.
    pub fn configure_alsa(&mut self, jack: &str) -> anyhow::Result<()> {
        self.jack = Some(jack.to_owned());
        Ok(fs::write(self.path(ALSA), ALSA_PCMS)?)
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `loophole`, to be run in this home.
    ///
    /// # Errors
    /// It has not been built.
    pub fn loophole(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(program("loophole")?);
        command
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        if let Some(jack) = &self.jack {
            command.env("ALSA_CONFIG_PATH", self.path(ALSA)).env("JACK_DEFAULT_SERVER", jack);
        }
        Ok(command)
    }

    /// Runs a command line to its end.
    ///
    /// # Errors
    /// It failed; the text is what it said.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.loophole()?.args(arguments).output()?;
        read(arguments, &output)
    }

    /// Runs a command line to its end, with `input` to read.
    ///
    /// # Errors
    /// It failed; the text is what it said.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        let mut child = self
            .loophole()?
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        child.stdin.take().context("no stdin")?.write_all(input.as_bytes())?;
        read(arguments, &child.wait_with_output()?)
    }

    /// Makes a song from a script of public commands.
    ///
    /// # Errors
    /// A command was refused.
    pub fn make_song(&self, name: &str, script: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(&format!("{name}.loophole"));
        self.make_song_at(&path, script)?;
        Ok(path)
    }

    /// The same, wherever it is to be.
    ///
    /// # Errors
    /// A command was refused.
    pub fn make_song_at(&self, path: &Path, script: &str) -> anyhow::Result<()> {
        self.run_with(&["edit", "--new", text(path)?, "-"], script).map(drop)
    }

    /// The whole song as `loophole render` gives it, in samples that keep every bit.
    ///
    /// # Errors
    /// It can't be rendered.
    pub fn render(&self, song: &Path) -> anyhow::Result<Sound> {
        let output = self.path("rendered.wav");
        self.run(&["render", text(song)?, "-o", text(&output)?, "--bits", "32f"])?;
        Sound::read(&output)
    }

    /// Runs a command line that fails; gives what it said on its way.
    ///
    /// # Errors
    /// It succeeded.
    pub fn run_failing(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.loophole()?.args(arguments).output()?;
        ensure!(!output.status.success(), "loophole {} succeeded", arguments.join(" "));
        Ok(String::from_utf8(output.stderr)?)
    }

    /// `loophole info SONG --json`.
    ///
    /// # Errors
    /// The song cannot be read.
    pub fn info(&self, song: &Path) -> anyhow::Result<serde_json::Value> {
        Ok(serde_json::from_str(&self.run(&["info", text(song)?, "--json"])?)?)
    }

    /// Opens a song and waits until every process answers.
    ///
    /// # Errors
    /// It does not start.
    pub async fn open(&self, song: &Path) -> anyhow::Result<Running<'_>> {
        Running::start(self, song).await
    }

    /// Processes that were started in this home and still live, as "pid command line".
    ///
    /// # Errors
    /// `/proc` cannot be read.
    pub fn survivors(&self) -> anyhow::Result<Vec<String>> {
        let marker = format!("XDG_RUNTIME_DIR={}", text(&self.path("run"))?);
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let folder = entry?.path();
            // A process that ends in between has no files left to read.
            let Ok(environment) = fs::read(folder.join("environ")) else { continue };
            if environment.split(|&byte| byte == 0).any(|variable| variable == marker.as_bytes()) {
                let line = fs::read(folder.join("cmdline")).unwrap_or_default();
                found.push(format!(
                    "{} {}",
                    folder.display(),
                    String::from_utf8_lossy(&line).replace('\0', " ")
                ));
            }
        }
        Ok(found)
    }
}

/// A built program or library of the workspace, beside the test's own executable.
///
/// # Errors
/// It has not been built.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder =
        test.parent().and_then(Path::parent).context("a test executable lies in target/PROFILE/deps")?;
    let path = folder.join(name);
    ensure!(path.exists(), "{} is missing: run `cargo build --workspace` first", path.display());
    Ok(path)
}

/// A path as text, for command lines.
///
/// # Errors
/// It is not UTF-8.
pub fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("paths of tests are UTF-8")
}

fn read(arguments: &[&str], output: &Output) -> anyhow::Result<String> {
    if !output.status.success() {
        bail!(
            "loophole {} ended with {}:\n{}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout.clone())?)
}
