//! Events of the sequencer as they lie in memory (`snd_seq_event_t`), and MIDI messages in them.
//!
//! | bytes | holds |
//! |---|---|
//! | 0, 1, 2, 3 | type, flags, tag, queue |
//! | 4..12 | time: seconds and nanoseconds, as the flags say |
//! | 12..14, 14..16 | source and destination: client, port |
//! | 16..28 | data: of a note channel, key, velocity; of a controller channel, then at 20 number, at 24 value |
//!
//! Plain data: it calls nothing.

/// An event; 4-byte aligned as the library's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct RawEvent {
    pub kind: u8,
    pub flags: u8,
    pub tag: u8,
    pub queue: u8,
    pub seconds: u32,
    pub nanoseconds: u32,
    pub source: [u8; 2],
    pub destination: [u8; 2],
    pub channel: u8,
    pub key: u8,
    pub velocity: u8,
    pub off_velocity: u8,
    pub parameter: u32,
    pub value: i32,
}

const _: () = assert!(size_of::<RawEvent>() == 28 && align_of::<RawEvent>() == 4);

/// `snd_seq_event_type`.
const NOTE_ON: u8 = 6;
const NOTE_OFF: u8 = 7;
const KEY_PRESSURE: u8 = 8;
const CONTROLLER: u8 = 10;
const PROGRAM: u8 = 11;
const CHANNEL_PRESSURE: u8 = 12;
const PITCH_BEND: u8 = 13;
pub const QUEUE_START: i32 = 30;
/// Clients and ports came, went or changed: 60 to 65.
pub const ANNOUNCEMENTS: std::ops::RangeInclusive<u8> = 60..=65;

/// A bend's middle: MIDI counts from 0, the sequencer from the middle.
const BEND_MIDDLE: i32 = 8192;

/// A MIDI message as an event; what is no channel message is none.
pub fn encode([status, first, second]: [u8; 3]) -> Option<RawEvent> {
    let event = RawEvent { channel: status & 0x0F, ..RawEvent::default() };
    let note = |kind| RawEvent { kind, key: first, velocity: second, ..event };
    let control =
        |kind, parameter: u8, value: i32| RawEvent { kind, parameter: parameter.into(), value, ..event };
    Some(match status & 0xF0 {
        0x80 => note(NOTE_OFF),
        0x90 => note(NOTE_ON),
        0xA0 => note(KEY_PRESSURE),
        0xB0 => control(CONTROLLER, first, second.into()),
        0xC0 => control(PROGRAM, 0, first.into()),
        0xD0 => control(CHANNEL_PRESSURE, 0, first.into()),
        0xE0 => control(PITCH_BEND, 0, (i32::from(second) << 7 | i32::from(first)) - BEND_MIDDLE),
        _ => return None,
    })
}

/// The MIDI message of an event, if it is one of a channel. What is out of range is cut off.
pub fn decode(event: &RawEvent) -> Option<[u8; 3]> {
    let channel = event.channel & 0x0F;
    let (key, velocity) = (event.key & 0x7F, event.velocity & 0x7F);
    let value = event.value.clamp(0, 127) as u8;
    Some(match event.kind {
        NOTE_OFF => [0x80 | channel, key, velocity],
        NOTE_ON => [0x90 | channel, key, velocity],
        KEY_PRESSURE => [0xA0 | channel, key, velocity],
        CONTROLLER if event.parameter < 128 => [0xB0 | channel, event.parameter as u8, value],
        PROGRAM => [0xC0 | channel, value, 0],
        CHANNEL_PRESSURE => [0xD0 | channel, value, 0],
        PITCH_BEND => {
            let bend = (event.value.clamp(-BEND_MIDDLE, BEND_MIDDLE - 1) + BEND_MIDDLE) as u16;
            [0xE0 | channel, (bend & 0x7F) as u8, (bend >> 7) as u8]
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_message_survives_the_way_through_an_event() {
        for status in 0x80..=0xEF_u8 {
            for data in [[0, 0], [1, 127], [64, 64], [127, 1], [127, 127]] {
                let second = if (0xC0..0xE0).contains(&status) { 0 } else { data[1] };
                let message = [status, data[0], second];
                assert_eq!(encode(message).as_ref().and_then(decode), Some(message));
            }
        }
    }

    #[test]
    fn values_out_of_range_are_cut_off_and_other_events_are_none() {
        let event =
            RawEvent { kind: CONTROLLER, parameter: 7, value: 900, channel: 0xFF, ..RawEvent::default() };
        assert_eq!(decode(&event), Some([0xBF, 7, 127]));
        assert_eq!(decode(&RawEvent { parameter: 128, ..event }), None);
        assert_eq!(decode(&RawEvent { kind: 60, ..event }), None);
        let bend = RawEvent { kind: PITCH_BEND, value: i32::MAX, ..RawEvent::default() };
        assert_eq!(decode(&bend), Some([0xE0, 127, 127]));
        assert_eq!(encode([0xF0, 0, 0]), None);
    }
}
