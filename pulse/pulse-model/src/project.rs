//! A song in memory: the entities by id, and what leads from one to those under it.
//!
//! It changes by updates alone, and every update costs by its own size, however long the song. Whether a set of entities
//! makes a valid song is judged in `validate`; what a command means is worked out in `plan`.

mod lookup;

use crate::entity::{
    Clip, Device, Entity, Isolation, Kind, Marker, Media, MidiEvent, Note, Send, SignaturePoint, Song,
    TempoPoint, Track, TrackKind,
};
use crate::extra::Extra;
use crate::id::Id;
use crate::index::Index;
use crate::transaction::Update;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use units::{SignatureMap, TempoMap, Ticks};

/// Order of the master track: above that of every other.
pub const MASTER_ORDER: f64 = 1e9;

/// Bits of an id that count; those above name the replica.
const COUNTER_BITS: u32 = 32;

/// One song.
///
/// **Invariant:** it is valid as a whole (see `validate`), as long as only updates of [`plan`](crate::plan) and of
/// [`History`](crate::History) are applied; so there are always a song, a master, a tempo and a signature at 0.
#[derive(Clone, Debug)]
pub struct Project {
    tables: Tables,
    pub(crate) index: Index,
    replica: u32,
    /// The highest counter of this replica's ids that was ever seen.
    counter: u64,
    tempo_map: OnceLock<TempoMap>,
    signature_map: OnceLock<SignatureMap>,
}

/// Why updates do not fit a song. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ApplyError {
    /// An update with neither `before` nor `after`.
    #[error("update {0} holds nothing")]
    Empty(usize),
    /// `before` and `after` differ in id or kind.
    #[error("update {0} turns one entity into another")]
    Mismatch(usize),
    /// The song does not hold what the update says it holds.
    #[error("update {index}: {kind} {id} is not as the update found it")]
    Diverged {
        /// Of the update.
        index: usize,
        /// Of the entity.
        kind: &'static str,
        /// Of the entity.
        id: Id,
    },
    /// The song or its master would be gone.
    #[error("a song cannot be without its song entity and its master")]
    Essential,
}

macro_rules! tables {
    ($($kind:ident $table:ident),*) => {
        #[derive(Clone, Debug, Default)]
        struct Tables {
            $($table: BTreeMap<Id, $kind>,)*
        }

        impl Tables {
            fn insert(&mut self, entity: Entity) {
                match entity {
                    $(Entity::$kind(it) => {
                        self.$table.insert(it.id, it);
                    })*
                }
            }

            fn remove(&mut self, id: Id) -> Option<Entity> {
                $(if let Some(it) = self.$table.remove(&id) {
                    return Some(Entity::$kind(it));
                })*
                None
            }

            fn kind(&self, id: Id) -> Option<Kind> {
                $(if self.$table.contains_key(&id) {
                    return Some(Kind::$kind);
                })*
                None
            }

            fn get(&self, id: Id) -> Option<Entity> {
                $(if let Some(it) = self.$table.get(&id) {
                    return Some(Entity::$kind(it.clone()));
                })*
                None
            }

            fn holds(&self, entity: &Entity) -> bool {
                match entity {
                    $(Entity::$kind(it) => self.$table.get(&it.id) == Some(it),)*
                }
            }

            fn len(&self, kind: Kind) -> usize {
                match kind {
                    $(Kind::$kind => self.$table.len(),)*
                }
            }

            fn all(&self, kind: Kind) -> Box<dyn Iterator<Item = Entity> + '_> {
                match kind {
                    $(Kind::$kind => Box::new(self.$table.values().cloned().map(Entity::$kind)),)*
                }
            }

            fn ids(&self, kind: Kind) -> Vec<Id> {
                match kind {
                    $(Kind::$kind => self.$table.keys().copied().collect(),)*
                }
            }
        }
    };
}
tables!(
    Note notes, Clip clips, MidiEvent midi_events, Track tracks, Device devices, Send sends, Media media,
    TempoPoint tempo_points, SignaturePoint signature_points, Marker markers, Song songs
);

impl Project {
    /// A new song: a master track, 120 beats a minute, 4/4. Ids chosen here carry `replica` (21 bits).
    pub fn new_song(name: &str, replica: u32) -> Self {
        let mut project = Self::empty(replica);
        for entity in essentials(name) {
            project.set(entity.id(), Some(entity));
        }
        project
    }

    pub(crate) fn empty(replica: u32) -> Self {
        Self {
            tables: Tables::default(),
            index: Index::default(),
            replica: replica & ((1 << (53 - COUNTER_BITS)) - 1),
            counter: 0,
            tempo_map: OnceLock::new(),
            signature_map: OnceLock::new(),
        }
    }

    /// Carries out updates, in order; all or none. Each must find the song as its `before` says.
    ///
    /// This checks that the updates fit, not that what they lead to is valid: that was checked when they were planned.
    pub fn apply(&mut self, updates: &[Update]) -> Result<(), ApplyError> {
        for (index, update) in updates.iter().enumerate() {
            if let Err(error) = self.apply_one(index, update) {
                return self.take_back(&updates[..index], error);
            }
        }
        if !self.has_essentials() {
            return self.take_back(updates, ApplyError::Essential);
        }
        Ok(())
    }

