//! Both ends over one block: good requests, late ones, and a peer that writes garbage.

use std::{mem::offset_of, time::Duration};

use super::*;
use crate::Deadline;

fn ends() -> (SignalEnd, SandboxEnd, Mapping<Block>) {
    let memory = create().unwrap();
    let signal = SignalEnd::open(&memory, 256).unwrap();
    (signal, SandboxEnd::open(&memory, 256).unwrap(), open(&memory).unwrap())
}

fn soon() -> Option<Deadline> {
    Some(Deadline::after(Duration::from_millis(1)))
}

#[test]
fn the_layout_is_the_one_of_the_tables() {
    assert_eq!(offset_of!(Block, requested), 64);
    assert_eq!(offset_of!(Requested, awaited), 4);
    assert_eq!(offset_of!(Requested, called), 8);
    assert_eq!(offset_of!(Block, completed), 128);
    assert_eq!(offset_of!(Block, witness), 192);
    assert_eq!(offset_of!(Block, request), 256);
    assert_eq!(size_of::<Request>(), 196_736);
    assert_eq!(offset_of!(Block, reply), 196_992);
    assert_eq!(size_of::<Reply>(), 74_048);
    assert_eq!(offset_of!(Request, words), 16);
    assert_eq!(offset_of!(Request, audio), 128);
    assert_eq!(offset_of!(Request, events), 131_200);
    assert_eq!(size_of::<Block>(), 271_040);
    assert_eq!(offset_of!(Reply, nanoseconds), 16);
    assert_eq!(offset_of!(Reply, slot_nanoseconds), 64);
    assert_eq!(offset_of!(Reply, audio), 320);
    assert_eq!(offset_of!(Reply, events), 65_856);
}

#[test]
fn a_request_arrives_and_its_reply_returns() {
    let (mut signal, mut sandbox, _) = ends();
    assert!(!signal.is_ready());
    sandbox.announce();
    assert!(signal.is_ready() && signal.is_answered());
    let position = Position {
        playing: true,
        samples: -7,
        bar: -1,
        tempo: 97.5,
        loop_end_samples: 9,
        ..Position::default()
    };
    let note = Note { channel: 15, key: 127, note_id: i32::MAX as u32 };
    let sent = [
        TimedEvent { offset: 0, event: Event::NoteOn { channel: 1, key: 60, note_id: 9, velocity: 0.5 } },
        TimedEvent { offset: 1, event: Event::Midi([0xb0, 1, 127]) },
        TimedEvent { offset: 2, event: Event::Parameter { slot: 3, id: u32::MAX - 1, value: -1.5 } },
        TimedEvent { offset: 2, event: Event::Bypass { slot: 3, on: true } },
        TimedEvent { offset: 3, event: Event::NoteOff { channel: 1, key: 60, note_id: 9, velocity: 0.0 } },
        TimedEvent { offset: 3, event: Event::AllNotesOff },
        TimedEvent { offset: 3, event: Event::Choke(note) },
        TimedEvent { offset: 3, event: Event::Expression { note, kind: Expression::Tuning, value: -0.25 } },
        TimedEvent { offset: 3, event: Event::Modulation { slot: 3, id: 7, note: Some(note), amount: -9.0 } },
        TimedEvent { offset: 3, event: Event::Modulation { slot: 3, id: 7, note: None, amount: 0.5 } },
    ];
    signal.submit(&position, &sent, [&[1.0, 2.0, 3.0, 4.0], &[-1.0, -2.0, -3.0, -4.0]]);
    assert!(!signal.is_answered());

    assert_eq!(sandbox.wait(None), Some(4));
    let (mut left, mut right, mut events) = ([0.0; 4], [0.0; 4], Vec::with_capacity(MAX_EVENTS));
    assert_eq!(sandbox.read([&mut left, &mut right], &mut events), position);
    assert_eq!(events, sent);
    sandbox.complete([&right, &left], &sent[2..3], None, 77);

    assert!(signal.wait(Deadline::now()));
    let (mut left, mut right) = ([0.0; 4], [0.0; 4]);
    let head = signal.collect([&mut left, &mut right]).unwrap();
    assert_eq!(head, ReplyHead { edits: 1, nanoseconds: 77 });
    assert_eq!((left, right), ([-1.0, -2.0, -3.0, -4.0], [1.0, 2.0, 3.0, 4.0]));
    assert_eq!(signal.edit(0), Some((3, u32::MAX - 1, -1.5)));
}

