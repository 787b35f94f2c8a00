//! A PCM: opened, then with a format and a block's bytes to transfer. The only place that moves sound through libasound.
//!
//! Nothing here blocks but [`Stream::wait`], and that not for longer than it is told.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_long, c_ulong, c_void};
use std::time::Duration;

use libc::pollfd;
use rustix::io::Errno;

use super::super::samples::{Lane, SampleFormat};
use super::library::{Functions, RawPcm};

/// `snd_pcm_open`: no call waits.
const NONBLOCK: c_int = 1;
/// `snd_pcm_state_t`.
const XRUN: c_int = 4;
const SUSPENDED: c_int = 7;
const DISCONNECTED: c_int = 8;
/// Most channels of a PCM whose planes are transferred one by one.
pub const MOST_PLANES: usize = 256;
/// Most descriptors of a PCM; hardware has one, plugins a few.
const MOST_DESCRIPTORS: usize = 16;

/// Which way sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The card plays what it is sent.
    Playback,
    /// The card sends what it hears.
    Capture,
}

impl Direction {
    /// `snd_pcm_stream_t`.
    pub fn raw(self) -> c_int {
        match self {
            Self::Playback => 0,
            Self::Capture => 1,
        }
    }
}

/// What a call of the library's came to.
pub fn checked(result: c_int) -> Result<c_int, Errno> {
    if result >= 0 { Ok(result) } else { Err(errno(result.into())) }
}

fn frames(result: c_long) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_| errno(result))
}

/// Numbers that are none of the system's are the library's own, for a configuration it does not understand.
fn errno(result: c_long) -> Errno {
    match result.checked_neg().and_then(|number| i32::try_from(number).ok()) {
        Some(number) if (1..4096).contains(&number) => Errno::from_raw_os_error(number),
        _ => Errno::INVAL,
    }
}

/// One direction of a device, open and without a format.
pub struct Pcm {
    pub(super) functions: Functions,
    pub(super) raw: *mut RawPcm,
}

// SAFETY: a PCM may be used from any thread; this one is used by one at a time.
unsafe impl Send for Pcm {}

impl Drop for Pcm {
    fn drop(&mut self) {
        // SAFETY: it is open and nobody uses it any more.
        unsafe { (self.functions.close)(self.raw) };
    }
}

impl Pcm {
    /// Opens what ALSA's configuration calls `name`.
    pub fn open(functions: Functions, name: &CStr, direction: Direction) -> Result<Self, Errno> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the name lives through the call, which writes `raw` if it succeeds.
        checked(unsafe { (functions.open)(&raw mut raw, name.as_ptr(), direction.raw(), NONBLOCK) })?;
        Ok(Self { functions, raw })
    }
}

/// What a PCM was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// In hertz.
    pub rate: u32,
    /// Frames between two interrupts.
    pub period: usize,
    /// Frames that it holds.
    pub buffer: usize,
    /// Of each frame, those that nobody uses included.
    pub channels: usize,
    /// Of each sample.
    pub format: SampleFormat,
    /// Frame after frame; else channel after channel.
    pub interleaved: bool,
}

/// A PCM with its format, and the bytes of a block on their way in or out. `[audio]` but for its making.
pub struct Stream {
    pcm: Pcm,
    /// What it was given.
    pub setup: Setup,
    block: usize,
    bytes: Box<[u8]>,
    descriptors: Vec<pollfd>,
}

impl Stream {
    /// To transfer up to `block` frames at once.
    pub fn new(pcm: Pcm, setup: Setup, block: usize) -> Result<Self, Errno> {
        if !setup.interleaved && setup.channels > MOST_PLANES {
            return Err(Errno::INVAL);
        }
        // SAFETY: the PCM is open.
        let count = checked(unsafe { (pcm.functions.descriptor_count)(pcm.raw) })? as usize;
        if !(1..=MOST_DESCRIPTORS).contains(&count) {
            return Err(Errno::INVAL);
        }
        let mut descriptors = vec![pollfd { fd: -1, events: 0, revents: 0 }; count];
        // SAFETY: there is room for `count` descriptors.
        checked(unsafe { (pcm.functions.descriptors)(pcm.raw, descriptors.as_mut_ptr(), count as u32) })?;
        let bytes = vec![0; block * setup.channels * setup.format.bytes()].into();
        Ok(Self { pcm, setup, block, bytes, descriptors })
    }

    fn call(&self, function: unsafe extern "C" fn(*mut RawPcm) -> c_int) -> Result<(), Errno> {
        // SAFETY: the PCM is open, and the function is one of the library's that take nothing else.
        checked(unsafe { function(self.pcm.raw) }).map(|_| ())
    }

    /// Empty, and ready to be started.
    pub fn prepare(&self) -> Result<(), Errno> {
        self.call(self.pcm.functions.prepare)
    }

    /// The card begins.
    pub fn start(&self) -> Result<(), Errno> {
        self.call(self.pcm.functions.start)
    }

    /// The card ends, and forgets what it holds.
    pub fn stop(&self) -> Result<(), Errno> {
        self.call(self.pcm.functions.stop)
    }

