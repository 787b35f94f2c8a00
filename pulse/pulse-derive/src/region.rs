//! What a clip plays, in samples. Each clip is derived by itself.

use crate::spec::{AudioRegion, NoteRegion, NoteSpan, TimedMidi};
use crate::topology::{audio_player, note_player};
use pulse_model::{AudioContent, ClapPlugin, Clip, ClipContent, Media, NoteContent, Project};
use std::sync::Arc;
use units::{Gain, SampleRate, Samples, Ticks};

/// The last position that Signal accepts: 1,000 days at 48 kHz. What lies beyond is left out.
pub const MAX_SAMPLES: i64 = 1 << 42;

/// A sound ready to be played: decoded to the graph's sample rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Absolute path of the decoded file.
    pub path: String,
    /// Its length, at the rate that was asked for.
    pub frames: i64,
}

/// Knows where the files are that a graph names.
pub trait Locator {
    /// The decoded sound of a media at a sample rate; `None` as long as there is none: its clips are silent until
    /// [`Derivation::media_changed`](crate::Derivation::media_changed).
    fn sound(&self, media: &Media, rate: SampleRate) -> Option<Sound>;

    /// The absolute path of a plugin's bundle; `None` if it was not found: then Signal gets the name that the song holds,
    /// and reports the plugin as missing.
    fn bundle(&self, plugin: &ClapPlugin) -> Option<String> {
        let _ = plugin;
        None
    }
}

/// What a clip becomes.
pub(crate) enum Region {
    Audio(Arc<AudioRegion>),
    Notes(Arc<NoteRegion>),
    /// It is muted, a take, or has nothing to play.
    Silent,
}

impl Region {
    pub(crate) fn of(project: &Project, clip: &Clip, rate: SampleRate, locator: &dyn Locator) -> Self {
        if clip.mute || clip.lane > 0 {
            return Self::Silent;
        }
        let region = match &clip.content {
            ClipContent::Audio(content) => {
                audio(project, clip, content, rate, locator).map(|region| Self::Audio(Arc::new(region)))
            }
            ClipContent::Notes(content) => {
                notes(project, clip, content, rate).map(|it| Self::Notes(Arc::new(it)))
            }
        };
        region.unwrap_or(Self::Silent)
    }
}

fn audio(
    project: &Project,
    clip: &Clip,
    content: &AudioContent,
    rate: SampleRate,
    locator: &dyn Locator,
) -> Option<AudioRegion> {
    let media = project.media(content.media)?;
    let sound = locator.sound(media, rate)?;
    let tempo = project.tempo_map();
    let start = tempo.samples(clip.start, rate).0;
    let end = tempo.samples(clip.end(), rate).0.min(MAX_SAMPLES);
    let offset = Samples(content.offset_frames).at_rate(SampleRate::new(media.sample_rate)?, rate).0;
    let length = (end - start).min(sound.frames - offset);
    (length > 0).then(|| AudioRegion {
        id: clip.id,
        node: audio_player(clip.track),
        start_sample: start,
        length_samples: length,
        path: sound.path,
        offset_frames: offset,
        gain: Gain::from_db(content.gain_db).linear(),
    })
}

/// Notes that begin in the clip's window, ended at its end at the latest. One shorter than a sample lasts a sample.
fn notes(project: &Project, clip: &Clip, content: &NoteContent, rate: SampleRate) -> Option<NoteRegion> {
    let tempo = project.tempo_map();
    let window = content.offset..content.offset + clip.length;
    let sample = |position: Ticks| tempo.samples(clip.start + (position - content.offset), rate).0;
    let mut notes = Vec::new();
    for note in project.notes_of(clip.id).skip_while(|note| note.start < window.start) {
        let start_sample = sample(note.start);
        if note.start >= window.end || start_sample >= MAX_SAMPLES {
            break;
        }
        let end = sample((note.start + note.length).min(window.end));
        let velocity = note.velocity as f32;
        if velocity > 0.0 {
            notes.push(NoteSpan {
                id: note.id,
                start_sample,
                end_sample: end.clamp(start_sample + 1, MAX_SAMPLES),
                pitch: note.pitch,
                velocity,
                release_velocity: note.release_velocity as f32,
                channel: note.channel,
            });
        }
    }
    // Notes of different ticks can fall on one sample: within it, too, they are by pitch.
    notes.sort_by_key(|note| (note.start_sample, note.pitch));
    let midi: Vec<TimedMidi> = project
        .midi_events_of(clip.id)
        .skip_while(|event| event.position < window.start)
        .take_while(|event| event.position < window.end)
        .filter(|event| is_channel_message(&event.data))
        .map(|event| TimedMidi { sample: sample(event.position), data: event.data.clone() })
        .take_while(|event| event.sample < MAX_SAMPLES)
        .collect();
    if notes.is_empty() && midi.is_empty() {
        return None;
    }
    Some(NoteRegion { id: clip.id, node: note_player(clip.track), notes, midi })
}

/// Controllers, bend, pressure, program. Meta events and system messages are for the song, not for the engine.
fn is_channel_message(data: &[u8]) -> bool {
    data.first().is_some_and(|status| (0xa0..0xf0).contains(status)) && data.len() <= 3
}
