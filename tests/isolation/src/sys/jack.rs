//! The barest client of libjack there can be: two channels in, two out, copied, each cycle noted in shared memory.
//!
//! The library is the first that the loader finds: JACK's own, or PipeWire's where `pw-jack` says so. It chooses no server.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_ulong, c_void},
    ptr::null,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use libloading::Library;
use shm::{Deadline, Mapping};

use super::layouts::{Cycles, Moments};

/// Each way.
const CHANNELS: usize = 2;
/// `JackNoStartServer | JackUseExactName | JackServerName`.
const OPTIONS: c_int = 0x01 | 0x02 | 0x04;
/// `JackPortIsInput`.
const IS_INPUT: c_ulong = 0x1;
/// `JackPortIsOutput`.
const IS_OUTPUT: c_ulong = 0x2;
const AUDIO: &CStr = c"32 bit float mono audio";

/// A server may need so long until it takes clients.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

enum RawClient {}
enum RawPort {}
type OnBlock = unsafe extern "C" fn(u32, *mut c_void) -> c_int;

/// Which client it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Of the server.
    pub server: String,
    /// Its own, which nobody else has.
    pub name: String,
    /// Its row among the cycles.
    pub row: usize,
    /// Frames of a block, for all clients of the server.
    pub frames: u32,
}

/// A client that plays until the process ends.
pub struct Client {
    library: Library,
    raw: *mut RawClient,
}

/// What the block's thread owns.
struct Copier {
    raw: *mut RawClient,
    port_buffer: unsafe extern "C" fn(*mut RawPort, u32) -> *mut c_void,
    cycle_times: unsafe extern "C" fn(*const RawClient, *mut u32, *mut u64, *mut u64, *mut f32) -> c_int,
    inputs: [*mut RawPort; CHANNELS],
    outputs: [*mut RawPort; CHANNELS],
    cycles: Mapping<Cycles>,
    row: usize,
}

impl Client {
    /// Connects to the server and plays.
    ///
    /// # Errors
    /// There is no library or no server, or it refuses.
    pub fn start(identity: &Identity, cycles: Mapping<Cycles>) -> anyhow::Result<Self> {
        // SAFETY: initialisers of libjack do nothing but set up its own memory. Each symbol below is declared as in
        // jack/jack.h and called as it says there, with strings that live through the call; the client stays open.
        unsafe {
            let library = Library::new("libjack.so.0").context("JACK's library is not there")?;
            let open =
                library
                    .get::<unsafe extern "C" fn(*const c_char, c_int, *mut c_int, ...) -> *mut RawClient>(
                        b"jack_client_open\0",
                    )?;
            let (name, server) =
                (CString::new(identity.name.as_str())?, CString::new(identity.server.as_str())?);
            let (mut status, since) = (0, Instant::now());
            let raw = loop {
                let raw = open(name.as_ptr(), OPTIONS, &raw mut status, server.as_ptr());
                if !raw.is_null() {
                    break raw;
                }
                let server = &identity.server;
                ensure!(since.elapsed() < PATIENCE, "the server {server} takes no client (status {status})");
                std::thread::sleep(POLL);
            };
            let client = Self { library, raw };
            client.set_block(identity.frames)?;
            let copier = client.copier(cycles, identity.row)?;
            client.call::<unsafe extern "C" fn(*mut RawClient, OnBlock, *mut c_void) -> c_int>(
                b"jack_set_process_callback\0",
                // It lives as long as the process, as the client does.
                |set| set(raw, on_block, Box::into_raw(Box::new(copier)).cast()),
            )?;
            client.call::<unsafe extern "C" fn(*mut RawClient) -> c_int>(b"jack_activate\0", |activate| {
                activate(raw)
            })?;
            Ok(client)
        }
    }

    /// Connects a port of one client to a port of another.
    ///
    /// # Errors
    /// There is no such port.
    pub fn connect(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let (from, to) = (CString::new(from)?, CString::new(to)?);
        // SAFETY: declared as in jack/jack.h; the strings live through the call.
        unsafe {
            self.call::<unsafe extern "C" fn(*mut RawClient, *const c_char, *const c_char) -> c_int>(
                b"jack_connect\0",
                |connect| connect(self.raw, from.as_ptr(), to.as_ptr()),
            )
        }
    }

