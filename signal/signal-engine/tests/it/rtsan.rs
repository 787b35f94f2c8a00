//! That RealtimeSanitizer watches what runs in an audio scope: one process breaks the rule on purpose.

use std::{fs::File, process::Command};

use signal_rt::audio_scope;

/// Says to this test that it is the process that breaks the rule.
const VICTIM: &str = "LOOPHOLE_RTSAN_VICTIM";

#[test]
fn a_call_of_the_system_in_an_audio_scope_ends_the_process() {
    if std::env::var_os(VICTIM).is_some() {
        let opened = audio_scope(|| File::open("/dev/null").is_ok());
        println!("nobody objects: {opened}");
        return;
    }
    let mut victim = Command::new(std::env::current_exe().expect("this test's path"));
    victim.args(["a_call_of_the_system_in_an_audio_scope_ends_the_process", "--nocapture"]).env(VICTIM, "1");
    let output = victim.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("RealtimeSanitizer"), "{output:?}");
}
