//! Nothing of a sandbox is left when it has ended: no process, no descriptor, no mapping.

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

/// Set in the process that the test starts for itself.
const ALONE: &str = "LOOPHOLE_TEST_ALONE";

/// It counts what its whole process holds, so it starts one for itself.
#[test]
fn sandboxes_leave_neither_processes_nor_memory_behind() {
    if env::var_os(ALONE).is_some() {
        return count_what_is_left();
    }
    let alone = Command::new(env::current_exe().unwrap())
        .args(["--exact", "leaks::sandboxes_leave_neither_processes_nor_memory_behind"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&alone.stdout);
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
        rig.kill_until(1, &mut [&mut track], 0.5);
    }
    pids.push(rig.pid(1));
    // One that is heard, mapped for audio and for its witness; one that stands by; and one that is warm, mapped by nobody.
    rig.until("what died is let go of", &mut [&mut track], |_, _| shared_memories() == (3, 3));
    drop(track);
    drop(rig);
    assert_eq!(shared_memories(), (0, 0));
    assert_eq!(descriptors(), before);
    for pid in pids {
        assert!(!fs::exists(format!("/proc/{pid}")).unwrap(), "process {pid} is still there");
    }
}
