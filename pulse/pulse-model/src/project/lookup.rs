//! Questions to a song: entities by id, and in the order they are shown or played in. Nothing here changes it.

use super::Project;
use crate::entity::{
    Clip, Device, Marker, Media, MidiEvent, Note, Send, SignaturePoint, Song, TempoPoint, Track,
};
use crate::id::Id;
use units::Ticks;

macro_rules! by_id {
    ($($get:ident $table:ident $kind:ident),*) => {
        /// Entities by id.
        #[allow(missing_docs, reason = "each gives the entity it is named after, if the id is one's")]
        impl Project {
            $(pub fn $get(&self, id: Id) -> Option<&$kind> {
                self.tables.$table.get(&id)
            })*
        }
    };
}
by_id!(
    tempo_point tempo_points TempoPoint, signature_point signature_points SignaturePoint, marker markers Marker,
    track tracks Track, device devices Device, send sends Send, media media Media, clip clips Clip, note notes Note,
    midi_event midi_events MidiEvent
);

/// Entities in the order they are shown or played in.
impl Project {
    /// The song itself.
    pub fn song(&self) -> &Song {
        &self.tables.songs[&Id::SONG]
    }

    /// The master track.
    pub fn master(&self) -> &Track {
        let (_, _, id) = self.index.tracks.last().expect("a project has a master: see its invariant");
        &self.tables.tracks[id]
    }

    /// All tracks as shown, the master last.
    pub fn tracks(&self) -> impl DoubleEndedIterator<Item = &Track> {
        self.index.tracks.iter().filter_map(|(_, _, id)| self.track(*id))
    }

    /// The tracks whose solo button is down.
    pub fn soloed(&self) -> impl Iterator<Item = &Track> {
        self.index.soloed.iter().filter_map(|id| self.track(*id))
    }

    /// The tracks that play into a bus. Those that play into the master because they name no output are not among them.
    pub fn tracks_into(&self, bus: Id) -> impl Iterator<Item = &Track> {
        self.index.outputs_to.of(bus).filter_map(|id| self.track(id))
    }

    /// The tracks that other tracks' solo never silences.
    pub fn solo_safe(&self) -> impl Iterator<Item = &Track> {
        self.index.solo_safe.iter().filter_map(|id| self.track(*id))
    }

    /// The tracks whose group a track is, by id.
    pub fn members_of(&self, group: Id) -> impl Iterator<Item = &Track> {
        self.index.members.of(group).filter_map(|id| self.track(id))
    }

    /// The devices of a track's chain, in order.
    pub fn devices_of(&self, track: Id) -> impl DoubleEndedIterator<Item = &Device> {
        self.index.devices.of(track).filter_map(|id| self.device(id))
    }

    /// The sends of a track, in order.
    pub fn sends_of(&self, track: Id) -> impl DoubleEndedIterator<Item = &Send> {
        self.index.sends.of(track).filter_map(|id| self.send(id))
    }

    /// The sends into a bus.
    pub fn sends_to(&self, bus: Id) -> impl Iterator<Item = &Send> {
        self.index.sends_to.of(bus).filter_map(|id| self.send(id))
    }

    /// The clips of a track, by start.
    pub fn clips_of(&self, track: Id) -> impl DoubleEndedIterator<Item = &Clip> {
        self.index.clips.of(track).filter_map(|id| self.clip(id))
    }

    /// The clips that play a media.
    pub fn clips_playing(&self, media: Id) -> impl Iterator<Item = &Clip> {
        self.index.clips_of_media.of(media).filter_map(|id| self.clip(id))
    }

    /// The devices that have a media among their sounds.
    pub fn devices_playing(&self, media: Id) -> impl Iterator<Item = &Device> {
        self.index.devices_of_media.of(media).filter_map(|id| self.device(id))
    }

    /// The notes of a clip, by start, then pitch.
    pub fn notes_of(&self, clip: Id) -> impl DoubleEndedIterator<Item = &Note> {
        self.index.notes.of(clip).filter_map(|id| self.note(id))
    }

    /// The other MIDI messages of a clip, by position.
    pub fn midi_events_of(&self, clip: Id) -> impl DoubleEndedIterator<Item = &MidiEvent> {
        self.index.midi_events.of(clip).filter_map(|id| self.midi_event(id))
    }

    /// All clips, by id.
    pub fn clips(&self) -> impl Iterator<Item = &Clip> {
        self.tables.clips.values()
    }

    /// All media, by id.
    pub fn all_media(&self) -> impl Iterator<Item = &Media> {
        self.tables.media.values()
    }

    /// The points where the tempo changes, by position.
    pub fn tempo_points(&self) -> impl DoubleEndedIterator<Item = &TempoPoint> {
        self.index.tempo_points.iter().filter_map(|(_, id)| self.tempo_point(*id))
    }

    /// The points where the signature changes, by position.
    pub fn signature_points(&self) -> impl DoubleEndedIterator<Item = &SignaturePoint> {
        self.index.signature_points.iter().filter_map(|(_, id)| self.signature_point(*id))
    }

    /// The markers, by position.
    pub fn markers(&self) -> impl DoubleEndedIterator<Item = &Marker> {
        self.index.markers.iter().filter_map(|(_, id)| self.marker(*id))
    }

    /// The tempo point exactly at a position.
    pub fn tempo_point_at(&self, position: Ticks) -> Option<&TempoPoint> {
        let mut here = self.index.tempo_points.range((position, Id(0))..=(position, Id::MAX));
        here.next().and_then(|(_, id)| self.tempo_point(*id))
    }

    /// The signature point exactly at a position.
    pub fn signature_point_at(&self, position: Ticks) -> Option<&SignaturePoint> {
        let mut here = self.index.signature_points.range((position, Id(0))..=(position, Id::MAX));
        here.next().and_then(|(_, id)| self.signature_point(*id))
    }
}
