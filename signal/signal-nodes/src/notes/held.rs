//! The keys of a keyboard that are down, so that each note that begins also ends.

use signal_graph::{Event, EventBody, EventBuffer};

/// Ids of a keyboard's notes begin here; any below may be a song's.
pub(crate) const FIRST_ID: u64 = 1 << 53;
const CHANNELS: usize = 16;

/// One bit a key, for each channel.
#[derive(Debug, Default)]
pub(super) struct HeldKeys([u128; CHANNELS]);

impl HeldKeys {
    /// [audio] Passes a channel message on. Ends of keys that are not down are left out.
    pub(super) fn play(&mut self, offset: u32, data: [u8; 3], out: &mut EventBuffer) {
        let channel = data[0] & 0x0F;
        let (pitch, velocity) = (data[1] & 0x7F, f32::from(data[2] & 0x7F) / 127.0);
        match data[0] & 0xF0 {
            0x90 if data[2] > 0 => {
                self.release(offset, channel, pitch, 0.0, out);
                self.0[usize::from(channel)] |= 1 << pitch;
                let note = id(channel, pitch);
                out.merge(&[Event { offset, body: EventBody::NoteOn { note, channel, pitch, velocity } }]);
            }
            0x80 => self.release(offset, channel, pitch, velocity, out),
            0x90 => self.release(offset, channel, pitch, 0.0, out),
            0xA0..=0xE0 => out.merge(&[Event { offset, body: EventBody::Midi(data) }]),
            _ => {}
        }
    }

    /// [audio] Ends every key.
    pub(super) fn release_all(&mut self, offset: u32, out: &mut EventBuffer) {
        for channel in 0..CHANNELS as u8 {
            while self.0[usize::from(channel)] != 0 {
                let pitch = self.0[usize::from(channel)].trailing_zeros() as u8;
                self.release(offset, channel, pitch, 0.0, out);
            }
        }
    }

    fn release(&mut self, offset: u32, channel: u8, pitch: u8, velocity: f32, out: &mut EventBuffer) {
        let keys = &mut self.0[usize::from(channel)];
        if *keys & (1 << pitch) != 0 {
            *keys &= !(1 << pitch);
            let note = id(channel, pitch);
            out.merge(&[Event { offset, body: EventBody::NoteOff { note, channel, pitch, velocity } }]);
        }
    }
}

fn id(channel: u8, pitch: u8) -> u64 {
    FIRST_ID | u64::from(channel) << 7 | u64::from(pitch)
}
