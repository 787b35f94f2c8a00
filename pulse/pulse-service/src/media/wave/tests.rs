//! Headers as they are written, damaged, and made to lie.

use std::io::Write as _;

use super::*;

/// A file of these bytes.
fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [name.as_slice(), &(body.len() as u32).to_le_bytes(), body].concat()
}

fn format(format: u16, channels: u16, bits: u16) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut body = Vec::new();
    for half in [format, channels] {
        body.extend(half.to_le_bytes());
    }
    body.extend(44_100_u32.to_le_bytes());
    body.extend((44_100 * u32::from(frame)).to_le_bytes());
    for half in [frame, bits] {
        body.extend(half.to_le_bytes());
    }
    chunk(b"fmt ", &body)
}

fn ds64(data: u64) -> Vec<u8> {
    let fields = [data.wrapping_add(80), data, 0].map(u64::to_le_bytes).concat();
    chunk(b"ds64", &[fields, vec![0; 4]].concat())
}

/// RF64 up to the first sample.
fn rf64(name: &[u8; 4], data: u64, format: &[u8]) -> Vec<u8> {
    let head = [name.as_slice(), b"\xff\xff\xff\xffWAVE"].concat();
    [head, ds64(data), format.to_vec(), b"data\xff\xff\xff\xff".to_vec()].concat()
}

fn samples(reader: &mut WaveReader) -> Vec<f32> {
    let (mut all, mut block) = (Vec::new(), Vec::new());
    loop {
        reader.read(&mut block).expect("read");
        if block.is_empty() {
            return all;
        }
        all.extend_from_slice(&block);
    }
}

fn opened(bytes: &[u8]) -> WaveReader {
    open(file(bytes)).expect("no damage").expect("of these kinds")
}

#[test]
fn samples_of_every_kind_are_what_was_written() {
    let cases: [(u16, u16, Vec<u8>); 6] = [
        (INTEGER, 8, vec![192, 0]),
        (INTEGER, 16, [16_384_i16, -32_768].map(i16::to_le_bytes).concat()),
        (INTEGER, 24, vec![0, 0, 0x40, 0, 0, 0x80]),
        (INTEGER, 32, [1 << 30, i32::MIN].map(i32::to_le_bytes).concat()),
        (FLOAT, 32, [0.5_f32, -1.0].map(f32::to_le_bytes).concat()),
        (FLOAT, 64, [0.5_f64, -1.0].map(f64::to_le_bytes).concat()),
    ];
    for (kind, bits, data) in cases {
        for name in [b"RF64", b"BW64"] {
            let head = rf64(name, data.len() as u64, &format(kind, 1, bits));
            let mut reader = opened(&[head, data.clone(), chunk(b"LIST", b"after")].concat());
            assert_eq!((reader.frames(), reader.sample_rate, reader.is_cut_off), (2, 44_100, false));
            assert_eq!(samples(&mut reader), [0.5, -1.0], "{kind} {bits}");
        }
    }
}

#[test]
fn wave64_is_read() {
    let long = |name: &[u8; 4], body: &[u8]| {
        let mut chunk = [name.as_slice(), &W64_TAIL, &(24 + body.len() as u64).to_le_bytes(), body].concat();
        chunk.resize(chunk.len().next_multiple_of(8), 0);
        chunk
    };
    let (fields, data) =
        (format(INTEGER, 2, 16)[8..].to_vec(), [8192_i16, -8192].map(i16::to_le_bytes).concat());
    let body = [long(b"junk", b"odd"), long(b"fmt ", &fields), long(b"data", &data)].concat();
    let head = [&W64_RIFF[..], &(40 + body.len() as u64).to_le_bytes(), b"wave", &W64_TAIL].concat();
    let mut reader = opened(&[head, body].concat());
    assert_eq!((reader.channels, samples(&mut reader)), (2, vec![0.25, -0.25]));
}

#[test]
fn beyond_four_gibibytes_every_frame_is_counted() {
    const BYTES: u64 = 5 << 30;
    let last = 0.75_f32.to_le_bytes();
    let plain = |declared: u64| {
        let head = [b"RIFF\0\0\0\0WAVE".to_vec(), format(FLOAT, 1, 32), b"data".to_vec()].concat();
        [head, (declared as u32).to_le_bytes().to_vec()].concat()
    };
    // With holes, it takes no room on the disk.
    for head in [rf64(b"RF64", BYTES, &format(FLOAT, 1, 32)), plain(BYTES), plain(ELSEWHERE), plain(0)] {
        let file = file(&head);
        file.write_all_at(&last, head.len() as u64 + BYTES - 4).expect("written");
        let mut reader = open(file).expect("no damage").expect("of these kinds");
        assert_eq!(reader.frames(), BYTES / 4);
        reader.at = reader.end - 8;
        assert_eq!(samples(&mut reader), [0.0, 0.75]);
    }
}

#[test]
fn what_its_writer_never_finished_is_there_up_to_its_end() {
    let unfinished = rf64(b"RF64", 0, &format(INTEGER, 2, 16));
    let mut reader = opened(&[unfinished, vec![1; 11]].concat());
    assert_eq!((reader.frames(), samples(&mut reader).len()), (2, 4), "whole frames alone");
    let cut = rf64(b"RF64", u64::MAX - 1, &format(INTEGER, 1, 16));
    let reader = opened(&[cut, vec![1; 10]].concat());
    assert_eq!((reader.frames(), reader.is_cut_off), (5, true));
}

#[test]
fn what_is_shorter_or_no_wave_is_left_to_others() {
    for other in
        [&b""[..], b"RIFF", b"RF64", b"RIFF\x04\0\0\0WAVE", b"RF64\xff\xff\xff\xffAVI ", b"fLaC", &W64_RIFF]
    {
        assert!(open(file(other)).expect("no damage").is_none(), "{other:?}");
    }
}

#[test]
fn headers_that_lie_are_refused_or_read_within_the_file() {
    let good = [rf64(b"RF64", 8, &format(INTEGER, 2, 16)), vec![0; 8]].concat();
    for length in 12..good.len() {
        if let Ok(Some(mut reader)) = open(file(&good[..length])) {
            samples(&mut reader);
        }
    }
    for at in 12..good.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = good.clone();
            damaged[at] = value;
            if let Ok(Some(mut reader)) = open(file(&damaged)) {
                assert!(samples(&mut reader).len() <= good.len());
            }
        }
    }
    let endless = [b"RF64\xff\xff\xff\xffWAVE".to_vec(), chunk(b"junk", b"").repeat(MAX_CHUNKS + 1)].concat();
    let cases = [
        (endless, "too many chunks"),
        (rf64(b"RF64", 8, &chunk(b"fmt ", b"short")), "too short"),
        (rf64(b"RF64", 8, b""), "before their format"),
        (rf64(b"RF64", 8, &format(INTEGER, 0, 16)), "do not fit"),
        (rf64(b"RF64", 8, &format(0x55, 2, 16)), "format 85"),
        ([b"RF64\xff\xff\xff\xffWAVE".to_vec(), chunk(b"fmt ", &[0; 7])].concat(), "too short"),
    ];
    for (bytes, reason) in cases {
        let error = open(file(&bytes)).expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    }
}
