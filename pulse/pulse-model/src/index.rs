//! Sorted sets of ids under a parent: the clips of a track by start, the notes of a clip by start and pitch, and so on.
//! They hold no entity, and are kept by `project` alone.

use crate::entity::{Clip, ClipContent, Device, Entity, TrackKind};
use crate::id::Id;
use std::collections::{BTreeMap, BTreeSet};
use units::Ticks;

/// Children by parent, each parent's sorted by a key.
#[derive(Clone, Debug)]
pub(crate) struct Children<K>(BTreeMap<Id, BTreeSet<(K, Id)>>);

impl<K> Default for Children<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Children<K> {
    pub(crate) fn of(&self, parent: Id) -> impl DoubleEndedIterator<Item = Id> + '_ {
        self.0.get(&parent).into_iter().flatten().map(|(_, id)| *id)
    }

    fn set(&mut self, parent: Id, key: K, id: Id, present: bool) {
        if present {
            self.0.entry(parent).or_default().insert((key, id));
        } else if let Some(set) = self.0.get_mut(&parent) {
            set.remove(&(key, id));
            if set.is_empty() {
                self.0.remove(&parent);
            }
        }
    }
}

/// A finite `order` as an integer that sorts alike.
fn order_key(order: f64) -> u64 {
    let bits = order.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Every index of a song.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// The master sorts last.
    pub(crate) tracks: BTreeSet<(bool, u64, Id)>,
    pub(crate) soloed: BTreeSet<Id>,
    pub(crate) solo_safe: BTreeSet<Id>,
    pub(crate) tempo_points: BTreeSet<(Ticks, Id)>,
    pub(crate) signature_points: BTreeSet<(Ticks, Id)>,
    pub(crate) markers: BTreeSet<(Ticks, Id)>,
    pub(crate) clip_ends: BTreeSet<(Ticks, Id)>,
    pub(crate) outputs_to: Children<()>,
    pub(crate) members: Children<()>,
    pub(crate) devices: Children<u64>,
    pub(crate) sends: Children<u64>,
    pub(crate) sends_to: Children<()>,
    pub(crate) clips: Children<Ticks>,
    pub(crate) clips_of_media: Children<()>,
    pub(crate) devices_of_media: Children<()>,
    pub(crate) notes: Children<(Ticks, u32)>,
    pub(crate) midi_events: Children<Ticks>,
}

impl Index {
    /// Takes an entity in, or out with the same values it was taken in with.
    pub(crate) fn set(&mut self, entity: &Entity, present: bool) {
        match entity {
            Entity::Song(_) | Entity::Media(_) => {}
            Entity::TempoPoint(it) => put(&mut self.tempo_points, (it.position, it.id), present),
            Entity::SignaturePoint(it) => put(&mut self.signature_points, (it.position, it.id), present),
            Entity::Marker(it) => put(&mut self.markers, (it.position, it.id), present),
            Entity::Track(it) => {
                put(&mut self.tracks, (it.kind == TrackKind::Master, order_key(it.order), it.id), present);
                put(&mut self.soloed, it.id, present && it.solo);
                put(&mut self.solo_safe, it.id, present && it.solo_safe);
                if let Some(group) = it.group {
                    self.members.set(group, (), it.id, present);
                }
                if let Some(output) = it.output {
                    self.outputs_to.set(output, (), it.id, present);
                }
            }
            Entity::Device(it) => self.set_device(it, present),
            Entity::Send(it) => {
                self.sends.set(it.track, order_key(it.order), it.id, present);
                self.sends_to.set(it.target, (), it.id, present);
            }
            Entity::Clip(it) => self.set_clip(it, present),
            Entity::Note(it) => self.notes.set(it.clip, (it.start, it.pitch), it.id, present),
            Entity::MidiEvent(it) => self.midi_events.set(it.clip, it.position, it.id, present),
        }
    }

    fn set_device(&mut self, device: &Device, present: bool) {
        self.devices.set(device.track, order_key(device.order), device.id, present);
        for it in &device.media {
            self.devices_of_media.set(it.media, (), device.id, present);
        }
    }

    fn set_clip(&mut self, clip: &Clip, present: bool) {
        let end = Ticks(clip.start.0.saturating_add(clip.length.0));
        put(&mut self.clip_ends, (end, clip.id), present);
        self.clips.set(clip.track, clip.start, clip.id, present);
        if let ClipContent::Audio(audio) = &clip.content {
            self.clips_of_media.set(audio.media, (), clip.id, present);
        }
    }
}

fn put<T: Ord>(set: &mut BTreeSet<T>, key: T, present: bool) {
    if present {
        set.insert(key);
    } else {
        set.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_sort_as_numbers() {
        let orders = [-1e9, -2.5, -0.5, 0.0, 0.25, 1.0, 1e9];
        assert!(orders.windows(2).all(|pair| order_key(pair[0]) < order_key(pair[1])));
    }
}