#[test]
fn waiting_ends_at_the_deadline_without_an_answer() {
    let (mut signal, mut sandbox, _) = ends();
    signal.submit(&Position::default(), &[], [&[0.0; 8], &[0.0; 8]]);
    assert!(!signal.wait(Deadline::after(Duration::from_millis(1))));
    assert_eq!(sandbox.wait(soon()), Some(8));
    sandbox.complete([&[0.0; 8], &[0.0; 8]], &[], None, 0);
    assert!(signal.is_answered());
    assert_eq!(sandbox.wait(soon()), None);
}

#[test]
fn an_answer_is_found_without_sleeping_and_none_ends_the_search() {
    let (mut signal, mut sandbox, _) = ends();
    signal.submit(&Position::default(), &[], [&[0.0; 8], &[0.0; 8]]);
    assert!(!signal.spin(Deadline::now()));
    assert_eq!(sandbox.wait(soon()), Some(8));
    sandbox.complete([&[0.0; 8], &[0.0; 8]], &[], None, 0);
    assert!(signal.spin(Deadline::now()));
}

#[test]
fn a_call_keeps_the_sandbox_awake_once_and_is_no_request() {
    let (mut signal, mut sandbox, _) = ends();
    for _ in 0..3 {
        signal.call();
        let begun = Deadline::now();
        assert_eq!(sandbox.wait(soon()), None);
        assert!(Deadline::now().since(begun) >= Duration::from_millis(1), "a call ends no wait");
        assert_eq!(sandbox.called, 1, "it was heeded");
        assert_eq!(sandbox.wait(soon()), None);
    }
    signal.submit(&Position::default(), &[], [&[0.0; 8], &[0.0; 8]]);
    assert_eq!(sandbox.wait(soon()), Some(8));
    sandbox.complete([&[0.0; 8], &[0.0; 8]], &[], None, 0);
    signal.call();
    assert_eq!(sandbox.wait(soon()), None);
    assert_eq!(sandbox.called, 2);
    signal.submit(&Position::default(), &[], [&[0.0; 8], &[0.0; 8]]);
    assert_eq!(sandbox.wait(soon()), Some(8));
}

#[test]
fn an_interruption_ends_one_wait_and_loses_no_request() {
    let (mut signal, mut sandbox, _) = ends();
    let interrupt = sandbox.interrupt();
    interrupt.raise();
    interrupt.raise();
    assert_eq!(sandbox.wait(None), None, "it ends a wait without a limit");
    assert_eq!(sandbox.wait(soon()), None);
    // Before and after a request; either way the request is answered, and whoever interrupted finds the thread awake.
    for raise_after in [false, true] {
        let raise = |now: bool| now.then(|| interrupt.raise());
        raise(!raise_after);
        signal.submit(&Position::default(), &[], [&[0.0; 8], &[0.0; 8]]);
        raise(raise_after);
        assert_eq!(sandbox.wait(None), Some(8));
        sandbox.complete([&[0.0; 8], &[0.0; 8]], &[], None, 0);
        assert!(signal.is_answered());
        assert_eq!(sandbox.wait(soon()), None);
    }
}

#[test]
fn requests_and_interruptions_from_two_threads_all_arrive() {
    const EACH: u32 = 20_000;
    let (mut signal, mut sandbox, _) = ends();
    let interrupt = sandbox.interrupt();
    let (told, heard) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut answered = 0;
            while answered < EACH || heard.load(Ordering::Relaxed) < EACH {
                if sandbox.wait(None).is_some() {
                    sandbox.complete([&[0.0], &[0.0]], &[], None, 0);
                    answered += 1;
                }
                heard.store(told.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        });
        scope.spawn(|| {
            for number in 1..=EACH {
                told.store(number, Ordering::Relaxed);
                interrupt.raise();
                while heard.load(Ordering::Relaxed) != number {
                    std::thread::yield_now();
                }
            }
        });
        for _ in 0..EACH {
            signal.submit(&Position::default(), &[], [&[0.0], &[0.0]]);
            assert!(signal.wait(Deadline::after(Duration::from_secs(30))), "a request was lost");
        }
    });
}

#[test]
fn numbers_wrap_below_the_interruption() {
    assert_eq!(next(NUMBER), 0);
    assert_eq!(next(0), 1);
}

