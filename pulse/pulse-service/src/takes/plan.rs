//! From the takes of one recording to the commands that make clips of them.
//!
//! - Each time round the loop is a clip in a take lane, from 1 on; the last one is heard too, in lane 0. A recording that
//!   went round once is one clip in lane 0.
//! - Notes of a single pass go into the clip that lies under them, if there is one.
//! - A take whose track is gone gets a new one: nothing that was recorded is lost.
//!
//! What a take made first has an id that follows from the take's own, so that it is known if it comes again.

use pulse_model::{AddAudioClip, AddMedia, AddTrack, Command, Id, Kind, Project, Track, TrackKind};
use units::{SampleRate, Superclock, TempoMap, Ticks};

use crate::{
    import::plan::{Ids, Plan},
    media::{decode::Decoded, intake::StoredMedia},
    song::SongState,
    takes::log::{Pass, TakeLog},
};

mod notes;

/// Ids are below this.
const ID_LIMIT: u64 = 1 << 53;
/// Name of a track for takes whose track is gone.
const LOST_TRACK: &str = "Recorded";

/// The sound of a take, in the song's folder.
#[derive(Clone, Debug)]
pub struct TakenSound {
    /// Where.
    pub stored: StoredMedia,
    /// What it holds.
    pub decoded: Decoded,
}

/// The commands for the takes of one recording; none for those that the song had before. `sounds` go with `takes`.
#[must_use]
pub fn recording(song: &SongState, takes: &[TakeLog], sounds: &[Option<TakenSound>]) -> Plan {
    let project = song.current();
    let mut planner =
        Planner { project, plan: Plan::default(), ids: Ids::new(project), new_tracks: Vec::new() };
    for (take, sound) in takes.iter().zip(sounds) {
        let mark = mark(&take.head.id);
        if song.knows(mark) {
            continue;
        }
        match (&take.head.sound, sound) {
            (Some(_), Some(sound)) => planner.sound(take, sound, mark),
            (Some(_), None) => {}
            (None, _) => planner.notes(take, mark),
        }
    }
    planner.plan
}

/// The id of the first thing that a take makes.
fn mark(take: &str) -> Id {
    let hash = blake3::hash(take.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    Id((u64::from_le_bytes(bytes) % (ID_LIMIT - 2)) + 2)
}

struct Planner<'a> {
    project: &'a Project,
    plan: Plan,
    ids: Ids<'a>,
    /// Made for takes whose track is gone: what it was, and its id.
    new_tracks: Vec<(u64, Id)>,
}

/// A stretch of the song.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: Ticks,
    length: Ticks,
}

impl Planner<'_> {
    fn sound(&mut self, take: &TakeLog, sound: &TakenSound, mark: Id) {
        let frames = sound.decoded.frames;
        let ends = take.passes.iter().skip(1).map(|pass| pass.frame).chain([frames]);
        let passes: Vec<(&Pass, u64)> = take
            .passes
            .iter()
            .zip(ends)
            .map(|(pass, end)| (pass, end.min(frames).saturating_sub(pass.frame)))
            .filter(|(_, frames)| *frames > 0)
            .collect();
        let Some(rate) = SampleRate::new(take.head.sample_rate).filter(|_| !passes.is_empty()) else {
            return;
        };
        let (track, name) = self.track(take, TrackKind::Audio);
        let media = self.media(sound, &name);
        let count = passes.len();
        let add = |planner: &mut Self, id: Id, pass: &Pass, frames: u64, lane: u32, name: String| {
            let Span { start, length } = planner.span(pass.sample, pass.sample + frames as i64, rate);
            planner.plan.clips += 1;
            planner.plan.commands.push(Command::AddAudioClip(AddAudioClip {
                id: Some(id),
                track,
                start,
                length: Some(length),
                name,
                media,
                offset_frames: pass.frame as i64,
                gain_db: 0.0,
                lane,
            }));
        };
        let (last, last_frames) = passes[count - 1];
        add(self, mark, last, last_frames, 0, name.clone());
        if count > 1 {
            for (number, (pass, frames)) in passes.iter().enumerate() {
                let (id, lane) = (self.ids.next(), number as u32 + 1);
                add(self, id, pass, *frames, lane, format!("{name} {lane}"));
            }
        }
    }

    fn media(&mut self, sound: &TakenSound, track: &str) -> Id {
        let known = self.project.all_media().find(|media| media.hash == sound.stored.hash);
        if let Some(known) = known {
            return known.id;
        }
        let id = self.ids.next();
        let number = self.project.count(Kind::Media) + 1;
        self.plan.commands.push(Command::AddMedia(AddMedia {
            id: Some(id),
            hash: sound.stored.hash.clone(),
            name: format!("{track} {number}.wav"),
            path: sound.stored.path.clone(),
            sample_rate: sound.decoded.sample_rate,
            channels: sound.decoded.channels,
            frames: sound.decoded.frames as i64,
        }));
        id
    }

    /// The track of a take and its name.
    fn track(&mut self, take: &TakeLog, kind: TrackKind) -> (Id, String) {
        let gone = take.head.track;
        let of_kind = |track: &&Track| track.kind == kind;
        if let Some(track) = self.project.track(Id(gone)).filter(of_kind) {
            return (track.id, track.name.clone());
        }
        if let Some((_, id)) = self.new_tracks.iter().find(|(track, _)| *track == gone) {
            return (*id, LOST_TRACK.to_owned());
        }
        let id = self.ids.next();
        self.new_tracks.push((gone, id));
        self.plan.tracks += 1;
        self.plan.commands.push(Command::AddTrack(AddTrack {
            id: Some(id),
            kind,
            name: LOST_TRACK.to_owned(),
            color: None,
            before: None,
            group: None,
        }));
        (id, LOST_TRACK.to_owned())
    }

    /// From one sample to another, at least a tick.
    fn span(&self, from: i64, to: i64, rate: SampleRate) -> Span {
        let tempo = self.project.tempo_map();
        let (start, end) = (ticks_of(tempo, from, rate), ticks_of(tempo, to, rate));
        Span { start, length: (end - start).max(Ticks(1)) }
    }
}

/// The first position that lies in a sample, so that what is placed there sounds at that very sample again.
fn ticks_of(tempo: &TempoMap, sample: i64, rate: SampleRate) -> Ticks {
    let per_sample = units::SUPERCLOCKS_PER_SECOND / i64::from(rate.hz());
    let mut ticks = tempo.ticks(Superclock(sample.saturating_mul(per_sample)));
    while tempo.samples(ticks, rate).0 < sample {
        ticks = Ticks(ticks.0 + 1);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use units::TempoPoint;

    use super::*;

    #[test]
    fn what_is_placed_at_a_sample_sounds_at_that_sample() {
        for bpm in [5.0, 93.7, 120.0, 366.0, 999.0] {
            let tempo = TempoMap::new([TempoPoint::from_bpm(Ticks::ZERO, bpm)]);
            for hz in [44_100, 48_000, 96_000] {
                let rate = SampleRate::new(hz).expect("a rate");
                for sample in [0, 1, 2, 4711, 95_999, 96_000, 96_001, 123_456_789] {
                    assert_eq!(tempo.samples(ticks_of(&tempo, sample, rate), rate).0, sample, "{bpm} {hz}");
                }
            }
        }
    }
}