    /// Back from the machine's sleep; `AGAIN`: not yet.
    pub fn resume(&self) -> Result<(), Errno> {
        self.call(self.pcm.functions.resume)
    }

    /// Lets both begin and end at the same frame; whether the driver can.
    pub fn link(&self, other: &Self) -> bool {
        // SAFETY: both PCMs are open.
        unsafe { (self.pcm.functions.link)(self.pcm.raw, other.pcm.raw) >= 0 }
    }

    /// Frames that can be read or written now, by the card's own count.
    pub fn available(&self) -> Result<usize, Errno> {
        // SAFETY: the PCM is open.
        frames(unsafe { (self.pcm.functions.available)(self.pcm.raw) })
    }

    /// Frames between what is transferred next and the jack.
    pub fn delay(&self) -> Result<i64, Errno> {
        let mut delay = 0;
        // SAFETY: the PCM is open, and the number is written before the call returns.
        checked(unsafe { (self.pcm.functions.delay)(self.pcm.raw, &raw mut delay) })?;
        Ok(delay)
    }

    /// The bytes of a block, and where in them a channel's samples are.
    pub fn bytes(&mut self, channel: usize) -> (&mut [u8], Lane) {
        let size = self.setup.format.bytes();
        let lane = match self.setup.interleaved {
            true => Lane { first: channel * size, step: self.setup.channels * size },
            false => Lane { first: channel * self.block * size, step: size },
        };
        (&mut self.bytes, lane)
    }

    /// Forgets what the block's bytes are: silence.
    pub fn silence(&mut self) {
        self.bytes.fill(0);
    }

    /// Reads frames `from` to `to` of the block; how many there were.
    pub fn read(&mut self, from: usize, to: usize) -> Result<usize, Errno> {
        let functions = self.pcm.functions;
        self.transfer(from, to, functions.read, functions.read_planes)
    }

    /// Writes frames `from` to `to` of the block; how many there was room for.
    pub fn write(&mut self, from: usize, to: usize) -> Result<usize, Errno> {
        let functions = self.pcm.functions;
        self.transfer(from, to, functions.write, functions.write_planes)
    }

    fn transfer(
        &mut self,
        from: usize,
        to: usize,
        whole: unsafe extern "C" fn(*mut RawPcm, *mut c_void, c_ulong) -> c_long,
        by_planes: unsafe extern "C" fn(*mut RawPcm, *mut *mut c_void, c_ulong) -> c_long,
    ) -> Result<usize, Errno> {
        let (channels, size) = (self.setup.channels, self.setup.format.bytes());
        let to = to.min(self.block);
        let count = to.saturating_sub(from);
        if count == 0 {
            return Ok(0);
        }
        if self.setup.interleaved {
            let bytes = &mut self.bytes[from * channels * size..to * channels * size];
            // SAFETY: the PCM is open and interleaved, and `bytes` are exactly `count` frames of it.
            return frames(unsafe { whole(self.pcm.raw, bytes.as_mut_ptr().cast(), count as c_ulong) });
        }
        let mut planes = [std::ptr::null_mut(); MOST_PLANES];
        for (plane, samples) in planes.iter_mut().zip(self.bytes.chunks_exact_mut(self.block * size)) {
            *plane = samples[from * size..to * size].as_mut_ptr().cast();
        }
        // SAFETY: the PCM is open and not interleaved; `new` saw to it that there is a plane for each of its channels, and
        // each has room for `count` samples.
        frames(unsafe { by_planes(self.pcm.raw, planes.as_mut_ptr(), count as c_ulong) })
    }

    /// Waits until the card has as many frames to transfer as it was told to wake for, or it stopped, or `timeout` is over.
    /// Returns whether the card gave a sign, which may be an old one.
    ///
    /// # Errors
    /// `PIPE`: it stopped since nobody came in time. `STRPIPE`: the machine slept. `NODEV`: it is gone.
    pub fn wait(&mut self, timeout: Duration) -> Result<bool, Errno> {
        let count = self.descriptors.len();
        let timeout_ms = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX).saturating_add(1);
        let mut events = 0;
        // SAFETY: the descriptors are this PCM's, as many as there are; `events` is written before the call returns.
        unsafe {
            if libc::poll(self.descriptors.as_mut_ptr(), count as libc::nfds_t, timeout_ms) <= 0 {
                return Ok(false);
            }
            let functions = &self.pcm.functions;
            checked((functions.events)(
                self.pcm.raw,
                self.descriptors.as_mut_ptr(),
                count as u32,
                &raw mut events,
            ))?;
        }
        let wrong = (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) as u16;
        if events & wrong == 0 { Ok(true) } else { self.is_well().map(|()| true) }
    }

    /// What state it is in, where that is trouble.
    fn is_well(&self) -> Result<(), Errno> {
        // SAFETY: the PCM is open.
        match unsafe { (self.pcm.functions.state)(self.pcm.raw) } {
            XRUN => Err(Errno::PIPE),
            SUSPENDED => Err(Errno::STRPIPE),
            DISCONNECTED => Err(Errno::NODEV),
            _ => Ok(()),
        }
    }
}
