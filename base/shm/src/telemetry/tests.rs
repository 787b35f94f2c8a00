//! The block as its table says, and readers facing garbage.

use std::mem::offset_of;

use super::*;

fn pair() -> (OwnedFd, Writer, Reader) {
    let memory = create().unwrap();
    let (writer, reader) = (Writer::open(&memory).unwrap(), Reader::open(&memory).unwrap());
    (memory, writer, reader)
}

fn playing() -> Transport {
    Transport {
        position_samples: -512,
        playing: true,
        sample_rate: 48_000,
        block_frames: 256,
        load: 0.25,
        late_blocks: LateBlocks { called: 2, computed: 3, lost: 1 },
        updated_ns: 77,
    }
}

#[test]
fn the_layout_is_the_one_of_the_table() {
    assert_eq!(offset_of!(Block, version), 8);
    assert_eq!(offset_of!(Block, transport), 16);
    assert_eq!(offset_of!(Block, meters), 152);
    assert_eq!(size_of::<MeterSlot>(), 24);
    assert_eq!(offset_of!(Block, loudness), 152 + 24 * METER_SLOTS);
    assert_eq!(size_of::<Block>(), 24_728 + 8 + 2 * 48);
}

#[test]
fn a_reader_sees_what_was_published() {
    let (_memory, mut writer, reader) = pair();
    assert_eq!(reader.transport(), Some(Transport::default()));
    writer.publish(&playing());
    assert_eq!(reader.transport(), Some(playing()));
}

#[test]
fn a_second_writer_goes_on_where_the_first_was_killed() {
    let (memory, mut writer, _) = pair();
    writer.publish(&playing());
    drop(writer);
    assert_eq!(Writer::open(&memory).unwrap().transport(), Some(playing()));
}

#[test]
fn meters_appear_with_their_node_and_vanish_without() {
    let (_memory, mut writer, reader) = pair();
    assert_eq!(reader.meters().count(), 0);
    writer.assign_meter(5, 42);
    writer.set_peaks(5, 0.5, 0.25);
    writer.assign_meter(METER_SLOTS, 43);
    assert_eq!(reader.meters().collect::<Vec<_>>(), [Meter { node: 42, left: 0.5, right: 0.25 }]);
    writer.assign_meter(5, 0);
    assert_eq!(reader.meters().count(), 0);
}

#[test]
fn peaks_that_are_no_levels_read_as_silence() {
    let (_memory, mut writer, reader) = pair();
    for (slot, bad) in [f32::NAN, f32::INFINITY, -1.0, 1e30].into_iter().enumerate() {
        writer.assign_meter(slot, 1 + slot as u64);
        writer.set_peaks(slot, bad, 1.0);
    }
    assert_eq!(reader.meters().count(), 4);
    assert!(reader.meters().all(|meter| meter.left == 0.0 && meter.right == 1.0));
}

#[test]
fn a_transport_that_makes_no_sense_is_not_shown() {
    let (_memory, writer, reader) = pair();
    let good = encode(&playing());
    for (word, bad) in [
        (0, i64::MAX.cast_unsigned()),
        (1, 2),
        (2, u64::MAX),
        (3, u64::from(f32::NAN.to_bits())),
        (3, u64::from((-1.0_f32).to_bits())),
    ] {
        let mut words = good;
        words[word] = bad;
        writer.block.transport.store(words);
        assert_eq!(reader.transport(), None, "word {word}");
    }
    writer.block.transport.store(good);
    assert_eq!(reader.transport(), Some(playing()));
}

#[test]
fn memory_without_the_magic_is_refused() {
    let memory = create_sealed::<Block>("test").unwrap();
    assert!(matches!(Reader::open(&memory), Err(OpenError::WrongLayout)));
    assert!(matches!(Writer::open(&memory), Err(OpenError::WrongLayout)));
}

#[test]
fn loudness_that_was_published_is_read_and_none_was_before() {
    let (memory, _, reader) = pair();
    assert_eq!(reader.loudness(), Some(Loudness::default()));
    let mut writer = LoudnessWriter::open(&memory).unwrap();
    let loudness = Loudness {
        measured_frames: 48_000,
        lost_frames: 7,
        momentary: -23.0,
        short_term: -22.5,
        integrated: -24.0,
        range: 5.5,
        true_peak: [-1.0, 0.3],
        max_momentary: -20.0,
        max_short_term: -21.0,
    };
    writer.publish(&loudness);
    assert_eq!(reader.loudness(), Some(loudness));
}

#[test]
fn loudness_that_is_no_level_reads_as_unmeasured() {
    let (memory, _, reader) = pair();
    let mut writer = LoudnessWriter::open(&memory).unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30] {
        writer.publish(&Loudness { momentary: bad, range: bad, ..Loudness::default() });
        assert_eq!(reader.loudness(), Some(Loudness::default()));
    }
    writer.publish(&Loudness { measured_frames: u64::MAX, ..Loudness::default() });
    assert_eq!(reader.loudness(), None);
}
