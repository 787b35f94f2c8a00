//! The functions of libjack that are used.
//!
//! PipeWire's own libjack has the same name as JACK's, so each is looked for in its own places, JACK's first; then both can
//! be used in one process. It calls nothing itself.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void};
use std::path::Path;
use std::sync::OnceLock;

use super::super::Server;
use crate::sys::foreign_library::{self, function_table};

/// A client of the library's, behind a pointer only it looks through.
pub enum RawClient {}
/// A port, likewise.
pub enum RawPort {}

/// Least and greatest latency, in frames.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct LatencyRange {
    pub min: u32,
    pub max: u32,
}

/// A MIDI message in a port's buffer; its bytes are valid within the block.
#[repr(C)]
pub struct RawMidi {
    pub time: u32,
    pub size: usize,
    pub buffer: *const u8,
}

pub type OnBlock = unsafe extern "C" fn(u32, *mut c_void) -> c_int;
pub type OnEvent = unsafe extern "C" fn(*mut c_void) -> c_int;
pub type OnShutdown = unsafe extern "C" fn(*mut c_void);
pub type OnMessage = unsafe extern "C" fn(*const c_char);

/// `jack_options_t`: no server is started, and it is named.
pub const NO_START_SERVER: c_int = 0x01;
pub const SERVER_NAME: c_int = 0x04;
/// `JackPortFlags`.
pub const IS_INPUT: c_ulong = 0x1;
pub const IS_OUTPUT: c_ulong = 0x2;
pub const IS_PHYSICAL: c_ulong = 0x4;
/// `jack_latency_callback_mode_t`.
pub const CAPTURE: c_int = 0;
pub const PLAYBACK: c_int = 1;
/// Port types.
pub const AUDIO: &std::ffi::CStr = c"32 bit float mono audio";
pub const MIDI: &std::ffi::CStr = c"8 bit raw midi";

// As in jack/jack.h and jack/midiport.h, stable since 0.109.
function_table! {
    client_open: b"jack_client_open\0" fn(*const c_char, c_int, *mut c_int; ...) -> *mut RawClient;
    client_name: b"jack_get_client_name\0" fn(*mut RawClient) -> *const c_char;
    client_close: b"jack_client_close\0" fn(*mut RawClient) -> c_int;
    activate: b"jack_activate\0" fn(*mut RawClient) -> c_int;
    deactivate: b"jack_deactivate\0" fn(*mut RawClient) -> c_int;
    sample_rate: b"jack_get_sample_rate\0" fn(*mut RawClient) -> u32;
    buffer_size: b"jack_get_buffer_size\0" fn(*mut RawClient) -> u32;
    set_buffer_size: b"jack_set_buffer_size\0" fn(*mut RawClient, u32) -> c_int;
    is_realtime: b"jack_is_realtime\0" fn(*mut RawClient) -> c_int;
    on_block: b"jack_set_process_callback\0" fn(*mut RawClient, OnBlock, *mut c_void) -> c_int;
    on_buffer_size: b"jack_set_buffer_size_callback\0" fn(*mut RawClient, OnBlock, *mut c_void) -> c_int;
    on_xrun: b"jack_set_xrun_callback\0" fn(*mut RawClient, OnEvent, *mut c_void) -> c_int;
    on_shutdown: b"jack_on_shutdown\0" fn(*mut RawClient, OnShutdown, *mut c_void);
    on_error_text: b"jack_set_error_function\0" fn(OnMessage);
    on_info_text: b"jack_set_info_function\0" fn(OnMessage);
    port_register: b"jack_port_register\0"
        fn(*mut RawClient, *const c_char, *const c_char, c_ulong, c_ulong) -> *mut RawPort;
    port_name: b"jack_port_name\0" fn(*const RawPort) -> *const c_char;
    port_buffer: b"jack_port_get_buffer\0" fn(*mut RawPort, u32) -> *mut c_void;
    port_latency: b"jack_port_get_latency_range\0" fn(*mut RawPort, c_int, *mut LatencyRange);
    ports: b"jack_get_ports\0"
        fn(*mut RawClient, *const c_char, *const c_char, c_ulong) -> *mut *const c_char;
    connected: b"jack_port_connected_to\0" fn(*const RawPort, *const c_char) -> c_int;
    disconnect: b"jack_disconnect\0" fn(*mut RawClient, *const c_char, *const c_char) -> c_int;
    connect: b"jack_connect\0" fn(*mut RawClient, *const c_char, *const c_char) -> c_int;
    free: b"jack_free\0" fn(*mut c_void);
    frames_since_start: b"jack_frames_since_cycle_start\0" fn(*const RawClient) -> u32;
    midi_count: b"jack_midi_get_event_count\0" fn(*mut c_void) -> c_uint;
    midi_event: b"jack_midi_event_get\0" fn(*mut RawMidi, *mut c_void, u32) -> c_int;
    midi_clear: b"jack_midi_clear_buffer\0" fn(*mut c_void);
    midi_write: b"jack_midi_event_write\0" fn(*mut c_void, u32, *const u8, usize) -> c_int;
}

/// Where distributions put PipeWire's libjack, where it does not stand in for JACK's.
const PIPEWIRE_PLACES: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/pipewire-0.3/jack/libjack.so.0",
    "/usr/lib/aarch64-linux-gnu/pipewire-0.3/jack/libjack.so.0",
    "/usr/lib64/pipewire-0.3/jack/libjack.so.0",
    "/usr/lib/pipewire-0.3/jack/libjack.so.0",
];

/// The library of a server. `[control]`
///
/// # Errors
/// It is not installed; for people.
pub fn of(server: Server) -> Result<Functions, String> {
    let jack = jack();
    match server {
        Server::Jack => jack,
        Server::PipeWire => pipewire(),
    }
}

fn jack() -> Result<Functions, String> {
    static FOUND: OnceLock<Result<Functions, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| load("libjack.so.0"));
    found.clone().map_err(|error| format!("JACK's library is not there (install jackd2): {error}"))
}

fn pipewire() -> Result<Functions, String> {
    static FOUND: OnceLock<Result<Functions, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let place = PIPEWIRE_PLACES.iter().find(|place| Path::new(place).exists());
        place.map_or_else(|| Err("no libjack of PipeWire".to_owned()), |place| load(place))
    });
    found.clone().map_err(|error| format!("PipeWire is reached by the package pipewire-jack: {error}"))
}

fn load(name: &str) -> Result<Functions, String> {
    // SAFETY: initialisers of libjack do nothing but set up its own memory.
    let library = unsafe { foreign_library::load(name) }?;
    let functions = Functions::find(library).map_err(|error| error.to_string())?;
    // SAFETY: both functions take a pointer to a function that does nothing and lives for ever.
    unsafe {
        (functions.on_error_text)(silent);
        (functions.on_info_text)(silent);
    }
    Ok(functions)
}

/// The library would write to standard error; what matters is told by results.
unsafe extern "C" fn silent(_: *const c_char) {}
