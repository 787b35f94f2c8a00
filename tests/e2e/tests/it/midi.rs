//! Notes on their way to an external instrument, on a real JACK server: another client sees them, each at its frame.

use std::{
    fs::File,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::ensure;
use chorus::{
    pulse::v1::{Command as SongCommand, MidiOutput, SetTrack, UndoRequest, command::Kind},
    signal::v1::{GetDeviceRequest, GetDeviceResponse, PlayRequest},
};
use e2e::{
    Home, PATIENCE, Running,
    server::{JackName, Server, ask_jack},
    song::{BAR_SAMPLES, LEFT, builtins_only, script},
    until,
};
use serde_json::json;

/// From one eighth to the next, and how long each sounds, in samples at 120 bpm and 48 kHz.
const EIGHTH: i64 = 12_000;
const SOUNDS: i64 = 10_500;

/// A client of JACK's that writes down what comes in at its port, with the server's frame.
struct Monitor {
    child: Child,
    dump: std::path::PathBuf,
}

impl Monitor {
    /// Returns once its port is there. Where others come and go, jackd turns it away, and it ends: then it comes again.
    fn start(home: &Home, server: &str, name: &str) -> anyhow::Result<Self> {
        let dump = home.path(&format!("{name}.txt"));
        let spawn = || -> anyhow::Result<Child> {
            let mut command = Command::new("jack_midi_dump");
            command.args(["-a", name]).env("JACK_DEFAULT_SERVER", server);
            command.stdin(Stdio::null()).stdout(File::create(&dump)?).stderr(Stdio::null());
            Ok(command.spawn()?)
        };
        let (begun, port) = (Instant::now(), format!("{name}:input"));
        let mut monitor = Self { child: spawn()?, dump: dump.clone() };
        while !ask_jack(server, "jack_lsp", &[])?.lines().any(|line| line == port) {
            ensure!(begun.elapsed() < PATIENCE, "{port} does not come");
            if monitor.child.try_wait()?.is_some() {
                monitor.child = spawn()?;
            }
            // Asking without a pause would be the coming and going that turns it away.
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(monitor)
    }

    /// Everything that came so far: frame and message.
    fn seen(&self) -> Vec<(i64, [u8; 3])> {
        let text = std::fs::read_to_string(&self.dump).unwrap_or_default();
        let message = |line: &str| {
            let (frame, bytes) = line.trim().split_once(':')?;
            let mut bytes = bytes.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok());
            Some((frame.parse().ok()?, [bytes.next()??, bytes.next()??, bytes.next()??]))
        };
        text.lines().filter_map(message).collect()
    }

    fn notes(&self) -> Vec<(i64, [u8; 3])> {
        self.seen().into_iter().filter(|(_, data)| data[0] < 0xA0).collect()
    }

    /// Keys that are down after all that came.
    fn held(&self) -> Vec<u8> {
        let mut held = Vec::new();
        for (_, [status, key, velocity]) in self.seen() {
            held.retain(|other| *other != key);
            if status & 0xF0 == 0x90 && velocity > 0 {
                held.push(key);
            }
        }
        held
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn device(running: &Running<'_>) -> Option<GetDeviceResponse> {
    let device = running.signal().await.ok()?.get_device(GetDeviceRequest {}).await.ok()?;
    Some(device.into_inner())
}

/// The system by which a port is reached; empty: it is missing.
async fn reached_by(running: &Running<'_>, port: &str, system: &str) -> anyhow::Result<()> {
    until(&format!("{port} is reached by “{system}”"), || async {
        let ports = device(running).await?.midi_ports;
        ports.into_iter().find(|it| it.name == port && it.system == system).map(drop)
    })
    .await
}

async fn send_to(running: &Running<'_>, port: &str) -> anyhow::Result<()> {
    let output = MidiOutput { port: port.into(), channel: 0 };
    let set = SetTrack { id: LEFT, midi_output: Some(output), ..SetTrack::default() };
    running.execute(vec![SongCommand { kind: Some(Kind::SetTrack(set)) }]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_client_sees_each_note_at_its_frame_and_none_is_left_hanging() -> anyhow::Result<()> {
    let home = Home::new()?;
    // Blocks too long for a busy machine to lose one, after which frames and song part.
    let (server, _server) = Server::chosen_jack(&home, 48_000, 1024)?;
    let sends = json!({"set_track": {"id": LEFT, "midi_output": {"port": "prophet:input"}}});
    let song = home.make_song("sent", &(builtins_only() + &script(&[sends])))?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    // The instrument is switched on later.
    reached_by(&running, "prophet:input", "").await?;
    let prophet = Monitor::start(&home, &server, "prophet")?;
    reached_by(&running, "prophet:input", "jack").await?;
    until("the port that opened is silenced", || async {
        prophet.seen().iter().any(|(_, data)| *data == [0xBF, 123, 0]).then_some(())
    })
    .await?;

    let late = || running.telemetry().map(|it| it.transport().map_or(0, |it| it.late_blocks.total()));
    let late_before = late()?;
    running.play_captured("played.wav").await?;
    running.played_past(BAR_SAMPLES).await?;
    running.stop_playing().await?;
    running.stop_capture().await?;
    let kept_time = late()? == late_before;
    until("the notes of a bar come and end", || async {
        (prophet.notes().len() >= 14 && prophet.held().is_empty()).then_some(())
    })
    .await?;
    let notes = prophet.notes();
    let first = notes[0].0;
    let expected = (0..7).flat_map(|index| {
        let (at, key) = (index * EIGHTH, 60 + (index % 5) as u8);
        [(at, [0x90, key, 102]), (at + SOUNDS, [0x80, key, 0])]
    });
    let seen: Vec<_> = notes.iter().map(|(frame, data)| (frame - first, *data)).take(14).collect();
    let expected: Vec<_> = expected.collect();
    let messages = |notes: &[(i64, [u8; 3])]| notes.iter().map(|(_, data)| *data).collect::<Vec<_>>();
    assert_eq!(messages(&seen), messages(&expected));
    // Where the server lost a block, its frames and those of the song part.
    if kept_time {
        assert_eq!(seen, expected);
    } else {
        println!("a block was late: the frames are not compared");
    }

    // Another instrument takes over in the middle of a note; undo brings the first one back.
    let juno = Monitor::start(&home, &server, "juno")?;
    reached_by(&running, "juno:input", "jack").await?;
    running.signal().await?.play(PlayRequest {}).await?;
    send_to(&running, "juno:input").await?;
    until("the other instrument plays", || async { (juno.notes().len() > 2).then_some(()) }).await?;
    assert_eq!(prophet.held(), [] as [u8; 0], "nothing hangs at the first");
    running.pulse().await?.undo(UndoRequest {}).await?;
    let before = prophet.notes().len();
    until("the first instrument plays again", || async {
        (prophet.notes().len() > before + 2).then_some(())
    })
    .await?;
    assert_eq!(juno.held(), [] as [u8; 0], "nothing hangs at the other");

    // The end of everything ends what sounds.
    running.interrupt().await?;
    until("the end is silent", || async { prophet.held().is_empty().then_some(()) }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_are_listed_on_the_command_line() -> anyhow::Result<()> {
    let home = Home::new()?;
    let server = JackName::borrow()?;
    let _server = Server::jack(&home, &server, 48_000, 64)?;
    // The dump would start a server of its own where none answers yet.
    ask_jack(&server, "jack_lsp", &[])?;
    let _prophet = Monitor::start(&home, &server, "prophet")?;
    let found = until("the port is listed", || async {
        let mut command = home.loophole().ok()?;
        let output =
            command.env("JACK_DEFAULT_SERVER", &*server).args(["devices", "--json"]).output().ok()?;
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        let ports = found["midi_ports"].as_array()?.clone();
        ports.iter().any(|port| port["name"] == "prophet:input").then_some(ports)
    })
    .await?;
    let port = |name, direction, system| json!({"name": name, "direction": direction, "system": system, "physical": false});
    assert!(found.contains(&port("prophet:input", "output", "jack")), "{found:?}");
    assert!(found.contains(&port("Loopback", "input", "virtual")), "{found:?}");
    assert!(found.contains(&port("Loopback", "output", "virtual")), "{found:?}");
    Ok(())
}
