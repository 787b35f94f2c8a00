//! The state a processor and an allocator are in while a block is computed.
#![allow(unsafe_code)]

/// [audio] Runs `block` with denormals flushed to zero and, in debug builds whose binary says
/// [`guard_allocations!`](crate::guard_allocations), with allocation and release aborting the process.
///
/// With the feature `rtsan` it is also what RealtimeSanitizer watches, which knows blocking calls of the system too:
/// `cargo xtask rtsan`, a step of `./x test`.
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
