//! Random commands: nothing panics, nothing half done, everything undone.

use crate::script::{CLIENT, bytes};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use pulse_model::*;
use std::cell::Cell;
use std::sync::Arc;
use units::{TICKS_PER_QUARTER, Ticks};

/// The same cases on every run.
fn runner(cases: u32) -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    TestRunner::new_with_rng(Config { cases, failure_persistence: None, ..Config::default() }, rng)
}

/// Few enough ids that commands meet the same entities often, some of them wrong.
fn id() -> impl Strategy<Value = Id> {
    prop_oneof![20 => (9..20_u64).prop_map(Id), 2 => (1..60_u64).prop_map(Id), 1 => any::<u64>().prop_map(Id)]
}

fn wish() -> impl Strategy<Value = Option<Id>> {
    prop_oneof![3 => (10..40_u64).prop_map(|id| Some(Id(id))), 1 => Just(None), 1 => id().prop_map(Some)]
}

fn group() -> impl Strategy<Value = Id> {
    prop_oneof![4 => (12..20_u64).prop_map(Id), 1 => Just(Id(0)), 1 => id()]
}

fn ticks() -> impl Strategy<Value = Ticks> {
    prop_oneof![
        20 => (0..64_i64).prop_map(|quarters| Ticks(quarters * TICKS_PER_QUARTER / 2)),
        2 => (0..100_000_000_i64).prop_map(Ticks),
        1 => any::<i64>().prop_map(Ticks),
    ]
}

fn number(range: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    prop_oneof![15 => range, 1 => any::<f64>()]
}

fn some<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(value)
}

fn note() -> impl Strategy<Value = NewNote> {
    (some(10..60_u64), ticks(), ticks(), 0..129_u32, some(number(0.0..1.0))).prop_map(
        |(id, start, length, pitch, velocity)| NewNote {
            id: id.map(Id),
            start,
            length,
            pitch,
            velocity,
            release_velocity: 0.0,
            channel: pitch % 16,
        },
    )
}

fn track_command() -> BoxedStrategy<Command> {
    let kind = prop_oneof![
        1 => Just(TrackKind::Audio),
        1 => Just(TrackKind::Instrument),
        1 => Just(TrackKind::Bus),
        2 => Just(TrackKind::Group),
    ];
    prop_oneof![
        1 => (wish(), kind, "[a-z]{0,6}", some(0..9_u32), some(id()), prop::option::weighted(0.2, group()))
            .prop_map(|(id, kind, name, color, before, group)| {
                Command::AddTrack(AddTrack { id, kind, name, color, before, group })
            }),
        1 => (id(), some(number(-150.0..6.0)), some(number(-1.0..1.0)), some(any::<bool>()), some(id())).prop_map(
            |(id, fader_db, pan, mute, output)| {
                Command::SetTrack(SetTrack {
                    id,
                    fader_db,
                    pan,
                    mute,
                    solo: mute,
                    output,
                    ..SetTrack::default()
                })
            }
        ),
        1 => track_wiring(),
        1 => (id(), some(id()), some(group())).prop_map(|(id, before, group)| Command::MoveTrack(MoveTrack {
            id,
            before,
            group
        })),
        1 => (wish(), id(), id(), number(-150.0..6.0), any::<bool>()).prop_map(
            |(id, track, target, level_db, pre_fader)| {
                Command::AddSend(AddSend { id, track, target, level_db, pre_fader })
            }
        ),
        1 => (id(), some(number(-150.0..6.0)), some(any::<bool>()))
            .prop_map(|(id, level_db, pre_fader)| Command::SetSend(SetSend { id, level_db, pre_fader })),
        // It chooses among four.
        4 => device_command(),
    ]
    .boxed()
}

