//! The state a processor and an allocator are in while a block is computed.
#![allow(unsafe_code)]

/// [audio] Runs `block` with denormals flushed to zero and, in debug builds whose binary says
/// [`guard_allocations!`](crate::guard_allocations), with allocation and release aborting the process.
///
/// With the feature `rtsan` it is also what RealtimeSanitizer watches, which knows blocking calls of the system too:
/// a step of `./x test`.
pub fn audio_scope<T>(block: impl FnOnce() -> T) -> T {
    // It overlooks everything until somebody asks for it to be set up.
    #[cfg(feature = "rtsan")]
    rtsan_standalone::ensure_initialized();
    #[cfg(feature = "rtsan")]
    let _watched = rtsan_standalone::ScopedSanitizeRealtime::default();
    // SAFETY: the flag changes only how float operations round to and read subnormals; no code inside relies on those,
    // and the guard restores the register before anything else runs on this thread.
    unsafe { no_denormals::no_denormals(|| assert_no_alloc::assert_no_alloc(block)) }
}

/// [audio] Lets `exception` allocate inside an [`audio_scope`]: for offline work only.
pub fn allow_allocation<T>(exception: impl FnOnce() -> T) -> T {
    assert_no_alloc::permit_alloc(exception)
}

#[cfg(all(test, feature = "rtsan"))]
mod tests {
    use std::fs::File;
    use std::process::Command;

    use super::audio_scope;

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
        victim
            .args(["a_call_of_the_system_in_an_audio_scope_ends_the_process", "--nocapture"])
            .env(VICTIM, "1");
        let output = victim.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("RealtimeSanitizer"), "{output:?}");
    }
}