    /// # Safety
    /// `F` is the symbol's type, and `call` keeps its contract.
    unsafe fn call<F: Copy>(&self, symbol: &[u8], call: impl FnOnce(F) -> c_int) -> anyhow::Result<()> {
        // SAFETY: the caller's.
        let function = unsafe { *self.library.get::<F>(symbol)? };
        let result = call(function);
        ensure!(result == 0, "{} gave {result}", String::from_utf8_lossy(symbol).trim_end_matches('\0'));
        Ok(())
    }

    /// # Safety
    /// The client is open.
    unsafe fn set_block(&self, frames: u32) -> anyhow::Result<()> {
        // SAFETY: declared as in jack/jack.h.
        unsafe {
            let now =
                self.library.get::<unsafe extern "C" fn(*mut RawClient) -> u32>(b"jack_get_buffer_size\0")?;
            if now(self.raw) == frames {
                return Ok(());
            }
            self.call::<unsafe extern "C" fn(*mut RawClient, u32) -> c_int>(
                b"jack_set_buffer_size\0",
                |set| set(self.raw, frames),
            )
        }
    }

    /// # Safety
    /// The client is open.
    unsafe fn copier(&self, cycles: Mapping<Cycles>, row: usize) -> anyhow::Result<Copier> {
        type Register = unsafe extern "C" fn(
            *mut RawClient,
            *const c_char,
            *const c_char,
            c_ulong,
            c_ulong,
        ) -> *mut RawPort;
        // SAFETY: declared as in jack/jack.h; the strings live through the calls.
        unsafe {
            let register = *self.library.get::<Register>(b"jack_port_register\0")?;
            let port = |way: &str, channel: usize, flag| {
                let name = CString::new(format!("{way}_{}", channel + 1))?;
                let port = register(self.raw, name.as_ptr(), AUDIO.as_ptr(), flag, 0);
                ensure!(!port.is_null(), "the server refuses the port {name:?}");
                Ok(port)
            };
            let mut copier = Copier {
                raw: self.raw,
                port_buffer: *self.library.get(b"jack_port_get_buffer\0")?,
                cycle_times: *self.library.get(b"jack_get_cycle_times\0")?,
                inputs: [null::<RawPort>().cast_mut(); CHANNELS],
                outputs: [null::<RawPort>().cast_mut(); CHANNELS],
                cycles,
                row,
            };
            for channel in 0..CHANNELS {
                copier.inputs[channel] = port("in", channel, IS_INPUT)?;
                copier.outputs[channel] = port("out", channel, IS_OUTPUT)?;
            }
            Ok(copier)
        }
    }
}

unsafe extern "C" fn on_block(frames: u32, copier: *mut c_void) -> c_int {
    let called = Deadline::now();
    // SAFETY: set with the copier, which is never freed; only this thread uses it. Buffers hold `frames` samples for the
    // length of this call, and no two ports share one.
    unsafe {
        let copier = &*copier.cast::<Copier>();
        for (input, output) in copier.inputs.iter().zip(&copier.outputs) {
            let from = (copier.port_buffer)(*input, frames).cast::<f32>();
            let to = (copier.port_buffer)(*output, frames).cast::<f32>();
            if !from.is_null() && !to.is_null() {
                std::ptr::copy_nonoverlapping(from, to, frames as usize);
            }
        }
        let (mut frame, mut cycle_us, mut next_us, mut period_us) = (0, 0, 0, 0.0);
        (copier.cycle_times)(
            copier.raw,
            &raw mut frame,
            &raw mut cycle_us,
            &raw mut next_us,
            &raw mut period_us,
        );
        let moments = Moments {
            cycle_ns: cycle_us * 1000,
            called_ns: called.nanoseconds(),
            done_ns: Deadline::now().nanoseconds(),
        };
        copier.cycles.note(copier.row, u64::from(frame / frames.max(1)) + 1, moments);
    }
    0
}
