//! Clips as regions, and musical time as samples.

use crate::fixture::{Files, RATE, graph, song, text};
use expect_test::expect;
use pulse_derive::{Derivation, Locator, Sound, derive};
use pulse_model::{Id, Media};
use units::SampleRate;

const AUDIO: &str = r#"
    {"add_track": {"id": 10, "kind": "audio", "name": "Drums"}}
    {"add_media": {"id": 20, "hash": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name": "loop.wav", "path": "media/loop.wav", "sample_rate": 48000, "channels": 2, "frames": 96000}}
"#;

fn region_lines(script: &str) -> String {
    text(&graph(script))
        .lines()
        .skip_while(|line| !line.starts_with("region"))
        .map(|it| format!("{it}\n"))
        .collect()
}

#[test]
fn audio_clip_is_a_stretch_of_its_decoded_file() {
    let clip = r#"{"add_audio_clip": {"id": 30, "track": 10, "start": "2q", "length": "1q", "media": 20, "offset_frames": 1000, "gain_db": -6}}"#;
    expect![[r#"
        region 30 audio-of-10 48000+24000 cache/loop.wav from 1000 × 0.5011872
        timeline 48000 Hz loop off 0..0 end 72000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&region_lines(&format!("{AUDIO}{clip}")));
}

#[test]
fn audio_clip_longer_than_its_media_ends_with_it() {
    let clip = r#"{"add_audio_clip": {"id": 30, "track": 10, "start": 0, "length": "100q", "media": 20, "offset_frames": 90000}}"#;
    expect![[r#"
        region 30 audio-of-10 0+6000 cache/loop.wav from 90000 × 1
        timeline 48000 Hz loop off 0..0 end 2400000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&region_lines(&format!("{AUDIO}{clip}")));
}

#[test]
fn parts_of_a_split_clip_meet_sample_by_sample() {
    let split = r#"
        {"set_tempo": {"position": "1q", "bpm": 97.3}}
        {"add_audio_clip": {"id": 30, "track": 10, "start": 0, "media": 20}}
        {"split_clip": {"id": 30, "position": 100000001, "right": 31}}
    "#;
    let spec = graph(&format!("{AUDIO}{split}"));
    let (left, right) = (&spec.audio_regions[&Id(30)], &spec.audio_regions[&Id(31)]);
    assert_eq!(left.start_sample + left.length_samples, right.start_sample);
    assert_eq!(left.offset_frames + left.length_samples, right.offset_frames);
    assert_eq!(left.length_samples + right.length_samples, 96_000);
}

#[test]
fn offset_counts_at_the_rate_of_the_graph() {
    let clip =
        r#"{"add_audio_clip": {"id": 30, "track": 10, "start": "1q", "media": 20, "offset_frames": 48000}}"#;
    let spec = derive(&song(&format!("{AUDIO}{clip}")), SampleRate::HZ_44100, &Files);
    let region = &spec.audio_regions[&Id(30)];
    assert_eq!((region.start_sample, region.offset_frames, region.length_samples), (22_050, 44_100, 44_100));
}

#[test]
fn muted_clips_are_left_out() {
    let script = r#"
        {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
        {"add_audio_clip": {"id": 30, "track": 10, "start": 0, "media": 20}}
        {"add_note_clip": {"id": 31, "track": 11, "start": 0, "length": "4q", "notes": [{"start": 0, "length": "1q", "pitch": 60}]}}
        {"set_clip": {"id": 30, "mute": true}}
        {"set_clip": {"id": 31, "mute": true}}
    "#;
    let spec = graph(&format!("{AUDIO}{script}"));
    assert!(spec.audio_regions.is_empty() && spec.note_regions.is_empty());
}

#[test]
fn notes_are_clipped_to_the_window_of_their_clip() {
    let script = r#"
        {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
        {"add_note_clip": {"id": 30, "track": 11, "start": "4q", "length": "4q", "notes": [{"id": 40, "start": 0, "length": "1q", "pitch": 60}, {"id": 41, "start": "2q", "length": "3q", "pitch": 62}, {"id": 42, "start": "3q", "length": 1, "pitch": 64, "velocity": 0.5}, {"id": 43, "start": "3.5q", "length": "1q", "pitch": 65, "velocity": 0}, {"id": 44, "start": "5q", "length": "1q", "pitch": 66}]}}
        {"add_midi_events": {"clip": 30, "events": [{"position": 0, "data": "c005"}, {"position": "1q", "data": "ff0102"}, {"position": "1q", "data": "f043f7"}, {"position": "3q", "data": "b00740"}, {"position": "4q", "data": "b00750"}]}}
        {"split_clip": {"id": 30, "position": "6.5q", "right": 31}}
        {"set_clip": {"id": 30, "length": "2.25q"}}
    "#;
    expect![[r#"
        region 30 notes-of-11
          note 40 96000..120000 key 60 vel 0.8
          note 41 144000..150000 key 62 vel 0.8
          midi 96000 [c0, 05]
        region 31 notes-of-11
          note 42 168000..168001 key 64 vel 0.5
          midi 168000 [b0, 07, 40]
        timeline 48000 Hz loop off 0..0 end 192000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&region_lines(script));
}

#[test]
fn notes_of_one_sample_are_by_pitch() {
    let script = r#"
        {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
        {"add_note_clip": {"id": 30, "track": 11, "start": 0, "length": "4q", "notes": [{"id": 40, "start": 0, "length": "1q", "pitch": 62}, {"id": 41, "start": 1, "length": "1q", "pitch": 60}]}}
    "#;
    let pitches: Vec<u32> = graph(script).note_regions[&Id(30)].notes.iter().map(|note| note.pitch).collect();
    assert_eq!(pitches, [60, 62]);
}

#[test]
fn timeline_follows_tempo_signature_and_loop() {
    let script = r#"
        {"set_tempo": {"position": "4q", "bpm": 60}}
        {"set_tempo": {"position": "9q", "bpm": 90}}
        {"set_signature": {"position": "8q", "numerator": 3, "denominator": 8}}
        {"set_song": {"loop_enabled": true, "loop_start": "4q", "loop_end": "8q"}}
        {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
        {"add_note_clip": {"id": 30, "track": 11, "start": "8q", "length": "1q"}}
    "#;
    let text = text(&graph(script));
    expect![[r#"
        timeline 48000 Hz loop on 96000..288000 end 336000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
          96000 60.000 bpm 4q 4/4 bar 1 from 4q
          288000 60.000 bpm 8q 3/8 bar 2 from 8q
          336000 90.000 bpm 9q 3/8 bar 2 from 8q
    "#]]
    .assert_eq(&text[text.find("timeline").unwrap()..]);
}

#[test]
fn tempo_points_within_one_sample_become_one_segment() {
    let script = r#"
        {"set_tempo": {"position": 46126080, "bpm": 60}}
        {"set_tempo": {"position": 46126081, "bpm": 90}}
    "#;
    let tempo = graph(script).timeline.tempo;
    assert_eq!(tempo.iter().map(|it| it.start_sample).collect::<Vec<_>>(), [0, 24_000]);
    assert!((tempo[1].bpm - 90.0).abs() < 1e-6, "the later one holds");
}

#[test]
fn positions_beyond_what_signal_plays_are_left_out() {
    let far = (1_i64 << 53) - 100_000_000;
    let script = format!(
        r#"
        {{"set_tempo": {{"position": 0, "bpm": 5}}}}
        {{"add_track": {{"id": 11, "kind": "instrument", "name": "Bass"}}}}
        {{"add_note_clip": {{"id": 30, "track": 11, "start": {far}, "length": "2q", "notes": [{{"start": 0, "length": "1q", "pitch": 60}}]}}}}
        {{"add_audio_clip": {{"id": 31, "track": 10, "start": {far}, "length": "1q", "media": 20}}}}
        "#
    );
    let spec = graph(&format!("{AUDIO}{script}"));
    assert!(spec.audio_regions.is_empty() && spec.note_regions.is_empty());
}

/// Nothing is decoded until `ready`.
struct Later {
    ready: bool,
}

impl Locator for Later {
    fn sound(&self, media: &Media, rate: SampleRate) -> Option<Sound> {
        if self.ready { Files.sound(media, rate) } else { None }
    }
}

#[test]
fn clip_is_silent_until_its_media_is_decoded() {
    let project =
        song(&format!(r#"{AUDIO}{{"add_audio_clip": {{"id": 30, "track": 10, "start": 0, "media": 20}}}}"#));
    let mut derivation = Derivation::new(&project, RATE, &Later { ready: false });
    assert!(derivation.spec().audio_regions.is_empty());
    let difference = derivation.media_changed(&project, Id(20), &Later { ready: true });
    assert_eq!(difference.audio_regions.len(), 1);
    assert_eq!(*derivation.spec(), derive(&project, RATE, &Files));
}

#[test]
fn fades_loop_and_direction_are_counted_in_samples() {
    let clip = r#"
        {"set_tempo": {"position": 0, "bpm": 125}}
        {"add_audio_clip": {"id": 30, "track": 10, "start": "2q", "length": "4q", "media": 20, "offset_frames": 1000}}
        {"set_clip": {"id": 30, "fade_in": "0.5q", "fade_out": "1q", "fade_out_curve": "s_curve", "loop_length": "1.5q", "loop_phase": "1q"}}
        {"set_clip": {"id": 30, "reverse": true}}
    "#;
    expect![[r#"
        region 30 audio-of-10 46080+92160 cache/loop.wav from 83480 × 1 fade-in 11520 Linear fade-out 23040 SCurve backwards again from 60440 at [57600, 92160, 126720]
        timeline 48000 Hz loop off 0..0 end 138240
          0 125.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&region_lines(&format!("{AUDIO}{clip}")));
}

#[test]
fn later_clip_lies_on_top_unless_the_fades_overlap() {
    let clips = r#"
        {"add_audio_clip": {"id": 30, "track": 10, "start": 0, "length": "4q", "media": 20}}
        {"add_audio_clip": {"id": 31, "track": 10, "start": "1q", "length": "1q", "media": 20}}
        {"add_audio_clip": {"id": 32, "track": 10, "start": "3q", "length": "3q", "media": 20}}
    "#;
    let covered = |more: &str| -> Vec<Vec<(i64, i64)>> {
        let spec = graph(&format!("{AUDIO}{clips}{more}"));
        spec.audio_regions.values().map(|region| region.covered.clone()).collect()
    };
    assert_eq!(covered(""), [vec![(24_000, 48_000), (72_000, 96_000)], vec![], vec![]]);
    let fade_in = r#"{"set_clip": {"id": 32, "fade_in": "1q"}}"#;
    assert_eq!(covered(fade_in), covered(""), "one fade makes no cross-fade");
    let both = format!("{fade_in}\n{{\"set_clip\": {{\"id\": 30, \"fade_out\": \"0.5q\"}}}}");
    assert_eq!(covered(&both), [vec![(24_000, 48_000)], vec![], vec![]]);
    let muted = r#"{"set_clip": {"id": 31, "mute": true}}"#;
    assert_eq!(covered(muted), [vec![(72_000, 96_000)], vec![]]);
    let take = r#"{"set_clip": {"id": 31, "lane": 2}}"#;
    assert_eq!(covered(take), [vec![(72_000, 96_000)], vec![]]);
}

#[test]
fn takes_are_not_heard() {
    let clip = r#"{"add_audio_clip": {"id": 30, "track": 10, "start": 0, "media": 20, "lane": 1}}"#;
    assert!(graph(&format!("{AUDIO}{clip}")).audio_regions.is_empty());
}

#[test]
fn looped_notes_are_written_out_and_end_with_their_turn() {
    let clip = r#"
        {"add_track": {"id": 11, "kind": "instrument", "name": "Bass"}}
        {"add_note_clip": {"id": 30, "track": 11, "start": "1q", "length": "4q", "notes": [{"id": 40, "start": "0.5q", "length": "2q", "pitch": 40}, {"id": 41, "start": "2q", "length": "1q", "pitch": 41}]}}
        {"set_clip": {"id": 30, "loop_length": "2q", "loop_phase": "0.25q"}}
    "#;
    expect![[r#"
        region 30 notes-of-11
          note 40 30000..66000 key 40 vel 0.8
          note 40 78000..114000 key 40 vel 0.8
        timeline 48000 Hz loop off 0..0 end 120000
          0 120.000 bpm 0q 4/4 bar 0 from 0q
    "#]]
    .assert_eq(&region_lines(clip));
}

#[test]
fn sounds_of_a_device_come_with_it_as_soon_as_they_are_decoded() {
    let device = r#"
        {"add_track": {"id": 11, "kind": "instrument", "name": "Keys"}}
        {"add_media": {"id": 21, "hash": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "name": "missing.wav", "path": "media/missing.wav", "sample_rate": 48000, "channels": 2, "frames": 100}}
        {"add_device": {"id": 30, "track": 11, "builtin": "tide", "media": [{"slot": 0, "media": 21}, {"slot": 5, "media": 20}]}}
    "#;
    let spec = graph(&format!("{AUDIO}{device}"));
    let pulse_derive::Node::Builtin { media, .. } = &spec.nodes[&30] else { panic!("a built-in") };
    let sounds: Vec<_> = media.iter().map(|it| (it.slot, it.path.as_str(), it.frames, it.channels)).collect();
    assert_eq!(sounds, [(5, "cache/loop.wav", 96_000, 2)]);
}
