//! A client of libjack: connected, then playing. The only place that calls the library.
//!
//! The library calls back on threads of its own: blocks on its real-time thread, the rest on others. What they share with
//! the control thread is atomic.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_int};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::Server;
use super::block::{BlockThread, Shared, on_block, on_buffer_size, on_shutdown, on_xrun};
use super::library::{self, Functions, LatencyRange, RawClient, RawPort};
use super::midi::BlockMidi;
use super::slots::{MidiSlots, Slot};
use crate::device::{BlockCallback, DeviceFormat, Latency, MOST_CHANNELS, MidiDirection};

/// What we are called among the server's clients.
const CLIENT_NAME: &CStr = c"loophole";

/// Where the card's port lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The card plays what it is sent.
    Playback,
    /// The card sends what it hears.
    Capture,
}

/// Connected, and not playing.
pub struct Client {
    functions: Functions,
    raw: *mut RawClient,
    server: Server,
}

// SAFETY: libjack's clients may be used from any thread; this one is used by one at a time.
unsafe impl Send for Client {}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the client is open and nobody uses it any more.
        unsafe { (self.functions.client_close)(self.raw) };
    }
}

impl Client {
    /// Connects to the server of this name, or to the default one if it is empty.
    pub fn open(functions: Functions, server: Server, name: &str) -> Result<Self, String> {
        let mut status = 0;
        let named = CString::new(name).map_err(|_| "a server's name has no zero in it".to_owned())?;
        let client = CLIENT_NAME.as_ptr();
        // SAFETY: the strings live through the call; the option SERVER_NAME says that a name follows.
        let raw = unsafe {
            if name.is_empty() || name == "default" {
                (functions.client_open)(client, library::NO_START_SERVER, &raw mut status)
            } else {
                let options = library::NO_START_SERVER | library::SERVER_NAME;
                (functions.client_open)(client, options, &raw mut status, named.as_ptr())
            }
        };
        if raw.is_null() {
            return Err(match (server, name) {
                (Server::PipeWire, _) => "PipeWire does not run".to_owned(),
                (Server::Jack, "" | "default") => "no JACK server runs".to_owned(),
                (Server::Jack, name) => format!("no JACK server “{name}” runs"),
            });
        }
        Ok(Self { functions, raw, server })
    }

    /// In hertz.
    pub fn sample_rate(&self) -> u32 {
        // SAFETY: the client is open.
        unsafe { (self.functions.sample_rate)(self.raw) }
    }

    /// Frames of the server's blocks.
    pub fn block_frames(&self) -> u32 {
        // SAFETY: the client is open.
        unsafe { (self.functions.buffer_size)(self.raw) }
    }

    /// Asks the server for blocks of another length.
    pub fn set_block_frames(&self, frames: u32) -> Result<(), String> {
        // SAFETY: the client is open.
        match unsafe { (self.functions.set_buffer_size)(self.raw, frames) } {
            0 => Ok(()),
            _ => Err(format!("the server refuses blocks of {frames} frames")),
        }
    }

    /// Names of the audio ports of a card, or of all if it is not named, in the server's order.
    pub fn card_ports(&self, card: &str, direction: Direction) -> Vec<String> {
        let way = match direction {
            Direction::Playback => library::IS_INPUT,
            Direction::Capture => library::IS_OUTPUT,
        };
        let mut ports = self.ports(way | library::IS_PHYSICAL);
        if ports.is_empty() && self.server == Server::PipeWire {
            // Sinks without hardware are not physical. What programs offer begins with our own name or "Monitor".
            ports = self.ports(way);
            ports.retain(|port| !port.starts_with("loophole") && !port.contains(":monitor"));
        }
        ports.retain(|port| card.is_empty() || port.rsplit_once(':').is_some_and(|(owner, _)| owner == card));
        ports
    }

    fn ports(&self, flags: u64) -> Vec<String> {
        self.ports_of(library::AUDIO, flags)
    }

    /// MIDI ports of others, seen from here: an input is what can be heard. With whether each is hardware.
    pub fn midi_ports(&self, direction: MidiDirection) -> Vec<(String, bool)> {
        let way = match direction {
            MidiDirection::Input => library::IS_OUTPUT,
            MidiDirection::Output => library::IS_INPUT,
        };
        let own = self.own_name();
        let physical = self.ports_of(library::MIDI, way | library::IS_PHYSICAL);
        let all = self.ports_of(library::MIDI, way).into_iter();
        let others = all.filter(|name| name.split_once(':').is_none_or(|(client, _)| client != own));
        others.map(|name| (physical.contains(&name), name)).map(|(physical, name)| (name, physical)).collect()
    }

    /// What the server calls us; it may have added a number.
    fn own_name(&self) -> String {
        // SAFETY: the client is open; its name lives as long.
        let name = unsafe { CStr::from_ptr((self.functions.client_name)(self.raw)) };
        name.to_string_lossy().into_owned()
    }

