//! What sounds at a MIDI port, by the messages that were sent there, so that it can be ended.
//!
//! It sends nothing itself. Nothing here allocates once it is made.

use crate::device::MidiMessage;

/// Channels of a port.
const CHANNELS: u8 = 16;
/// Ports that are followed at once: as many as a device opens.
const MOST_PORTS: usize = 64;
/// The pedal that lets notes sound on.
const SUSTAIN: u8 = 64;
/// Channel mode messages (MIDI 1.0): everything is silent at once; every note ends.
const ALL_SOUND_OFF: u8 = 120;
const ALL_NOTES_OFF: u8 = 123;

/// The keys and pedals that are down, channel by channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// A bit a key.
    keys: [u128; CHANNELS as usize],
    /// Bits of channels: the pedal is down; anything was sent since all was let go.
    pedals: u16,
    used: u16,
}

impl Held {
    /// [audio] Takes note of a message that is sent.
    pub fn follow(&mut self, data: [u8; 3]) {
        let channel = data[0] & 0x0F;
        let (keys, bit) = (&mut self.keys[usize::from(channel)], 1_u128 << (data[1] & 0x7F));
        match data[0] & 0xF0 {
            0x90 if data[2] > 0 => *keys |= bit,
            0x80 | 0x90 => *keys &= !bit,
            0xB0 if data[1] == SUSTAIN && data[2] >= 64 => self.pedals |= 1 << channel,
            0xB0 if data[1] == SUSTAIN => self.pedals &= !(1 << channel),
            0xB0 if matches!(data[1], ALL_SOUND_OFF | ALL_NOTES_OFF..=127) => *keys = 0,
            _ => {}
        }
        self.used |= 1 << channel;
    }

    /// [any] Whether no key and no pedal is down.
    pub fn is_empty(&self) -> bool {
        self.pedals == 0 && self.keys == [0; CHANNELS as usize]
    }

    /// [audio] Lifts every key and pedal: their own ends alone, for others may play on the same channels.
    pub fn lift(&mut self, mut give: impl FnMut([u8; 3])) {
        for channel in 0..CHANNELS {
            let keys = &mut self.keys[usize::from(channel)];
            while *keys != 0 {
                let pitch = keys.trailing_zeros() as u8;
                *keys &= *keys - 1;
                give([0x80 | channel, pitch, 0]);
            }
            if self.pedals & (1 << channel) != 0 {
                give([0xB0 | channel, SUSTAIN, 0]);
            }
        }
        self.pedals = 0;
    }

    /// [audio] Ends everything: keys, pedals, and by "all notes off" what was not heard of here.
    pub fn let_go(&mut self, mut give: impl FnMut([u8; 3])) {
        self.lift(&mut give);
        for channel in (0..CHANNELS).filter(|channel| self.used & (1 << channel) != 0) {
            give([0xB0 | channel, ALL_NOTES_OFF, 0]);
        }
        self.used = 0;
    }

    /// [audio] Nothing is held, whatever was sent.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// [audio] What makes a port silent of which nothing is known: all channels, pedals first.
pub fn silence(mut give: impl FnMut([u8; 3])) {
    for channel in 0..CHANNELS {
        for (controller, value) in [(SUSTAIN, 0), (ALL_SOUND_OFF, 0), (ALL_NOTES_OFF, 0)] {
            give([0xB0 | channel, controller, value]);
        }
    }
}

/// Several ports, by their numbers.
#[derive(Debug)]
pub struct HeldPorts(Vec<(u16, Held)>);

impl Default for HeldPorts {
    /// [control]
    fn default() -> Self {
        Self(Vec::with_capacity(MOST_PORTS))
    }
}

impl HeldPorts {
    /// [audio] Takes note of a message that is sent.
    pub fn follow(&mut self, message: &MidiMessage) {
        let at = self.0.iter().position(|(port, _)| *port == message.port);
        if let Some(at) = at {
            self.0[at].1.follow(message.bytes);
        } else if self.0.len() < MOST_PORTS {
            let mut held = Held::default();
            held.follow(message.bytes);
            self.0.push((message.port, held));
        }
    }

    /// [audio] Ends everything at every port, at the first frame of a block.
    pub fn let_go(&mut self, give: &mut dyn FnMut(&MidiMessage)) {
        for (port, held) in &mut self.0 {
            held.let_go(|bytes| give(&message(*port, 0, bytes)));
        }
        self.0.clear();
    }
}

/// [audio] A message that leaves at a frame of the block.
pub fn message(port: u16, frame: u32, bytes: [u8; 3]) -> MidiMessage {
    let length = if (0xC0..0xE0).contains(&bytes[0]) { 2 } else { 3 };
    MidiMessage { port, frame, early: 0, length, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(messages: &[[u8; 3]], end: impl FnOnce(&mut Held, &mut dyn FnMut([u8; 3]))) -> Vec<[u8; 3]> {
        let (mut held, mut given) = (Held::default(), Vec::new());
        messages.iter().for_each(|message| held.follow(*message));
        end(&mut held, &mut |message| given.push(message));
        assert!(held.is_empty());
        given
    }

    #[test]
    fn every_key_and_pedal_that_is_down_is_lifted_once() {
        let played =
            [[0x90, 60, 9], [0x93, 127, 1], [0x93, 0, 1], [0xB3, 64, 127], [0x90, 61, 9], [0x80, 61, 0]];
        let lifted = after(&played, |held, give| held.lift(give));
        assert_eq!(lifted, [[0x80, 60, 0], [0x83, 0, 0], [0x83, 127, 0], [0xB3, 64, 0]]);
    }

    #[test]
    fn a_note_on_without_velocity_is_an_end() {
        assert_eq!(after(&[[0x90, 60, 9], [0x90, 60, 0]], |held, give| held.lift(give)), [] as [[u8; 3]; 0]);
    }

    #[test]
    fn letting_go_tells_all_channels_that_were_used() {
        let ended = after(&[[0x91, 60, 9], [0xB5, 7, 100]], |held, give| held.let_go(give));
        assert_eq!(ended, [[0x81, 60, 0], [0xB1, 123, 0], [0xB5, 123, 0]]);
    }
}
