//! What a clip plays, in samples. Each clip is derived by itself, apart from what lies on top of it: see `layers`.

use crate::layers::{Layers, Span};
use crate::spec::{AudioRegion, Grants, NoteRegion, NoteSpan, TimedMidi};
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

    /// Whether a plugin gets a process of its own, and a standby, whatever the song says: it crashed on this machine.
    fn runs_alone(&self, plugin: &ClapPlugin) -> bool {
        let _ = plugin;
        false
    }

    /// What a plugin may reach on this machine. One that was granted anything gets a process of its own.
    fn grants(&self, plugin: &ClapPlugin) -> Grants {
        let _ = plugin;
        Grants::default()
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
    pub(crate) fn of(layers: &mut Layers, clip: &Clip, rate: SampleRate, locator: &dyn Locator) -> Self {
        if clip.mute || clip.lane > 0 {
            return Self::Silent;
        }
        let project = layers.project();
        let region = match &clip.content {
            ClipContent::Audio(content) => audio(project, clip, content, rate, locator).map(|mut region| {
                region.covered = in_samples(project, layers.covered(clip), rate);
                Self::Audio(Arc::new(region))
            }),
            ClipContent::Notes(content) => {
                notes(project, clip, content, rate).map(|it| Self::Notes(Arc::new(it)))
            }
        };
        region.unwrap_or(Self::Silent)
    }
}

fn in_samples(project: &Project, spans: &[Span], rate: SampleRate) -> Vec<(i64, i64)> {
    let sample = |position| project.tempo_map().samples(position, rate).0.min(MAX_SAMPLES);
    let mut covered: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for span in spans.iter().map(|(from, to)| (sample(*from), sample(*to))) {
        // Spans apart in ticks can meet in a sample, or lie within one.
        match covered.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ if span.0 < span.1 => covered.push(span),
            _ => {}
        }
    }
    covered
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
    let sample = |position: Ticks| project.tempo_map().samples(position, rate).0;
    let start = sample(clip.start);
    let end = sample(clip.end()).min(MAX_SAMPLES);
    let offset = Samples(content.offset_frames).at_rate(SampleRate::new(media.sample_rate)?, rate).0;
    let rest = sound.frames - offset;
    // Where the sound ends within the clip it is silent up to the clip's end, which only fades and loops make heard.
    let whole = clip.is_looped() || clip.fade_out > Ticks::ZERO;
    let length = if whole { end - start } else { (end - start).min(rest) };
    if length <= 0 || rest <= 0 {
        return None;
    }
    let fade_in_samples = (sample(clip.start + clip.fade_in) - start).min(length);
    let fade_out_samples = (end - sample(clip.end() - clip.fade_out)).clamp(0, length - fade_in_samples);
    let mut loop_starts: Vec<i64> =
        clip.turns().skip(1).map(sample).filter(|at| (start + 1..start + length).contains(at)).collect();
    loop_starts.dedup();
    Some(AudioRegion {
        id: clip.id,
        node: audio_player(clip.track),
        start_sample: start,
        length_samples: length,
        path: sound.path,
        offset_frames: offset + (start - sample(clip.start - clip.loop_phase)),
        gain: Gain::from_db(content.gain_db).linear(),
        fade_in_samples,
        fade_out_samples,
        fade_in_curve: clip.fade_in_curve,
        fade_out_curve: clip.fade_out_curve,
        reverse: content.reverse,
        loop_starts,
        loop_offset_frames: offset,
        covered: Vec::new(),
    })
}

/// Notes that begin in the clip's window, ended at its end at the latest, turn by turn of its loop. One shorter than a
/// sample lasts a sample.
fn notes(project: &Project, clip: &Clip, content: &NoteContent, rate: SampleRate) -> Option<NoteRegion> {
    let (mut notes, mut midi) = (Vec::new(), Vec::new());
    for turn in clip.turns() {
        let from = turn.max(clip.start);
        let to = (turn + clip.window()).min(clip.end());
        if project.tempo_map().samples(from, rate).0 >= MAX_SAMPLES {
            break;
        }
        let turn = Turn { shift: turn - content.offset, from, to, rate };
        turn.add_notes(project, clip, &mut notes);
        turn.add_midi(project, clip, &mut midi);
    }
    // Notes of different ticks can fall on one sample: within it, too, they are by pitch.
    notes.sort_by_key(|note| (note.start_sample, note.pitch));
    if notes.is_empty() && midi.is_empty() {
        return None;
    }
    Some(NoteRegion { id: clip.id, node: note_player(clip.track), notes, midi })
}

/// A turn of a note clip's loop, or all of a clip that is not looped.
struct Turn {
    /// What to add to a position in the content for its place in the song.
    shift: Ticks,
    /// The part of the song in which it is heard.
    from: Ticks,
    to: Ticks,
    rate: SampleRate,
}

impl Turn {
    fn sample(&self, project: &Project, position: Ticks) -> i64 {
        project.tempo_map().samples(position, self.rate).0
    }

    fn add_notes(&self, project: &Project, clip: &Clip, notes: &mut Vec<NoteSpan>) {
        for note in project.notes_of(clip.id).skip_while(|note| note.start + self.shift < self.from) {
            let start = note.start + self.shift;
            let start_sample = self.sample(project, start);
            if start >= self.to || start_sample >= MAX_SAMPLES {
                break;
            }
            let end = self.sample(project, (start + note.length).min(self.to));
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
    }

    fn add_midi(&self, project: &Project, clip: &Clip, midi: &mut Vec<TimedMidi>) {
        let events = project
            .midi_events_of(clip.id)
            .skip_while(|event| event.position + self.shift < self.from)
            .take_while(|event| event.position + self.shift < self.to)
            .filter(|event| is_channel_message(&event.data))
            .map(|event| {
                let sample = self.sample(project, event.position + self.shift);
                TimedMidi { sample, data: event.data.clone() }
            });
        midi.extend(events.take_while(|event| event.sample < MAX_SAMPLES));
    }
}

/// Controllers, bend, pressure, program. Meta events and system messages are for the song, not for the engine.
fn is_channel_message(data: &[u8]) -> bool {
    data.first().is_some_and(|status| (0xa0..0xf0).contains(status)) && data.len() <= 3
}