    fn ports_of(&self, kind: &CStr, flags: u64) -> Vec<String> {
        let mut names = Vec::new();
        // SAFETY: the client is open; the list ends with null, its strings live until it is freed.
        unsafe {
            let list = (self.functions.ports)(self.raw, std::ptr::null(), kind.as_ptr(), flags as _);
            if list.is_null() {
                return names;
            }
            let mut next = list;
            while !(*next).is_null() && names.len() < 4 * MOST_CHANNELS {
                names.push(CStr::from_ptr(*next).to_string_lossy().into_owned());
                next = next.add(1);
            }
            (self.functions.free)(list.cast());
        }
        names
    }

    fn register(&self, name: &str, kind: &CStr, flags: u64) -> Result<*mut RawPort, String> {
        let text = CString::new(name).map_err(|_| "a port's name has no zero in it".to_owned())?;
        // SAFETY: the client is open, the strings live through the call.
        let port =
            unsafe { (self.functions.port_register)(self.raw, text.as_ptr(), kind.as_ptr(), flags as _, 0) };
        if port.is_null() { Err(format!("the server refuses the port {name}")) } else { Ok(port) }
    }

    /// Registers the ports and begins to play.
    pub fn run(
        self,
        format: DeviceFormat,
        inputs: usize,
        outputs: usize,
        callback: Box<dyn BlockCallback>,
    ) -> Result<Arc<Running>, String> {
        let ports = |name: &str, count: usize, flags| {
            let register = |channel| self.register(&format!("{name}_{channel}"), library::AUDIO, flags);
            (1..=count).map(register).collect::<Result<Vec<_>, _>>()
        };
        let inputs = ports("in", inputs, library::IS_INPUT)?;
        let outputs = ports("out", outputs, library::IS_OUTPUT)?;
        let midi = self.register("midi_in", library::MIDI, library::IS_INPUT)?;
        let shared = Arc::new(Shared::default());
        shared.midi.inputs[0].set_port(midi);
        shared.midi.inputs[0].set_number(Some(0));
        let thread = Box::new(BlockThread {
            functions: self.functions,
            raw: self.raw,
            sample_rate: format.sample_rate,
            inputs: inputs.clone(),
            outputs: outputs.clone(),
            midi: BlockMidi::default(),
            callback,
            shared: Arc::clone(&shared),
            position: 0,
        });
        let (functions, raw) = (self.functions, self.raw);
        let client = ManuallyDrop::new(self);
        let running = Running { client, inputs, outputs, shared, format, thread: Box::into_raw(thread) };
        // SAFETY: what the callbacks are given lives until the client is closed, which ends them: see `Running::drop`.
        let activated = unsafe {
            (functions.on_block)(raw, on_block, running.thread.cast());
            let shared = Arc::as_ptr(&running.shared).cast_mut().cast();
            (functions.on_buffer_size)(raw, on_buffer_size, shared);
            (functions.on_xrun)(raw, on_xrun, shared);
            (functions.on_shutdown)(raw, on_shutdown, shared);
            (functions.activate)(raw)
        };
        if activated == 0 { Ok(Arc::new(running)) } else { Err("the server does not let it play".to_owned()) }
    }
}

/// A client that plays. `[control]`
pub struct Running {
    client: ManuallyDrop<Client>,
    inputs: Vec<*mut RawPort>,
    outputs: Vec<*mut RawPort>,
    shared: Arc<Shared>,
    format: DeviceFormat,
    thread: *mut BlockThread,
}

// SAFETY: the library's functions used here may be called from any thread; `thread` is touched by its block thread alone
// until the client is closed.
unsafe impl Send for Running {}
// SAFETY: as above; methods only call the library and read atomics.
unsafe impl Sync for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: closing ends the library's threads, also when the server is gone; then nobody else has the thread, which
        // was made by a box. The client is not used again.
        unsafe {
            (self.client.functions.deactivate)(self.client.raw);
            ManuallyDrop::drop(&mut self.client);
            drop(Box::from_raw(self.thread));
        }
    }
}

impl Running {
    /// Wires our channels to the card's, in order. What can't be wired stays loose: the user may have reasons.
    pub fn wire(&self, playback: &[String], capture: &[String]) {
        let name = |port: *mut RawPort| {
            // SAFETY: the port is registered; its name lives as long.
            unsafe { CStr::from_ptr((self.client.functions.port_name)(port)) }
        };
        for (port, card) in self.outputs.iter().zip(playback) {
            self.connect(name(*port), &CString::new(card.as_str()).unwrap_or_default());
        }
        for (port, card) in self.inputs.iter().zip(capture) {
            self.connect(&CString::new(card.as_str()).unwrap_or_default(), name(*port));
        }
    }

    /// Our MIDI ports.
    pub fn midi(&self) -> &MidiSlots {
        &self.shared.midi
    }