/// Where a track's sound and notes come from and go to.
fn track_wiring() -> BoxedStrategy<Command> {
    (id(), some(group()), some(any::<bool>()), some(0..3_u32))
        .prop_map(|(id, group, on, channel)| {
            let input = channel.map(|channel| TrackInput {
                audio_channels: vec![channel, channel + 1],
                ..TrackInput::default()
            });
            let (phase_invert, solo_safe, armed) = (on, on, on);
            let midi_output = channel.map(|channel| MidiOutput {
                port: if channel == 0 { String::new() } else { "Loopback".into() },
                channel,
                ..MidiOutput::default()
            });
            let set = SetTrack {
                id,
                group,
                phase_invert,
                solo_safe,
                armed,
                input,
                midi_output,
                ..SetTrack::default()
            };
            Command::SetTrack(set)
        })
        .boxed()
}

fn isolation() -> impl Strategy<Value = Isolation> {
    prop::sample::select(vec![Isolation::Chain, Isolation::Plugin, Isolation::Vendor, Isolation::Shared])
}

fn device_command() -> BoxedStrategy<Command> {
    prop_oneof![
        (wish(), id(), some(id()), any::<bool>()).prop_map(|(id, track, before, synth)| {
            let kind = DeviceKind::Builtin(if synth { "tide" } else { "trim" }.into());
            let (name, vendor, parameters) = (String::new(), String::new(), Vec::new());
            Command::AddDevice(AddDevice { id, track, before, name, vendor, kind, parameters, media: vec![] })
        }),
        (id(), some(id()), some(id())).prop_map(|(id, track, before)| Command::MoveDevice(MoveDevice {
            id,
            track,
            before
        })),
        (id(), 0..130_u32, some(id())).prop_map(|(device, slot, media)| {
            Command::SetDeviceMedia(SetDeviceMedia { device, slot, media })
        }),
        (id(), any::<bool>()).prop_map(|(id, plugin)| {
            let clap =
                ClapPlugin { plugin_id: "a.b".into(), bundle: "b.clap".into(), ..ClapPlugin::default() };
            let kind = if plugin { DeviceKind::Clap(clap) } else { DeviceKind::Builtin("trim".into()) };
            let (name, vendor) = (String::new(), String::new());
            Command::ReplaceDevice(ReplaceDevice { id, name, vendor, kind })
        }),
        (id(), some(some(isolation())), some(any::<bool>()), some(any::<bool>())).prop_map(
            |(id, isolation, standby, disabled)| {
                let (name, bypass) = (None, None);
                Command::SetDevice(SetDevice { id, name, bypass, isolation, standby, disabled })
            }
        ),
        (id(), 0..4_u32, number(0.0..1.0)).prop_map(|(device, parameter, value)| {
            Command::SetParameter(SetParameter { device, parameter, value })
        }),
    ]
    .boxed()
}

/// Mostly one thing at a time, so that it is often accepted.
fn clip_shape() -> BoxedStrategy<Command> {
    let at = || prop::option::weighted(0.25, ticks());
    let places = (at(), at(), at(), at());
    let rest = (prop::option::weighted(0.25, 0..3_u32), prop::option::weighted(0.2, any::<bool>()));
    (id(), places, rest, prop::option::weighted(0.2, 0..50_000_i64))
        .prop_map(|(id, (fade_in, fade_out, loop_length, loop_phase), (lane, reverse), offset_frames)| {
            Command::SetClip(SetClip {
                id,
                fade_in,
                fade_out,
                loop_length,
                loop_phase,
                lane,
                color: lane,
                reverse,
                offset_frames,
                ..SetClip::default()
            })
        })
        .boxed()
}