    fn take_back(&mut self, updates: &[Update], error: ApplyError) -> Result<(), ApplyError> {
        for done in updates.iter().rev() {
            if let Some(id) = done.id() {
                self.set(id, done.before.clone());
            }
        }
        Err(error)
    }

    /// Whether there are the entities that [`Self::song`] and [`Self::master`] rely on.
    pub(crate) fn has_essentials(&self) -> bool {
        self.tables.songs.contains_key(&Id::SONG)
            && self.index.tracks.last().is_some_and(|(master, ..)| *master)
    }

    fn apply_one(&mut self, index: usize, update: &Update) -> Result<(), ApplyError> {
        let entity = update.entity().ok_or(ApplyError::Empty(index))?;
        let (id, kind) = (entity.id(), entity.kind());
        let fits = match &update.before {
            None => self.tables.kind(id).is_none(),
            Some(before) if (before.id(), before.kind()) != (id, kind) => {
                return Err(ApplyError::Mismatch(index));
            }
            Some(before) => self.tables.holds(before),
        };
        if !fits {
            return Err(ApplyError::Diverged { index, kind: kind.name(), id });
        }
        self.set(id, update.after.clone());
        Ok(())
    }

    /// Makes an entity be `after`, whatever it was.
    pub(crate) fn set(&mut self, id: Id, after: Option<Entity>) {
        let before = self.tables.remove(id);
        for entity in before.iter().chain(&after) {
            match entity {
                Entity::TempoPoint(_) => self.tempo_map = OnceLock::new(),
                Entity::SignaturePoint(_) => self.signature_map = OnceLock::new(),
                _ => {}
            }
        }
        if let Some(before) = before {
            self.index.set(&before, false);
        }
        if let Some(after) = after {
            self.index.set(&after, true);
            self.tables.insert(after);
            if id.0 >> COUNTER_BITS == u64::from(self.replica) {
                self.counter = self.counter.max(id.0 & ((1 << COUNTER_BITS) - 1));
            }
        }
    }

    /// An id of this replica that was never seen, `skip` further than the next.
    pub fn free_id(&self, skip: u64) -> Id {
        Id(u64::from(self.replica) << COUNTER_BITS | (self.counter + 1 + skip))
    }

    pub(crate) fn counter(&self) -> u64 {
        self.counter
    }

    pub(crate) fn set_counter(&mut self, counter: u64) {
        self.counter = counter;
    }

    /// Whether an id is in use.
    pub fn contains(&self, id: Id) -> bool {
        self.tables.kind(id).is_some()
    }

    /// What kind of entity an id names.
    pub fn kind(&self, id: Id) -> Option<Kind> {
        self.tables.kind(id)
    }

    /// A copy of an entity of any kind.
    pub fn get(&self, id: Id) -> Option<Entity> {
        self.tables.get(id)
    }

    /// Whether the song holds exactly this entity.
    pub fn holds(&self, entity: &Entity) -> bool {
        self.tables.holds(entity)
    }

    /// Every entity, kind by kind in the order of [`Kind::ALL`], each kind by id.
    pub fn entities(&self) -> impl Iterator<Item = Entity> + '_ {
        Kind::ALL.into_iter().flat_map(|kind| self.tables.all(kind))
    }

    pub(crate) fn ids(&self, kind: Kind) -> Vec<Id> {
        self.tables.ids(kind)
    }

    /// How many entities of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.tables.len(kind)
    }

    /// The tempo of the whole song.
    pub fn tempo_map(&self) -> &TempoMap {
        self.tempo_map.get_or_init(|| {
            TempoMap::new(self.tempo_points().map(|point| units::TempoPoint {
                position: point.position,
                superclocks_per_quarter: point.superclocks_per_quarter,
            }))
        })
    }

    /// The bars of the whole song.
    pub fn signature_map(&self) -> &SignatureMap {
        self.signature_map.get_or_init(|| {
            SignatureMap::new(self.signature_points().map(|point| units::SignaturePoint {
                position: point.position,
                numerator: point.numerator,
                denominator: point.denominator,
            }))
        })
    }

    /// The end of the last clip; 0 if there is none.
    pub fn end(&self) -> Ticks {
        self.index.clip_ends.last().map_or(Ticks::ZERO, |(end, _)| *end)
    }
}

/// What every song has.
pub(crate) fn essentials(name: &str) -> [Entity; 4] {
    let song = Song {
        id: Id::SONG,
        name: name.into(),
        loop_enabled: false,
        loop_start: Ticks::ZERO,
        loop_end: Ticks::ZERO,
        punch_enabled: false,
        punch_in: Ticks::ZERO,
        punch_out: Ticks::ZERO,
        metronome: false,
        metronome_level_db: 0.0,
        count_in_bars: 0,
        pre_roll_bars: 0,
        isolation: Isolation::default(),
        extra: Extra::default(),
    };
    let master = Track::new(Id(2), TrackKind::Master, "Master", MASTER_ORDER);
    let tempo = TempoPoint {
        id: Id(3),
        position: Ticks::ZERO,
        superclocks_per_quarter: units::TempoPoint::from_bpm(Ticks::ZERO, 120.0).superclocks_per_quarter,
        extra: Extra::default(),
    };
    let signature = SignaturePoint {
        id: Id(4),
        position: Ticks::ZERO,
        numerator: 4,
        denominator: 4,
        extra: Extra::default(),
    };
    [song.into(), tempo.into(), signature.into(), master.into()]
}
