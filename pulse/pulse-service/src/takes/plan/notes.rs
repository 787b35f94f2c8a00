//! Notes of a take: beginnings and ends paired, what is held at the end of a pass cut there.

use pulse_model::{
    AddMidiEvents, AddNoteClip, AddNotes, Clip, ClipContent, Command, Id, NewMidiEvent, NewNote, TrackKind,
};
use units::{SampleRate, Ticks};

use super::{Planner, Span, ticks_of};
use crate::takes::log::{Pass, TakeLog};

/// A note or message, in ticks from the start of the song.
#[derive(Clone, Debug)]
struct Played {
    start: Ticks,
    end: Ticks,
    channel: u8,
    pitch: u8,
    velocity: u8,
    release: u8,
}

/// What was played in one pass.
struct Music {
    span: Span,
    notes: Vec<Played>,
    messages: Vec<(Ticks, Vec<u8>)>,
}

impl Planner<'_> {
    pub(super) fn notes(&mut self, take: &TakeLog, mark: Id) {
        let Some(rate) = SampleRate::new(take.head.sample_rate) else { return };
        let music: Vec<Music> = take.passes.iter().map(|pass| self.music(pass, rate)).collect();
        let music: Vec<Music> =
            music.into_iter().filter(|it| !it.notes.is_empty() || !it.messages.is_empty()).collect();
        let Some(last) = music.last() else { return };
        let (track, name) = self.track(take, TrackKind::Instrument);
        if music.len() == 1
            && let Some(under) = self.clip_under(track, last).cloned()
        {
            return self.overdub(&under, last, mark);
        }
        self.note_clip(track, last, Some(mark), 0, name.clone());
        if music.len() > 1 {
            for (number, music) in music.iter().enumerate() {
                let lane = number as u32 + 1;
                self.note_clip(track, music, None, lane, format!("{name} {lane}"));
            }
        }
    }

    fn music(&self, pass: &Pass, rate: SampleRate) -> Music {
        let span = self.span(pass.sample, pass.until, rate);
        let tempo = self.project.tempo_map();
        let end = span.start + span.length;
        let mut held: Vec<Played> = Vec::new();
        let (mut notes, mut messages) = (Vec::new(), Vec::new());
        for (sample, data) in &pass.events {
            let at = ticks_of(tempo, *sample, rate);
            let (channel, kind) = (data[0] & 0x0F, data[0] & 0xF0);
            if kind != 0x80 && kind != 0x90 {
                messages.push((at, data.clone()));
                continue;
            }
            let (Some(&pitch), Some(&velocity)) = (data.get(1), data.get(2)) else { continue };
            let same = |note: &Played| (note.channel, note.pitch) == (channel, pitch);
            if let Some(found) = held.iter().position(same) {
                let note = held.swap_remove(found);
                let release = if kind == 0x80 { velocity } else { 0 };
                notes.push(Played { end: at, release, ..note });
            }
            if kind == 0x90 && velocity > 0 {
                held.push(Played { start: at, end, channel, pitch, velocity, release: 0 });
            }
        }
        notes.extend(held);
        notes.sort_by_key(|note| (note.start, note.pitch));
        Music { span, notes, messages }
    }

    /// The clip that is heard under everything that was played.
    fn clip_under(&self, track: Id, music: &Music) -> Option<&Clip> {
        let first =
            music.notes.iter().map(|note| note.start).chain(music.messages.iter().map(|it| it.0)).min()?;
        let last =
            music.notes.iter().map(|note| note.start).chain(music.messages.iter().map(|it| it.0)).max()?;
        self.project.clips_of(track).find(|clip| {
            let is_plain = clip.lane == 0 && !clip.mute && clip.loop_length == Ticks::ZERO;
            is_plain
                && clip.start <= first
                && last < clip.end()
                && matches!(clip.content, ClipContent::Notes(_))
        })
    }

    fn overdub(&mut self, clip: &Clip, music: &Music, mark: Id) {
        let ClipContent::Notes(content) = &clip.content else { return };
        let origin = clip.start - content.offset;
        let end = clip.end();
        let cut = |note: &Played| Played { end: note.end.min(end), ..note.clone() };
        let notes: Vec<Played> = music.notes.iter().map(cut).collect();
        let mut first = Some(mark);
        let notes = self.new_notes(&notes, origin, &mut first);
        if !notes.is_empty() {
            self.plan.commands.push(Command::AddNotes(AddNotes { clip: clip.id, notes }));
        }
        self.messages(clip.id, origin, music, first);
    }

    fn note_clip(&mut self, track: Id, music: &Music, id: Option<Id>, lane: u32, name: String) {
        let id = id.unwrap_or_else(|| self.ids.next());
        let Span { start, length } = music.span;
        let notes = self.new_notes(&music.notes, start, &mut None);
        self.plan.clips += 1;
        let clip = AddNoteClip { id: Some(id), track, start, length, name, notes, lane };
        self.plan.commands.push(Command::AddNoteClip(clip));
        self.messages(id, start, music, None);
    }

    /// `first` is the id of the first one, if it has to have a certain one.
    fn new_notes(&mut self, notes: &[Played], origin: Ticks, first: &mut Option<Id>) -> Vec<NewNote> {
        self.plan.notes += notes.len() as u64;
        let note = |note: &Played| NewNote {
            id: Some(first.take().unwrap_or_else(|| self.ids.next())),
            start: note.start - origin,
            length: (note.end - note.start).max(Ticks(1)),
            pitch: note.pitch.into(),
            velocity: Some(f64::from(note.velocity) / 127.0),
            release_velocity: f64::from(note.release) / 127.0,
            channel: note.channel.into(),
        };
        notes.iter().map(note).collect()
    }

    fn messages(&mut self, clip: Id, origin: Ticks, music: &Music, mut first: Option<Id>) {
        let event = |(position, data): &(Ticks, Vec<u8>)| NewMidiEvent {
            id: Some(first.take().unwrap_or_else(|| self.ids.next())),
            position: *position - origin,
            data: data.clone(),
        };
        let events: Vec<NewMidiEvent> = music.messages.iter().map(event).collect();
        if !events.is_empty() {
            self.plan.commands.push(Command::AddMidiEvents(AddMidiEvents { clip, events }));
        }
    }
}