fn clip_command() -> BoxedStrategy<Command> {
    let notes = || prop::collection::vec(note(), 0..6);
    prop_oneof![
        (wish(), id(), ticks(), ticks(), notes()).prop_map(|(id, track, start, length, notes)| {
            Command::AddNoteClip(AddNoteClip { id, track, start, length, name: "N".into(), notes, lane: 0 })
        }),
        (wish(), id(), ticks(), some(ticks()), id(), -2..50_000_i64).prop_map(
            |(id, track, start, length, media, offset_frames)| {
                let (name, gain_db) = (String::new(), 0.0);
                Command::AddAudioClip(AddAudioClip {
                    id,
                    track,
                    start,
                    length,
                    name,
                    media,
                    offset_frames,
                    gain_db,
                    lane: offset_frames as u32 % 2,
                })
            }
        ),
        (id(), ticks(), wish()).prop_map(|(id, position, right)| Command::SplitClip(SplitClip {
            id,
            position,
            right
        })),
        (id(), some(id()), ticks()).prop_map(|(id, track, start)| Command::MoveClip(MoveClip {
            id,
            track,
            start
        })),
        (id(), some(ticks()), some(any::<bool>()), some(number(-150.0..24.0))).prop_map(
            |(id, length, mute, gain_db)| {
                Command::SetClip(SetClip { id, length, mute, gain_db, ..SetClip::default() })
            }
        ),
        clip_shape(),
        (id(), wish(), some(id()), ticks()).prop_map(|(id, new_id, track, start)| {
            Command::DuplicateClip(DuplicateClip { id, new_id, track, start })
        }),
        (prop::collection::vec(id(), 1..4), some(wish()))
            .prop_map(|(ids, id)| { Command::JoinClips(JoinClips { ids, id: id.flatten() }) }),
        id().prop_map(|clip| Command::ChooseTake(ChooseTake { clip })),
        (prop::collection::vec(id(), 1..4), ticks(), number(0.0..1.0), number(0.0..1.0)).prop_map(
            |(ids, grid, strength, swing)| {
                Command::QuantiseNotes(QuantiseNotes { ids, grid, strength, swing })
            }
        ),
        (id(), notes()).prop_map(|(clip, notes)| Command::AddNotes(AddNotes { clip, notes })),
        (id(), some(ticks()), some(ticks()), some(0..129_u32)).prop_map(|(id, start, length, pitch)| {
            Command::SetNote(SetNote { id, start, length, pitch, velocity: None })
        }),
        (id(), ticks(), prop::collection::vec(any::<u8>(), 0..4)).prop_map(|(clip, position, data)| {
            Command::AddMidiEvents(AddMidiEvents {
                clip,
                events: vec![NewMidiEvent { id: None, position, data }],
            })
        }),
    ]
    .boxed()
}

fn song_command() -> BoxedStrategy<Command> {
    prop_oneof![
        (some(any::<bool>()), some(ticks()), some(ticks())).prop_map(
            |(loop_enabled, loop_start, loop_end)| {
                Command::SetSong(SetSong {
                    loop_enabled,
                    loop_start,
                    loop_end,
                    punch_enabled: loop_enabled,
                    punch_out: loop_start,
                    ..SetSong::default()
                })
            }
        ),
        (wish(), ticks(), number(5.0..1000.0)).prop_map(|(id, position, bpm)| Command::SetTempo(SetTempo {
            id,
            position,
            bpm
        })),
        (wish(), ticks(), 0..66_u32, 0..6_u32).prop_map(|(id, position, numerator, power)| {
            Command::SetSignature(SetSignature { id, position, numerator, denominator: 1 << power })
        }),
        (wish(), 1..100_000_i64).prop_map(|(id, frames)| {
            let (hash, name, path) = ("0".repeat(64), "a.wav".into(), "media/a.wav".into());
            Command::AddMedia(AddMedia { id, hash, name, path, sample_rate: 44_100, channels: 1, frames })
        }),
        (wish(), ticks())
            .prop_map(|(id, position)| { Command::AddMarker(AddMarker { id, position, name: "m".into() }) }),
        (id(), some(ticks()))
            .prop_map(|(id, position)| { Command::SetMarker(SetMarker { id, position, name: None }) }),
        prop::collection::vec(id(), 0..3).prop_map(|ids| Command::Remove(Remove { ids })),
    ]
    .boxed()
}

fn command() -> BoxedStrategy<Command> {
    prop_oneof![3 => track_command(), 4 => clip_command(), 2 => song_command()].boxed()
}

/// Begins with a track of each kind and a media, so that much of what follows is accepted.
fn transactions() -> impl Strategy<Value = Vec<Vec<Command>>> {
    prop::collection::vec(prop::collection::vec(command(), 1..4), 1..60)
}

