//! Last words: when plugin code raises a fatal signal, the block's witness learns whose code it was, and Signal gets a
//! backtrace. The process then dies of that signal all the same.
//!
//! All of it runs in a signal handler, on a stack of its own since the thread's may be what overflowed: no allocation, no
//! lock of ours. Looking up names of functions takes a lock of the loader, which the crashed thread may hold; an alarm ends
//! the process then.
#![allow(unsafe_code)]

use std::{
    cell::Cell,
    ffi::{CStr, c_int, c_void},
    fmt::{self, Write as _},
    io,
    marker::PhantomData,
    ptr,
    sync::atomic::{AtomicI32, Ordering},
};

use shm::sandbox_block::{Runner, Witness};

/// Signals that code raises by what it does.
const FATAL: [c_int; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT, libc::SIGTRAP, libc::SIGSYS];
/// Bytes of the handler's stack: unwinding through C++ takes about 20 KiB.
const STACK_BYTES: usize = 128 << 10;
/// Bytes of the text, as the contract says.
const MAX_TEXT: usize = 8 << 10;
/// Frames of a backtrace; what overflowed its stack has no end of them.
const MAX_FRAMES: usize = 48;
/// Seconds for the last words.
const ALARM_S: u32 = 1;

/// Where the last words of a thread go that runs no slot; -1: nowhere.
static SOCKET: AtomicI32 = AtomicI32::new(-1);

thread_local! {
    static BLAMED: Cell<Option<(Runner, *const Witness, c_int)>> = const { Cell::new(None) };
}

/// Handles fatal signals from now on; last words of threads that plugins started go to `socket`, which stays open until the
/// process ends.
///
/// # Errors
/// The operating system refused.
pub fn install(socket: c_int) -> io::Result<()> {
    SOCKET.store(socket, Ordering::Relaxed);
    for signal in FATAL {
        // SAFETY: all-zero is a valid sigaction; the handler has the signature that SA_SIGINFO demands.
        let installed = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_fatal as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND;
            libc::sigaction(signal, &raw const action, ptr::null_mut())
        };
        if installed != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    give_stack()
}

/// Gives the calling thread a stack for the handler. It is never freed: the thread ends with the process, or nearly so.
pub fn give_stack() -> io::Result<()> {
    let memory: &'static mut [u8] = Vec::leak(vec![0; STACK_BYTES]);
    let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: STACK_BYTES };
    // SAFETY: the memory is of that size and lives for ever.
    let given = unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
    if given == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// While it lives, what the calling thread raises is on the account of the slot that this witness says it runs, and told to
/// the socket of its chain.
#[derive(Debug)]
pub struct Blamed<'a>(PhantomData<(&'a Witness, *const ())>);

impl<'a> Blamed<'a> {
    /// From now on.
    pub fn new(runner: Runner, witness: &'a Witness, socket: c_int) -> Self {
        BLAMED.set(Some((runner, ptr::from_ref(witness), socket)));
        Self(PhantomData)
    }
}

impl Drop for Blamed<'_> {
    fn drop(&mut self) {
        BLAMED.set(None);
    }
}

extern "C" fn on_fatal(signal: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: async-signal-safe. Whatever follows, the process does not outlive the alarm.
    unsafe { libc::alarm(ALARM_S) };
    let mut socket = SOCKET.load(Ordering::Relaxed);
    if let Some((runner, witness, own)) = BLAMED.get() {
        socket = own;
        // SAFETY: the guard that set it borrows the witness and unsets it before that borrow ends.
        unsafe { &*witness }.accuse(runner);
    }
    say(socket, &backtrace());
    // SAFETY: async-signal-safe. The handler was reset and the signal is blocked until it returns; then it ends the process.
    unsafe { libc::raise(signal) };
}

