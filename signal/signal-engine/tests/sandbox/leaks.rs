//! Nothing of a sandbox is left when it has ended: no process, no descriptor, no mapping, no memory.
//!
//! `./x soak sandbox-leaks` runs it with the full count.

use std::{env, fs, process::Command};

use crate::rig::{GAIN, Rig, slot};

fn shared_memories() -> (usize, usize) {
    let is_block = |text: &str| text.contains("memfd:loophole-sandbox");
    let links = fs::read_dir("/proc/self/fd").unwrap();
    let targets = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    let descriptors = targets.filter(|target| is_block(&target.to_string_lossy())).count();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    (descriptors, maps.lines().filter(|line| is_block(line)).count())
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Pages of this process that are in memory.
fn resident_pages() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Set to the full count by the soak.
const SANDBOXES: &str = "LOOPHOLE_SOAK_SANDBOXES";
/// What is started and ended without being asked how often.
const FEW: usize = 20;
/// After so many, memory has settled.
const SETTLED: usize = 200;

/// Set in the process that the test starts for itself.
const ALONE: &str = "LOOPHOLE_TEST_ALONE";

/// It counts what its whole process holds, so it starts one for itself.
#[test]
fn sandboxes_leave_neither_processes_nor_memory_behind() {
    if env::var_os(ALONE).is_some() {
        return count_what_is_left();
    }
    let alone = Command::new(env::current_exe().unwrap())
        .args(["--exact", "leaks::sandboxes_leave_neither_processes_nor_memory_behind", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&alone.stdout);
    said.lines().filter(|line| line.contains("sandboxes")).for_each(|line| println!("{line}"));
    let passed = alone.status.success() && said.contains("1 passed");
    assert!(passed, "{said}{}", String::from_utf8_lossy(&alone.stderr));
}

fn count_what_is_left() {
    let before = descriptors();
    let mut rig = Rig::new(false);
    let mut track = rig.track(1, slot(10, "test.gain", &[(GAIN, 2.0)]), 0.25);
    let mut pids = Vec::new();
    for _ in 0..3 {
        rig.until_plays(&mut track, 0.5);
        pids.push(rig.pid(1));
        come_and_go(&mut rig);
        rig.kill_until(1, &mut [&mut track], 0.5);
    }
    pids.push(rig.pid(1));
    come_and_go(&mut rig);
    // One that is heard, mapped for audio and for its witness; one that stands by; and one that is warm, mapped by nobody.
    rig.until("what died is let go of", &mut [&mut track], |rig, _| {
        let held = shared_memories();
        // Said again and again, so that what stays for good is known.
        if held != (3, 3) {
            eprintln!("descriptors and mappings {held:?}, {} restarts", rig.restarts(1));
        }
        held == (3, 3)
    });
    drop(track);
    drop(rig);
    assert_eq!(shared_memories(), (0, 0));
    assert_eq!(descriptors(), before);
    for pid in pids {
        assert!(!fs::exists(format!("/proc/{pid}")).unwrap(), "process {pid} is still there");
    }
}

/// Chains that come, are killed or simply end, again and again.
fn come_and_go(rig: &mut Rig) {
    let count = std::env::var(SANDBOXES).ok().and_then(|count| count.parse().ok()).unwrap_or(FEW);
    let mut settled = None;
    for number in 0..count {
        let mut track = rig.track(2, slot(20, "test.gain", &[(GAIN, 2.0)]), 0.25);
        rig.until("it plays", &mut [&mut track], |rig, tracks| rig.pid(2) != 0 && tracks[0].plays(0.5));
        if number % 2 == 0 {
            let killed = rig.pid(2);
            rig.signal(2, rustix::process::Signal::KILL);
            // The next one may be there before a whole block was dry.
            rig.until("it notices", &mut [&mut track], |rig, tracks| {
                rig.pid(2) != killed || tracks[0].plays(0.25)
            });
        }
        drop(track);
        rig.seen.clear();
        if number == SETTLED.min(count / 2) {
            settled = Some((resident_pages(), descriptors()));
        }
    }
    let (pages_before, descriptors_before) = settled.expect("it came by");
    let (pages, open) = (resident_pages(), descriptors());
    let percent = (pages as f64 / pages_before as f64 - 1.0) * 100.0;
    println!(
        "{count} sandboxes, half of them killed: {pages_before} pages in memory at first and {pages} in the end ({percent:+.2} %), \
         {descriptors_before} descriptors and {open}"
    );
    // Of a few, what is still on its way to be freed is more than one in a hundred.
    if count > 10 * SETTLED {
        assert!(percent.abs() <= 1.0, "it grows");
    }
}
