//! Sealed memory files and their mapping as a typed layout. Knows nothing of what the memory holds.

use std::{
    io,
    marker::PhantomData,
    ops::Deref,
    os::fd::{AsFd, OwnedFd},
    ptr::NonNull,
};

use rustix::{
    fs::{MemfdFlags, SealFlags},
    mm::{MapFlags, ProtFlags},
};

/// What every shared memory file carries before a second process sees it: with these it can neither shrink (which
/// would kill readers by SIGBUS) nor grow, nor lose its seals.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// A type that may be laid over memory which another process writes at any time.
///
/// # Safety
/// The type is `repr(C)`, consists of atomics alone (or arrays and `Layout`s of them), and every bit pattern is a
/// valid value of it.
pub unsafe trait Layout: Sync {}

/// Why a descriptor was not accepted as shared memory.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could be shrunk, grown or unsealed by somebody, or is no memory file at all.
    #[error("the shared memory is not sealed")]
    NotSealed,
    /// It was made by another version, or is something else.
    #[error("the shared memory has {found} bytes instead of {expected}")]
    WrongSize {
        /// Bytes of the file.
        found: u64,
        /// Bytes of the layout.
        expected: u64,
    },
    /// Its first words are not those of this layout and version.
    #[error("the shared memory holds another layout or version")]
    WrongLayout,
    /// The operating system refused.
    #[error("the shared memory can not be mapped: {0}")]
    Os(#[from] io::Error),
}

/// Creates a zeroed memory file of the size of `T` and seals it. `name` is shown in `/proc/PID/maps` only.
///
/// The descriptor is closed on exec: hand it to a child explicitly.
pub fn create_sealed<T: Layout>(name: &str) -> io::Result<OwnedFd> {
    let memory = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    rustix::fs::ftruncate(&memory, size_of::<T>() as u64)?;
    rustix::fs::fcntl_add_seals(&memory, SEALS)?;
    Ok(memory)
}

/// A shared memory file seen as a `T`, unmapped on drop. The descriptor may be closed once it is mapped.
#[derive(Debug)]
pub struct Mapping<T: Layout> {
    memory: NonNull<T>,
    marker: PhantomData<T>,
}

// SAFETY: the mapping is plain memory owned by this value, and `T: Layout` is Sync and has no thread affinity.
unsafe impl<T: Layout> Send for Mapping<T> {}
// SAFETY: only `&T` is handed out, and `T: Layout` is Sync.
unsafe impl<T: Layout> Sync for Mapping<T> {}

impl<T: Layout> Mapping<T> {
    /// Maps for reading and writing, after checking seals and size.
    pub fn open(memory: impl AsFd) -> Result<Self, OpenError> {
        Self::map(memory, ProtFlags::READ | ProtFlags::WRITE)
    }

    /// Maps for reading only, after checking seals and size. A store through such a mapping ends the process.
    pub fn open_read_only(memory: impl AsFd) -> Result<Self, OpenError> {
        Self::map(memory, ProtFlags::READ)
    }

    fn map(memory: impl AsFd, protection: ProtFlags) -> Result<Self, OpenError> {
        let seals = rustix::fs::fcntl_get_seals(&memory).map_err(|_| OpenError::NotSealed)?;
        if !seals.contains(SEALS) {
            return Err(OpenError::NotSealed);
        }
        let expected = size_of::<T>() as u64;
        let found = rustix::fs::fstat(&memory).map_err(io::Error::from)?.st_size as u64;
        if found != expected {
            return Err(OpenError::WrongSize { found, expected });
        }
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing; the file is as large as `T`
        // and sealed at that size.
        let address = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                size_of::<T>(),
                protection,
                MapFlags::SHARED,
                memory.as_fd(),
                0,
            )
        }
        .map_err(io::Error::from)?;
        let memory = NonNull::new(address.cast::<T>()).ok_or(OpenError::WrongLayout)?;
        Ok(Self { memory, marker: PhantomData })
    }
}

impl<T: Layout> Deref for Mapping<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: mapped in `map`, page-aligned, `size_of::<T>()` bytes, alive until drop; `T: Layout` makes every
        // bit pattern valid and foreign writes mere atomic stores.
        unsafe { self.memory.as_ref() }
    }
}

impl<T: Layout> Drop for Mapping<T> {
    fn drop(&mut self) {
        // SAFETY: exactly the range that `map` mapped; no reference outlives `self`. An error leaves the mapping in
        // place, which harms nobody.
        let _ = unsafe { rustix::mm::munmap(self.memory.as_ptr().cast(), size_of::<T>()) };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[repr(C)]
    struct Words([AtomicU32; 1024]);
    // SAFETY: atomics alone, repr(C).
    unsafe impl Layout for Words {}

    #[repr(C)]
    struct MoreWords([AtomicU32; 2048]);
    // SAFETY: atomics alone, repr(C).
    unsafe impl Layout for MoreWords {}

    #[test]
    fn two_mappings_see_each_others_stores() {
        let memory = create_sealed::<Words>("test").unwrap();
        let (one, two) = (Mapping::<Words>::open(&memory).unwrap(), Mapping::<Words>::open(&memory).unwrap());
        one.0[1023].store(7, Ordering::Relaxed);
        assert_eq!(two.0[1023].load(Ordering::Relaxed), 7);
    }

    #[test]
    fn sealed_memory_can_not_be_truncated_or_grown() {
        let memory = create_sealed::<Words>("test").unwrap();
        assert!(rustix::fs::ftruncate(&memory, 0).is_err());
        assert!(rustix::fs::ftruncate(&memory, 1 << 20).is_err());
        assert!(rustix::fs::fcntl_add_seals(&memory, SealFlags::WRITE).is_err());
    }

    #[test]
    fn unsealed_memory_and_plain_files_are_refused() {
        let memory = rustix::fs::memfd_create("test", MemfdFlags::ALLOW_SEALING).unwrap();
        rustix::fs::ftruncate(&memory, size_of::<Words>() as u64).unwrap();
        assert!(matches!(Mapping::<Words>::open(&memory), Err(OpenError::NotSealed)));
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        assert!(matches!(Mapping::<Words>::open(&file), Err(OpenError::NotSealed)));
    }

    #[test]
    fn another_size_is_refused() {
        let memory = create_sealed::<Words>("test").unwrap();
        assert!(matches!(
            Mapping::<MoreWords>::open(&memory),
            Err(OpenError::WrongSize { found: 4096, expected: 8192 })
        ));
    }
}
