//! What a PCM can do, narrowed down step by step until it is installed: format, channels, rate, period, buffer; then when
//! it wakes and stops. It only asks; what to ask for is decided elsewhere.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint, c_ulong};

use rustix::io::Errno;

use super::library::{RawHardware, RawSoftware};
use super::pcm::{Pcm, checked};

/// `snd_pcm_access_t`, of the two that `read` and `write` know.
const INTERLEAVED: c_int = 3;
const PLANES: c_int = 4;

/// The configurations of a PCM that are still possible.
pub struct Hardware<'a> {
    pcm: &'a Pcm,
    raw: *mut RawHardware,
}

impl Drop for Hardware<'_> {
    fn drop(&mut self) {
        // SAFETY: made by `hardware_new`, and nobody uses it any more.
        unsafe { (self.pcm.functions.hardware_free)(self.raw) };
    }
}

impl<'a> Hardware<'a> {
    /// Everything that the PCM can do.
    pub fn any(pcm: &'a Pcm) -> Result<Self, Errno> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the PCM is open; `raw` is written by the first call and given to the second only if that succeeded.
        unsafe {
            checked((pcm.functions.hardware_new)(&raw mut raw))?;
            let hardware = Self { pcm, raw };
            checked((pcm.functions.hardware_any)(pcm.raw, raw))?;
            Ok(hardware)
        }
    }

    /// No conversion of rates within the library: the engine runs at the card's own. What has none anyway does not mind.
    pub fn no_resampling(&mut self) {
        // SAFETY: both are open and valid; a refusal leaves the configurations as they were.
        let _ = unsafe { (self.pcm.functions.set_resample)(self.pcm.raw, self.raw, 0) };
    }

    /// Frame after frame, or else channel after channel. Returns whether it is the first.
    pub fn set_access(&mut self) -> Result<bool, Errno> {
        // SAFETY: as above.
        let set = |access| unsafe { (self.pcm.functions.set_access)(self.pcm.raw, self.raw, access) };
        if set(INTERLEAVED) >= 0 {
            return Ok(true);
        }
        checked(set(PLANES)).map(|_| false)
    }

    /// A format by its number; whether the PCM has it.
    pub fn set_format(&mut self, format: c_int) -> bool {
        // SAFETY: as above.
        unsafe { (self.pcm.functions.set_format)(self.pcm.raw, self.raw, format) >= 0 }
    }

    /// Least and most channels.
    pub fn channels(&self) -> Result<(u32, u32), Errno> {
        let (mut least, mut most) = (0, 0);
        // SAFETY: as above; both numbers are written before the calls return.
        unsafe {
            checked((self.pcm.functions.least_channels)(self.raw, &raw mut least))?;
            checked((self.pcm.functions.most_channels)(self.raw, &raw mut most))?;
        }
        Ok((least, most))
    }

    /// The number of channels nearest to `wished`.
    pub fn set_channels(&mut self, wished: u32) -> Result<u32, Errno> {
        let mut channels: c_uint = wished;
        // SAFETY: as above.
        checked(unsafe { (self.pcm.functions.set_channels)(self.pcm.raw, self.raw, &raw mut channels) })?;
        Ok(channels)
    }

    /// The rate nearest to `wished`, in hertz.
    pub fn set_rate(&mut self, wished: u32) -> Result<u32, Errno> {
        let (mut rate, mut direction): (c_uint, c_int) = (wished, 0);
        let (rate_at, direction_at) = (&raw mut rate, &raw mut direction);
        // SAFETY: as above.
        checked(unsafe { (self.pcm.functions.set_rate)(self.pcm.raw, self.raw, rate_at, direction_at) })?;
        Ok(rate)
    }

    /// The period nearest to `period` frames and the buffer nearest to `buffer`, one after the other.
    pub fn set_sizes(&mut self, period: u32, buffer: u32) -> Result<(), Errno> {
        let (mut period, mut buffer) = (c_ulong::from(period), c_ulong::from(buffer));
        let mut direction: c_int = 0;
        let (period_at, direction_at) = (&raw mut period, &raw mut direction);
        // SAFETY: as above.
        unsafe {
            checked((self.pcm.functions.set_period)(self.pcm.raw, self.raw, period_at, direction_at))?;
            checked((self.pcm.functions.set_buffer)(self.pcm.raw, self.raw, &raw mut buffer))?;
        }
        Ok(())
    }

    /// Gives the PCM what was chosen. Returns its period and its buffer, in frames.
    pub fn install(self) -> Result<(usize, usize), Errno> {
        let (mut period, mut buffer, mut direction) = (0, 0, 0);
        // SAFETY: as above.
        unsafe {
            checked((self.pcm.functions.hardware_install)(self.pcm.raw, self.raw))?;
            checked((self.pcm.functions.period)(self.raw, &raw mut period, &raw mut direction))?;
            checked((self.pcm.functions.buffer)(self.raw, &raw mut buffer))?;
        }
        Ok((period as usize, buffer as usize))
    }
}

/// Lets the PCM wake who waits for it at `wake` frames that can be transferred, start when it is told to and not before, and
/// stop where it has none left to play, or no room.
pub fn install_wake(pcm: &Pcm, wake: usize, buffer: usize) -> Result<(), Errno> {
    let mut raw: *mut RawSoftware = std::ptr::null_mut();
    let functions = &pcm.functions;
    // SAFETY: the PCM is open and has its hardware parameters; `raw` is used between its making and its end.
    unsafe {
        checked((functions.software_new)(&raw mut raw))?;
        let installed = (|| {
            checked((functions.software_current)(pcm.raw, raw))?;
            let mut boundary = 0;
            checked((functions.boundary)(raw, &raw mut boundary))?;
            checked((functions.set_wake)(pcm.raw, raw, wake as c_ulong))?;
            checked((functions.set_start)(pcm.raw, raw, boundary))?;
            checked((functions.set_stop)(pcm.raw, raw, buffer as c_ulong))?;
            checked((functions.software_install)(pcm.raw, raw))
        })();
        (functions.software_free)(raw);
        installed.map(|_| ())
    }
}