#[test]
fn both_sides_run_a_thousand_blocks_across_threads() {
    let (mut signal, mut sandbox, _) = ends();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let (mut left, mut right, mut events) = ([0.0; 64], [0.0; 64], Vec::new());
            for _ in 0..1000 {
                assert_eq!(sandbox.wait(None), Some(64));
                sandbox.read([&mut left, &mut right], &mut events);
                sandbox.complete([&left, &right], &[], None, 0);
            }
        });
        for block in 0..1000 {
            signal.submit(&Position::default(), &[], [&[block as f32; 64], &[-1.0; 64]]);
            assert!(signal.wait(Deadline::after(Duration::from_secs(30))));
            let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
            signal.collect([&mut left, &mut right]).unwrap();
            assert_eq!(left, [block as f32; 64]);
        }
    });
}

#[test]
fn channels_of_every_size_lie_beside_each_other() {
    let memory = create().unwrap();
    let mut signal = SignalEnd::open(&memory, MAX_FRAMES).unwrap();
    let mut sandbox = SandboxEnd::open(&memory, MAX_FRAMES).unwrap();
    for frames in [1, 15, 16, 17, 64, MAX_FRAMES - 1, MAX_FRAMES] {
        let channel = |first: f32| (0..frames).map(|frame| first + frame as f32 / 8192.0).collect::<Vec<_>>();
        let sent = [channel(1.0), channel(2.0), channel(3.0), channel(4.0)];
        let [left, right, side_left, side_right] = &sent;
        let side_chain = Some([&side_left[..], &side_right[..]]);
        signal.submit_with_side_chain(&Position::default(), &[], [left, right], side_chain);
        assert_eq!(sandbox.wait(None), Some(frames));
        let mut got: [Vec<f32>; 4] = std::array::from_fn(|_| vec![0.0; frames]);
        let [left, right, side_left, side_right] = &mut got;
        sandbox.read([left, right], &mut Vec::new());
        assert!(sandbox.read_side_chain([side_left, side_right]));
        assert_eq!(got, sent);
        sandbox.complete([&sent[2], &sent[3]], &[], None, 0);
        let [left, right, ..] = &mut got;
        signal.collect([left, right]).unwrap();
        assert_eq!(got[..2], sent[2..]);
    }
}

#[test]
fn replies_that_make_no_sense_are_thrown_away() {
    let (mut signal, mut sandbox, block) = ends();
    let (mut left, mut right) = ([0.0; 4], [0.0; 4]);
    let mut answer = |status: Option<(u32, Fault)>, sample: f32, spoil: &dyn Fn(&Reply)| {
        signal.submit(&Position::default(), &[], [&[0.0; 4], &[0.0; 4]]);
        sandbox.wait(None).unwrap();
        sandbox.complete([&[sample; 4], &[0.0; 4]], &[], status, 0);
        spoil(&block.reply);
        assert!(signal.is_answered());
        signal.collect([&mut left, &mut right]).map(|_| ())
    };
    assert_eq!(answer(None, 1.0, &|_| ()), Ok(()));
    let guilty = BadReply::Plugin { slot: 2, fault: Fault::TooLoud };
    assert_eq!(answer(Some((2, Fault::TooLoud)), 1.0, &|_| ()), Err(guilty));
    assert_eq!(answer(None, f32::NAN, &|_| ()), Err(BadReply::NoSound));
    assert_eq!(answer(None, -1001.0, &|_| ()), Err(BadReply::NoSound));
    assert_eq!(answer(None, f32::NEG_INFINITY, &|_| ()), Err(BadReply::NoSound));
    assert_eq!(
        answer(None, 1.0, &|reply| reply.frames.store(u32::MAX, Ordering::Relaxed)),
        Err(BadReply::Garbage)
    );
    assert_eq!(answer(None, 1.0, &|reply| reply.number.store(0, Ordering::Relaxed)), Err(BadReply::Garbage));
    assert_eq!(
        answer(None, 1.0, &|reply| reply.status.store(1 | 9 << 16, Ordering::Relaxed)),
        Err(BadReply::Garbage)
    );
    assert_eq!(
        answer(None, 1.0, &|reply| reply.event_count.store(u32::MAX, Ordering::Relaxed)),
        Err(BadReply::Garbage)
    );
}

