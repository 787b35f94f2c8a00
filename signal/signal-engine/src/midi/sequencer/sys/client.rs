//! Our client of ALSA's sequencer: its queue, its ports, what it sends and receives. The only place that calls the library.
//!
//! One thread uses it. Calls into the kernel return at once; only [`Client::wait`] waits, and not for longer than it is told.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_int};

use libc::{POLLIN, pollfd};

use super::event::{ANNOUNCEMENTS, QUEUE_START, RawEvent, decode, encode};
use super::library::{self, Functions, RawClient, RawClientInfo, RawPortInfo, RawQueueStatus};
use crate::device::MidiDirection;

const OPEN_BOTH_WAYS: c_int = 3;
const NONBLOCK: c_int = 1;
/// `SND_SEQ_PORT_CAP_*`.
const READ: u32 = 1;
const WRITE: u32 = 1 << 1;
const SUBSCRIBE_READ: u32 = 1 << 5;
const SUBSCRIBE_WRITE: u32 = 1 << 6;
const NO_EXPORT: u32 = 1 << 7;
/// `SND_SEQ_PORT_TYPE_*`.
const MIDI_GENERIC: u32 = 1 << 1;
const HARDWARE: u32 = 1 << 16;
const APPLICATION: u32 = 1 << 20;
/// The system's own client, and its port that tells of others.
const SYSTEM: c_int = 0;
const ANNOUNCE: c_int = 1;
/// Address of whoever is subscribed.
const SUBSCRIBERS: [u8; 2] = [254, 253];
/// The time of an event is seconds and nanoseconds of its queue (`SND_SEQ_TIME_STAMP_REAL`), from its start on.
const REAL_TIME: u8 = 1;
/// `SND_SEQ_QUEUE_DIRECT`: at once.
const DIRECTLY: u8 = 253;
/// Ports of all clients that are looked at: the kernel has 192 clients.
const MOST_PORTS: usize = 1024;

/// A client and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    pub client: c_int,
    pub port: c_int,
}

/// Somebody's port.
#[derive(Clone, Debug)]
pub struct Found {
    pub address: Address,
    pub client_name: String,
    pub port_name: String,
    pub hardware: bool,
    /// We can hear it, and send to it.
    pub reads: bool,
    pub writes: bool,
}

/// What came in.
#[derive(Clone, Copy, Debug)]
pub enum Received {
    /// A channel message at one of our ports, at a time of the queue.
    Message { port: c_int, time_ns: u64, data: [u8; 3] },
    /// Clients or ports came or went.
    Changed,
    /// Something else.
    Other,
}

/// Open, with a queue that runs.
pub struct Client {
    functions: Functions,
    raw: *mut RawClient,
    id: c_int,
    queue: c_int,
    announced: c_int,
}

// SAFETY: the library's clients may be used from any thread; this one is used by one at a time.
unsafe impl Send for Client {}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: the client is open and nobody uses it any more. Its ports and its queue end with it.
        unsafe { (self.functions.close)(self.raw) };
    }
}

impl Client {
    /// Opens the sequencer.
    ///
    /// # Errors
    /// There is no library or no sequencer; for people.
    pub fn open() -> Result<Self, String> {
        let functions = library::find()?;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the name lives through the call, which writes the pointer if it succeeds.
        let opened = unsafe { (functions.open)(&raw mut raw, c"default".as_ptr(), OPEN_BOTH_WAYS, NONBLOCK) };
        if opened < 0 || raw.is_null() {
            return Err("this kernel has no ALSA sequencer (modprobe snd-seq)".to_owned());
        }
        // SAFETY: the client is open; the strings live through the calls.
        let (id, queue) = unsafe {
            (functions.set_client_name)(raw, c"Loophole".as_ptr());
            ((functions.client_id)(raw), (functions.alloc_queue)(raw, c"Loophole".as_ptr()))
        };
        let mut client = Self { functions, raw, id, queue, announced: -1 };
        if queue < 0 {
            return Err("ALSA's sequencer has no queue left".to_owned());
        }
        // SAFETY: the client and its queue are open; no event is given.
        unsafe {
            (functions.control_queue)(raw, queue, QUEUE_START, 0, std::ptr::null_mut());
            (functions.drain)(raw);
        }
        client.announced = client.create_port("announcements", WRITE | NO_EXPORT).unwrap_or(-1);
        if client.announced >= 0 {
            // SAFETY: the client is open.
            unsafe { (functions.connect_from)(raw, client.announced, SYSTEM, ANNOUNCE) };
        }
        Ok(client)
    }

