//! What the user is told, one clear line each, on the terminal and in the log.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::Arc,
};

use crate::{
    log_file::Log,
    wire::{OWN_NAME, signal::AudioDevice},
};

/// The user's terminal.
#[derive(Clone)]
pub(crate) struct Terminal {
    log: Arc<Log>,
}

impl Terminal {
    pub fn new(log: Arc<Log>) -> Self {
        Self { log }
    }

    /// Says a line on stderr. A closed terminal is no reason to stop.
    pub fn say(&self, line: &str) {
        let _ = writeln!(std::io::stderr(), "loophole: {line}");
        self.log.write(OWN_NAME, line);
    }

    /// Prints the page's address on stdout, for people and for programs. The token stays out of the log.
    pub fn show_page(&self, url: &str) {
        let mut stdout = std::io::stdout();
        let _ = writeln!(stdout, "{url}").and_then(|()| stdout.flush());
    }

    /// Says what Signal plays on.
    pub fn say_device(&self, device: &AudioDevice) {
        let AudioDevice { name, sample_rate, block_frames, .. } = device;
        let virtual_one = name.split(':').next() == Some("virtual");
        let what = match (virtual_one, device.notice.as_str()) {
            (true, "") => "no sound card is used: playing on the virtual device",
            // It says so itself, and why.
            (true, notice) => notice,
            (false, _) => name,
        };
        self.say(&format!("{what}, {sample_rate} Hz, {block_frames} frames a block"));
        if !virtual_one && !device.notice.is_empty() {
            self.say(&device.notice);
        }
        if !device.realtime {
            let remedy =
                if device.remedy.is_empty() { String::new() } else { format!(": {}", device.remedy) };
            self.say(&format!("no real-time rights, sound may stutter under load{remedy}"));
        }
    }
}

/// Opens the page in the user's browser, if there is a display. Says nothing where it cannot: the address is printed.
pub(crate) fn browse(url: &str) {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return;
    }
    let mut command = Command::new("xdg-open");
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut opener) = command.spawn() {
        // It ends soon; somebody has to read its status. The browser itself is not ours to end.
        std::thread::spawn(move || drop(opener.wait()));
    }
}