#[test]
fn events_that_make_no_sense_are_left_out() {
    let frames = 16;
    let words: EventWords = [const { AtomicU64::new(0) }; 4];
    let read = |kind: u64, note: u64, slot: u64, value: u64| {
        for (word, value) in words.iter().zip([kind << 32, note, slot, value]) {
            word.store(value, Ordering::Relaxed);
        }
        event::load(&words, frames)
    };
    let (nan, two) = (f64::NAN.to_bits(), 2.0_f64.to_bits());
    assert_eq!(read(0, 0, 0, 0), None, "no kind");
    assert_eq!(read(10, 0, 0, 0), None, "unknown kind");
    assert_eq!(read(1, 16, 0, 0), None, "channel 16");
    assert_eq!(read(1, 128 << 8, 0, 0), None, "key 128");
    assert_eq!(read(1, 1 << 63, 0, 0), None, "note id");
    assert_eq!(read(1, 0, 0, nan), None, "velocity");
    assert_eq!(read(3, 0, 0x7f, 0), None, "no status byte");
    assert_eq!(read(3, 0, 0xf0, 0), None, "system message");
    assert_eq!(read(4, 0, MAX_SLOTS as u64, 0), None, "slot");
    assert_eq!(read(4, 0, 0, nan), None, "value");
    assert_eq!(read(5, 0, 0, 2), None, "bypass");
    assert_eq!(read(7, 16, 0, 0), None, "choke of no note");
    assert_eq!(read(8, 0, 7, 0), None, "no expression");
    assert_eq!(read(8, 0, 1, two), None, "beyond the expression's range");
    assert_eq!(read(8, 0, 0, 0), None, "a volume of 0");
    assert_eq!(read(9, 0, 0, nan), None, "amount");
    assert_eq!(read(9, 16, 0, 0), None, "modulation of no note");
    assert!(read(9, u64::from(u32::MAX), 0, two).is_some());
    assert!(read(6, 0, 0, 0).is_some());
    words[0].store(16 | 6 << 32, Ordering::Relaxed);
    assert_eq!(event::load(&words, frames), None, "beyond the block");
}

#[test]
fn a_side_chain_arrives_when_it_is_fed() {
    let (mut signal, mut sandbox, _) = ends();
    let (mut left, mut right) = ([9.0; 2], [9.0; 2]);
    signal.submit(&Position::default(), &[], [&[0.0; 2], &[0.0; 2]]);
    sandbox.wait(None).unwrap();
    assert!(!sandbox.read_side_chain([&mut left, &mut right]));
    sandbox.complete([&[0.0; 2], &[0.0; 2]], &[], None, 0);
    let side = Some([&[1.0, 2.0][..], &[3.0, 4.0][..]]);
    signal.submit_with_side_chain(&Position::default(), &[], [&[0.0; 2], &[0.0; 2]], side);
    sandbox.wait(None).unwrap();
    assert!(sandbox.read_side_chain([&mut left, &mut right]));
    assert_eq!((left, right), ([1.0, 2.0], [3.0, 4.0]));
}

#[test]
fn a_peer_that_scribbles_everywhere_harms_nobody() {
    let (mut signal, mut sandbox, block) = ends();
    // A fixed xorshift: every run scribbles the same.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let (mut left, mut right, mut events) = ([0.0; 64], [0.0; 64], Vec::with_capacity(MAX_EVENTS));
    for _ in 0..500 {
        signal.submit(&Position::default(), &[], [&[0.0; 64], &[0.0; 64]]);
        let Block { request, reply, .. } = &*block;
        for word in [&reply.number, &reply.frames, &reply.status, &reply.event_count] {
            word.store(random() as u32 >> (random() % 32), Ordering::Relaxed);
        }
        reply.events.0.iter().flatten().for_each(|word| word.store(random(), Ordering::Relaxed));
        reply.audio.0.iter().for_each(|word| word.store(random(), Ordering::Relaxed));
        request.event_count.store(random() as u32, Ordering::Relaxed);
        request.events.0.iter().flatten().for_each(|word| word.store(random(), Ordering::Relaxed));
        block.completed.0.number.store(random() as u32, Ordering::Relaxed);
        block.requested.0.number.fetch_or((random() as u32) & INTERRUPT, Ordering::Relaxed);
        signal.wait(Deadline::now());
        if signal.collect([&mut left, &mut right]).is_ok() {
            assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
        }
        (0..MAX_EDITS + 1).filter_map(|index| signal.edit(index)).for_each(|(slot, _, value)| {
            assert!((slot as usize) < MAX_SLOTS && value.is_finite());
        });
        sandbox.wait(soon());
        sandbox.read([&mut left, &mut right], &mut events);
        assert!(events.iter().all(|event| event.offset < 64));
    }
}