    /// A port of ours that is connected to `outer`.
    pub fn connect(&self, direction: MidiDirection, outer: Address, name: &str) -> Option<c_int> {
        let capability = match direction {
            MidiDirection::Input => WRITE | NO_EXPORT,
            MidiDirection::Output => READ | NO_EXPORT,
        };
        let port = self.create_port(name, capability)?;
        // SAFETY: the client is open.
        let connected = unsafe {
            match direction {
                MidiDirection::Input => {
                    (self.functions.connect_from)(self.raw, port, outer.client, outer.port)
                }
                MidiDirection::Output => {
                    (self.functions.connect_to)(self.raw, port, outer.client, outer.port)
                }
            }
        };
        if connected < 0 {
            self.delete_port(port);
            return None;
        }
        Some(port)
    }

    /// Ends a port of ours, and its connections with it.
    pub fn delete_port(&self, port: c_int) {
        // SAFETY: the client is open.
        unsafe { (self.functions.delete_port)(self.raw, port) };
    }

    /// What comes in at it is stamped with the queue's time by the kernel.
    fn create_port(&self, name: &str, capability: u32) -> Option<c_int> {
        let name = CString::new(name).ok()?;
        let mut info: *mut RawPortInfo = std::ptr::null_mut();
        let functions = &self.functions;
        // SAFETY: the information is made before and freed after its use; the name lives through the calls.
        unsafe {
            if (functions.port_info_new)(&raw mut info) < 0 {
                return None;
            }
            (functions.port_info_set_name)(info, name.as_ptr());
            (functions.port_info_set_capability)(info, capability);
            (functions.port_info_set_type)(info, MIDI_GENERIC | APPLICATION);
            (functions.port_info_set_stamping)(info, 1);
            (functions.port_info_set_stamp_real)(info, 1);
            (functions.port_info_set_stamp_queue)(info, self.queue);
            let created = (functions.create_port)(self.raw, info);
            let port = (functions.port_info_port)(info);
            (functions.port_info_free)(info);
            (created >= 0).then_some(port)
        }
    }

    /// Every port of others that can be heard or sent to.
    pub fn ports(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let (mut client, mut port): (*mut RawClientInfo, *mut RawPortInfo) =
            (std::ptr::null_mut(), std::ptr::null_mut());
        let functions = &self.functions;
        // SAFETY: both pieces of information are made before and freed after their use; names are copied while they live.
        unsafe {
            if (functions.client_info_new)(&raw mut client) < 0 {
                return found;
            }
            if (functions.port_info_new)(&raw mut port) >= 0 {
                (functions.client_info_set_client)(client, -1);
                while (functions.next_client)(self.raw, client) >= 0 && found.len() < MOST_PORTS {
                    let id = (functions.client_info_client)(client);
                    if id != self.id && id != SYSTEM {
                        let name = text((functions.client_info_name)(client));
                        self.ports_of(id, &name, port, &mut found);
                    }
                }
                (functions.port_info_free)(port);
            }
            (functions.client_info_free)(client);
        }
        found
    }