/// Text without allocation; what does not fit is left out.
struct Text {
    bytes: [u8; MAX_TEXT],
    length: usize,
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        let part = text.as_bytes().get(..room.len()).unwrap_or(text.as_bytes());
        room[..part.len()].copy_from_slice(part);
        self.length += part.len();
        Ok(())
    }
}

unsafe extern "C" {
    /// Of the unwinder that Rust's own panics use, by the Itanium C++ ABI, level I, section 1.
    fn _Unwind_Backtrace(step: extern "C" fn(*mut c_void, *mut c_void) -> c_int, state: *mut c_void)
    -> c_int;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
}

/// Text on its way, and how many frames it has.
struct Walk {
    text: Text,
    frames: usize,
}

extern "C" fn step(context: *mut c_void, walk: *mut c_void) -> c_int {
    /// _URC_NO_REASON and _URC_END_OF_STACK.
    const GO_ON: c_int = 0;
    const END: c_int = 5;
    // SAFETY: the unwinder passes on what `backtrace` gave it, and a context of its own.
    let (walk, address) = unsafe { (&mut *walk.cast::<Walk>(), _Unwind_GetIP(context)) };
    describe(ptr::without_provenance(address), &mut walk.text);
    walk.frames += 1;
    if walk.frames < MAX_FRAMES { GO_ON } else { END }
}

fn backtrace() -> Text {
    let mut walk = Walk { text: Text { bytes: [0; MAX_TEXT], length: 0 }, frames: 0 };
    // SAFETY: `step` has the signature that is called, and `walk` outlives the call.
    unsafe { _Unwind_Backtrace(step, (&raw mut walk).cast()) };
    walk.text
}

/// "module+offset symbol", or the address where no module is known.
fn describe(address: *const c_void, text: &mut Text) {
    // SAFETY: all-zero is a valid Dl_info, and dladdr takes any address. The names it gives live as long as their module.
    let (found, info) = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        (libc::dladdr(address, &raw mut info) != 0, info)
    };
    // SAFETY: null, or a C string of the loader's.
    let name = |name: *const std::ffi::c_char| unsafe {
        (!name.is_null()).then(|| CStr::from_ptr(name)).and_then(|name| name.to_str().ok())
    };
    let module = name(info.dli_fname).filter(|_| found);
    let written = match module {
        Some(module) => {
            let file = module.rsplit('/').next().unwrap_or(module);
            let offset = (address as usize).wrapping_sub(info.dli_fbase as usize);
            writeln!(text, "{file}+{offset:#x} {}", name(info.dli_sname).unwrap_or(""))
        }
        None => writeln!(text, "{address:p}"),
    };
    // `Text` leaves out what does not fit, and never fails.
    let _ = written;
}

/// Writes the message `Crashed` of the contract by hand: what makes messages elsewhere allocates.
fn say(socket: c_int, text: &Text) {
    /// Tag of `SandboxMessage.crashed`, and of `Crashed.backtrace`.
    const CRASHED: u8 = 13 << 3 | 2;
    const BACKTRACE: u8 = 1 << 3 | 2;
    // Lengths of two bytes each: all of them are below 2^14.
    let length = |length: usize| [(length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
    let inner = 3 + text.length;
    let [inner_low, inner_high] = length(inner);
    let [text_low, text_high] = length(text.length);
    let mut head = [0_u8; 10];
    head[..4].copy_from_slice(&((3 + inner) as u32).to_le_bytes());
    head[4..].copy_from_slice(&[CRASHED, inner_low, inner_high, BACKTRACE, text_low, text_high]);
    let parts = [
        libc::iovec { iov_base: head.as_mut_ptr().cast(), iov_len: head.len() },
        libc::iovec { iov_base: text.bytes.as_ptr().cast_mut().cast(), iov_len: text.length },
    ];
    // SAFETY: async-signal-safe; both parts are of these lengths, and only read. If it fails, nothing is said.
    unsafe { libc::writev(socket, parts.as_ptr(), 2) };
}
