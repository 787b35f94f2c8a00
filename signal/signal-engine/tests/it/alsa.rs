//! ALSA's device with a callback of our own: late once, it loses exactly the time it was late for, and plays on.
//!
//! The PCM is that of alsa-plugins over jackd's dummy driver. ALSA takes its configuration from the environment alone, so the
//! test runs itself again in one that names it.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use signal_engine::device::alsa::{self, AlsaWish};
use signal_engine::device::{Block, BlockCallback, Opened as _};

const INNER: &str = "LOOPHOLE_TEST_ON_ALSA";
/// Always the same: a jackd that died untidily holds one of the machine's eight places until one of its name starts.
const SERVER: &str = "loophole-test-alsa";
const BLOCK: u32 = 256;
/// Blocks before the one that is late, and how late it is: longer than the buffer of 50 ms lasts.
const GOOD_BLOCKS: u32 = 20;
const LATE: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(60);
const PCM: &str = "
</usr/share/alsa/alsa.conf>
pcm.loop {
    type jack
    playback_ports { 0 system:playback_1 1 system:playback_2 }
    capture_ports { 0 system:capture_1 1 system:capture_2 }
}
";

struct Jack(Child);

impl Drop for Jack {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.0.id() as i32) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

/// Runs this test again, on a server of its own.
fn run_again(test: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let lent = File::create(std::env::temp_dir().join(format!("{SERVER}.lock"))).expect("created");
    lent.lock().expect("nobody else plays on it");
    let words = folder.path().join("jackd.log");
    let log = File::create(&words).expect("created");
    let arguments = format!("-P 85 -n {SERVER} -d dummy -r 48000 -p {BLOCK}");
    let jackd = Command::new("jackd")
        .args(arguments.split(' '))
        .env("JACK_NO_AUDIO_RESERVATION", "1")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("duplicated"))
        .stderr(log)
        .spawn();
    let _server = Jack(jackd.expect("jackd is installed"));
    std::fs::write(folder.path().join("asound.conf"), PCM).expect("written");
    let ran = Command::new(std::env::current_exe().expect("a test has a file"))
        .args(["--exact", test, "--nocapture"])
        .env(INNER, "1")
        .env("ALSA_CONFIG_PATH", folder.path().join("asound.conf"))
        .env("JACK_DEFAULT_SERVER", SERVER)
        .output()
        .expect("run again");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let server = std::fs::read(&words).expect("jackd's log");
    assert!(
        ran.status.success(),
        "{}\n{}\n{}\njackd:\n{}",
        ran.status,
        said(&ran.stdout),
        said(&ran.stderr),
        said(&server)
    );
    assert!(said(&ran.stdout).contains("1 passed"), "no test is called {test}");
}

/// Is late once; tells each block's position and xruns.
struct Latecomer {
    told: SyncSender<(u64, u32)>,
    blocks: u32,
}

impl BlockCallback for Latecomer {
    fn process(&mut self, block: &mut Block<'_>) {
        assert_eq!((block.frames, block.input.len(), block.output.len()), (BLOCK as usize, 2, 2));
        let _ = self.told.try_send((block.position, block.xruns));
        self.blocks += 1;
        if self.blocks == GOOD_BLOCKS {
            std::thread::sleep(LATE);
        }
    }
}

#[test]
fn time_that_an_alsa_device_loses_is_counted_into_the_position() {
    if std::env::var_os(INNER).is_none() {
        return run_again("alsa::time_that_an_alsa_device_loses_is_counted_into_the_position");
    }
    let wish = AlsaWish { name: "loop".into(), rate: None, block: Some(BLOCK), inputs: None, outputs: None };
    let end = Instant::now() + PATIENCE;
    let opened = loop {
        match alsa::open(&wish) {
            Ok(opened) => break opened,
            Err(reason) if Instant::now() > end => panic!("{reason}"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let format = opened.format();
    assert_eq!((format.sample_rate, format.block_frames), (48_000, BLOCK));
    let (told, ear) = sync_channel(1024);
    let device = Box::new(opened).start(Box::new(Latecomer { told, blocks: 0 })).expect("it plays");
    let heard: Vec<(u64, u32)> = ear.iter().take(3 * GOOD_BLOCKS as usize).collect();
    assert_eq!(device.failure(), None);
    drop(device);
    let late = GOOD_BLOCKS as usize - 1;
    let block = u64::from(BLOCK);
    // The machine may make other blocks late as well: those say so.
    assert!(heard[late + 1].1 >= 1, "the device noticed: {heard:?}");
    let lost = heard[late + 1].0 - heard[late].0 - block;
    let least = (LATE.as_millis() as u64 * 48).saturating_sub(block);
    assert!(lost >= least, "{lost} frames of {least} at least: {heard:?}");
    for (last, next) in heard.iter().zip(&heard[1..]) {
        assert!(next.1 > 0 || next.0 - last.0 == block, "lost in silence: {last:?}, {next:?}");
    }
}