    /// # Safety
    /// `info` is one of a port, and nobody else uses it.
    unsafe fn ports_of(&self, client: c_int, name: &str, info: *mut RawPortInfo, found: &mut Vec<Found>) {
        let functions = &self.functions;
        // SAFETY: as promised; names are copied while they live.
        unsafe {
            (functions.port_info_set_client)(info, client);
            (functions.port_info_set_port)(info, -1);
            while (functions.next_port)(self.raw, info) >= 0 && found.len() < MOST_PORTS {
                let capability = (functions.port_info_capability)(info);
                let can = |both: u32| capability & both == both && capability & NO_EXPORT == 0;
                let (reads, writes) = (can(READ | SUBSCRIBE_READ), can(WRITE | SUBSCRIBE_WRITE));
                if reads || writes {
                    found.push(Found {
                        address: Address { client, port: (functions.port_info_port)(info) },
                        client_name: name.to_owned(),
                        port_name: text((functions.port_info_name)(info)),
                        hardware: (functions.port_info_type)(info) & HARDWARE != 0,
                        reads,
                        writes,
                    });
                }
            }
        }
    }

    /// The queue's time.
    pub fn queue_ns(&self) -> Option<u64> {
        let mut status: *mut RawQueueStatus = std::ptr::null_mut();
        let functions = &self.functions;
        // SAFETY: the status is made before and freed after its use; the time is copied while it lives.
        unsafe {
            if (functions.status_new)(&raw mut status) < 0 {
                return None;
            }
            let asked = (functions.queue_status)(self.raw, self.queue, status) >= 0;
            let time = (functions.status_time)(status);
            let time = (asked && !time.is_null()).then(|| *time);
            (functions.status_free)(status);
            time.map(|time| u64::from(time.seconds) * 1_000_000_000 + u64::from(time.nanoseconds))
        }
    }

    /// Sends a message from a port of ours at a time of the queue, or at once. False: there is no room now.
    pub fn send(&self, port: c_int, at_ns: Option<u64>, data: [u8; 3]) -> bool {
        let Some(mut event) = encode(data) else { return true };
        event.source = [self.id as u8, port as u8];
        event.destination = SUBSCRIBERS;
        event.queue = DIRECTLY;
        if let Some(at) = at_ns {
            event.queue = self.queue as u8;
            event.flags = REAL_TIME;
            event.seconds = (at / 1_000_000_000) as u32;
            event.nanoseconds = (at % 1_000_000_000) as u32;
        }
        // SAFETY: the client is open, the event lives through the call, which copies it.
        let sent = unsafe { (self.functions.send)(self.raw, &raw mut event) };
        // What can't be sent for another reason has nobody to go to.
        sent != -libc::EAGAIN && sent != -libc::ENOMEM
    }

    /// The next of what came in.
    pub fn receive(&self) -> Option<Received> {
        let mut event: *mut RawEvent = std::ptr::null_mut();
        // SAFETY: the client is open; the event is the library's until the next call and is copied here.
        let event = unsafe {
            let result = (self.functions.receive)(self.raw, &raw mut event);
            // Events that were lost in an overrun are told once, by another error.
            if result == -libc::EAGAIN || (result < 0 && result != -libc::ENOSPC) {
                return None;
            }
            if event.is_null() {
                return Some(Received::Changed);
            }
            *event
        };
        if i32::from(event.destination[1]) == self.announced {
            let changed = ANNOUNCEMENTS.contains(&event.kind);
            return Some(if changed { Received::Changed } else { Received::Other });
        }
        let time_ns = u64::from(event.seconds) * 1_000_000_000 + u64::from(event.nanoseconds);
        let port = c_int::from(event.destination[1]);
        Some(decode(&event).map_or(Received::Other, |data| Received::Message { port, time_ns, data }))
    }

    /// Waits until something comes in.
    pub fn wait(&self, most_ms: c_int) {
        let mut descriptor = pollfd { fd: -1, events: 0, revents: 0 };
        // SAFETY: there is room for the one descriptor that is asked for; polling reads and writes it alone.
        unsafe {
            (self.functions.descriptors)(self.raw, &raw mut descriptor, 1, POLLIN);
            libc::poll(&raw mut descriptor, 1, most_ms);
        }
    }
}

/// # Safety
/// `name` is null or a string that lives through the call.
unsafe fn text(name: *const std::ffi::c_char) -> String {
    if name.is_null() {
        return String::new();
    }
    // SAFETY: as promised.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}