fn start() -> Project {
    let mut project = Project::new_song("Random", 1);
    let script = crate::script::commands(
        r#"
        {"add_track": {"id": 10, "kind": "audio", "name": "a"}}
        {"add_track": {"id": 11, "kind": "instrument", "name": "i"}}
        {"add_track": {"id": 12, "kind": "bus", "name": "b"}}
        {"add_track": {"id": 13, "kind": "bus", "name": "c"}}
        {"add_track": {"id": 17, "kind": "group", "name": "g"}}
        {"add_track": {"id": 18, "kind": "group", "name": "h", "group": 17}}
        {"add_media": {"id": 14, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "l.wav", "path": "media/l.wav", "sample_rate": 44100, "channels": 1, "frames": 90000}}
        {"add_note_clip": {"id": 15, "track": 11, "start": 0, "length": "8q"}}
        {"add_audio_clip": {"id": 16, "track": 10, "start": 0, "media": 14}}
        "#,
    );
    let planned = plan(&mut project, &script).unwrap();
    project.apply(&planned.updates).unwrap();
    project
}

#[test]
fn random_commands_are_done_whole_or_not_at_all_and_all_are_undone_and_redone() {
    let outcome = runner(300).run(&transactions(), |transactions| {
        let mut project = start();
        let mut history = History::new();
        let begin = bytes(&project);
        let mut sequence = 0;
        let mut record = |project: &mut Project, history: &mut History, updates: Vec<Update>, inverts| {
            sequence += 1;
            project.apply(&updates).unwrap();
            let (client, label) = (CLIENT.into(), String::new());
            history.record(Arc::new(Transaction { sequence, client, label, time_ms: 0, updates, inverts }));
        };
        for commands in transactions {
            let before = bytes(&project);
            let planned = plan(&mut project, &commands);
            prop_assert_eq!(&before, &bytes(&project));
            let Ok(planned) = planned else { continue };
            prop_assert!(!planned.label.is_empty());
            record(&mut project, &mut history, planned.updates, None);
            let (_, diagnostics) = Project::from_entities(project.entities(), 1);
            prop_assert_eq!(diagnostics, vec![]);
        }
        let end = bytes(&project);
        while let Ok(undo) = history.undo(&mut project, CLIENT) {
            record(&mut project, &mut history, undo.updates, Some(undo.inverts));
        }
        prop_assert_eq!(&begin, &bytes(&project));
        while let Ok(redo) = history.redo(&mut project, CLIENT) {
            record(&mut project, &mut history, redo.updates, Some(redo.inverts));
        }
        prop_assert_eq!(&end, &bytes(&project));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn random_commands_are_accepted_and_refused_often_enough_to_test_both() {
    let accepted = Cell::new(0);
    runner(300)
        .run(&command(), |command| {
            accepted.set(accepted.get() + usize::from(plan(&mut start(), &[command]).is_ok()));
            Ok(())
        })
        .unwrap();
    assert!((50..250).contains(&accepted.get()), "{} of 300 accepted", accepted.get());
}

#[test]
fn songs_broken_at_random_open_as_valid_songs() {
    let cases = (transactions(), prop::collection::vec(any::<prop::sample::Index>(), 1..8), id());
    runner(150)
        .run(&cases, |(transactions, holes, renamed)| {
            let mut project = start();
            for commands in transactions {
                if let Ok(planned) = plan(&mut project, &commands) {
                    project.apply(&planned.updates).unwrap();
                }
            }
            let mut entities: Vec<Entity> = project.entities().collect();
            for hole in holes {
                if !entities.is_empty() {
                    entities.swap_remove(hole.index(entities.len()));
                }
            }
            if let Some(Entity::Track(track)) = entities.iter_mut().find(|it| it.kind() == Kind::Track) {
                track.output = Some(renamed);
            }
            let (opened, _) = Project::from_entities(entities, 1);
            let (_, diagnostics) = Project::from_entities(opened.entities(), 1);
            prop_assert_eq!(diagnostics, vec![]);
            Ok(())
        })
        .unwrap();
}