    /// MIDI ports of others. Nothing once the server is gone.
    pub fn midi_ports(&self, direction: MidiDirection) -> Vec<(String, bool)> {
        if self.shared.gone.load(Ordering::Relaxed) { Vec::new() } else { self.client.midi_ports(direction) }
    }

    /// Registers a slot's port, if it has none, and connects it; its name says which it is.
    pub fn connect_midi(&self, slot: &Slot, direction: MidiDirection, own: &str, outer: &str) -> bool {
        if self.shared.gone.load(Ordering::Relaxed) {
            return false;
        }
        if slot.port().is_null() {
            let flags = match direction {
                MidiDirection::Input => library::IS_INPUT,
                MidiDirection::Output => library::IS_OUTPUT,
            };
            match self.client.register(own, library::MIDI, flags) {
                Ok(port) => slot.set_port(port),
                Err(reason) => {
                    tracing::warn!("{outer} can't be reached: {reason}");
                    return false;
                }
            }
        }
        let outer = CString::new(outer).unwrap_or_default();
        // SAFETY: the port is registered; its name lives as long, the other's through the calls.
        unsafe {
            let own = CStr::from_ptr((self.client.functions.port_name)(slot.port()));
            if (self.client.functions.connected)(slot.port(), outer.as_ptr()) == 0 {
                match direction {
                    MidiDirection::Input => self.connect(&outer, own),
                    MidiDirection::Output => self.connect(own, &outer),
                }
            }
            (self.client.functions.connected)(slot.port(), outer.as_ptr()) != 0
        }
    }

    /// Ends the connection of a slot's port.
    pub fn disconnect_midi(&self, slot: &Slot, direction: MidiDirection, outer: &str) {
        if slot.port().is_null() || self.shared.gone.load(Ordering::Relaxed) {
            return;
        }
        let outer = CString::new(outer).unwrap_or_default();
        // SAFETY: as above. A connection that is gone already is refused, which is no matter.
        unsafe {
            let own = (self.client.functions.port_name)(slot.port());
            let (from, to) = match direction {
                MidiDirection::Input => (outer.as_ptr(), own),
                MidiDirection::Output => (own, outer.as_ptr()),
            };
            (self.client.functions.disconnect)(self.client.raw, from, to);
        }
    }

    /// Frames that the way of a slot's port takes, by the server's word.
    pub fn midi_latency(&self, slot: &Slot, direction: MidiDirection) -> u32 {
        let mut range = LatencyRange::default();
        if !slot.port().is_null() && !self.shared.gone.load(Ordering::Relaxed) {
            let mode = match direction {
                MidiDirection::Input => library::CAPTURE,
                MidiDirection::Output => library::PLAYBACK,
            };
            // SAFETY: the port is registered, the range is written before the call returns.
            unsafe { (self.client.functions.port_latency)(slot.port(), mode, &raw mut range) };
        }
        range.max
    }

    fn connect(&self, from: &CStr, to: &CStr) {
        // SAFETY: the client is active, the strings live through the call.
        let refused = unsafe { (self.client.functions.connect)(self.client.raw, from.as_ptr(), to.as_ptr()) };
        if refused != 0 {
            tracing::info!("{from:?} was not wired to {to:?}");
        }
    }

    /// Asks the server for the delays of the first channels, and tells the block thread.
    pub fn measure_latency(&self) -> Latency {
        if self.shared.gone.load(Ordering::Relaxed) {
            return Latency::default();
        }
        let of = |port: Option<&*mut RawPort>, mode: c_int| {
            let mut range = LatencyRange::default();
            if let Some(port) = port {
                // SAFETY: the port is registered, the range is written before the call returns.
                unsafe { (self.client.functions.port_latency)(*port, mode, &raw mut range) };
            }
            range.max
        };
        let latency = Latency {
            input: of(self.inputs.first(), library::CAPTURE),
            output: of(self.outputs.first(), library::PLAYBACK),
        };
        self.shared.input_latency.store(latency.input, Ordering::Relaxed);
        self.shared.output_latency.store(latency.output, Ordering::Relaxed);
        latency
    }

    /// Whether the server gives its clients real-time threads.
    pub fn is_realtime(&self) -> bool {
        // SAFETY: the client is open.
        !self.shared.gone.load(Ordering::Relaxed)
            && unsafe { (self.client.functions.is_realtime)(self.client.raw) } != 0
    }

    /// Why it plays no more.
    pub fn failure(&self) -> Option<String> {
        if self.shared.gone.load(Ordering::Relaxed) {
            return Some("the sound server has ended".to_owned());
        }
        let now = self.shared.block_frames.load(Ordering::Relaxed);
        // PipeWire shortens blocks as programs come and go; the player takes any length.
        let fixed = self.client.server == Server::Jack;
        let other = fixed && now != 0 && now != self.format.block_frames;
        other.then(|| format!("the sound server changed to blocks of {now} frames"))
    }
}
