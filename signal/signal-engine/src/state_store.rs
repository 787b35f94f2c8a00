//! States of plugins by their content, as Pulse sends them ahead of the graph that names them.
//!
//! Parts arrive in order; a whole state is kept only if its bytes have the hash it came under. Nothing is written to disk:
//! Pulse has them there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// States held at once, in bytes; beyond, those that no graph names must go first.
const MOST_BYTES: u64 = 1 << 30;
/// States of a device that are kept beside the one its graph names: the last it gave is on its way to the song, and the one
/// before may be on its way back.
const GIVEN_KEPT: usize = 2;
/// States that may be under way at once.
const MOST_BEGUN: usize = 64;

/// Names a state: the BLAKE3 of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateHash([u8; 32]);

impl StateHash {
    /// Of 64 lower-case or upper-case hex digits.
    pub fn parse(hex: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(hex).ok()?;
        Some(Self(*hash.as_bytes()))
    }

    /// Of a state's bytes.
    pub fn of(state: &[u8]) -> Self {
        Self(*blake3::hash(state).as_bytes())
    }
}

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

/// A part of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePart {
    /// Of the whole.
    pub hash: StateHash,
    /// Where `data` begins.
    pub offset: u64,
    /// Of the whole.
    pub total_bytes: u64,
    /// Lies within the whole.
    pub data: Vec<u8>,
}

/// Why a part was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Parts come in order, without gaps.
    #[error("state {0}: a part is missing")]
    Gap(StateHash),
    /// Its bytes have another hash.
    #[error("state {0}: damaged on its way")]
    Damaged(StateHash),
    /// A bound of this file.
    #[error("too many plugin states at once")]
    TooMany,
}

/// The states that are there, and those under way. `[control]`
#[derive(Debug, Default)]
pub struct StateStore {
    whole: BTreeMap<StateHash, Arc<[u8]>>,
    begun: BTreeMap<StateHash, Vec<u8>>,
    bytes: u64,
    /// Of each device, those that its plugin gave last: the newest one at the end.
    given: BTreeMap<u64, Vec<StateHash>>,
}

impl StateStore {
    /// Takes the next part of a state.
    ///
    /// # Errors
    /// What was there of this state is forgotten.
    pub fn add(&mut self, part: StatePart) -> Result<(), StateError> {
        let hash = part.hash;
        if self.whole.contains_key(&hash) {
            return Ok(());
        }
        let mut data = self.begun.remove(&hash).unwrap_or_default();
        self.bytes -= data.len() as u64;
        if data.len() as u64 != part.offset {
            return Err(StateError::Gap(hash));
        }
        if self.begun.len() >= MOST_BEGUN || self.bytes + part.total_bytes > MOST_BYTES {
            return Err(StateError::TooMany);
        }
        data.extend_from_slice(&part.data);
        let complete = data.len() as u64 == part.total_bytes;
        if complete && StateHash::of(&data) != hash {
            return Err(StateError::Damaged(hash));
        }
        self.bytes += data.len() as u64;
        if complete {
            self.whole.insert(hash, data.into());
        } else {
            self.begun.insert(hash, data);
        }
        Ok(())
    }

    /// Keeps a state that came up from the plugin of a device.
    pub fn give(&mut self, device: u64, state: Arc<[u8]>) -> StateHash {
        let hash = StateHash::of(&state);
        let given = self.given.entry(device).or_default();
        given.retain(|known| *known != hash);
        given.push(hash);
        given.drain(..given.len().saturating_sub(GIVEN_KEPT));
        let bytes = state.len() as u64;
        if self.whole.insert(hash, state).is_none() {
            self.bytes += bytes;
        }
        hash
    }

    /// A whole state.
    pub fn get(&self, hash: StateHash) -> Option<Arc<[u8]>> {
        self.whole.get(&hash).cloned()
    }

    /// Forgets the whole states that `is_named` does not know and none of the devices that are left gave last.
    pub fn retain(&mut self, is_named: impl Fn(StateHash) -> bool, is_left: impl Fn(u64) -> bool) {
        self.given.retain(|device, _| is_left(*device));
        let given: BTreeSet<StateHash> = self.given.values().flatten().copied().collect();
        let bytes = &mut self.bytes;
        self.whole.retain(|hash, state| {
            let keep = is_named(*hash) || given.contains(hash);
            if !keep {
                *bytes -= state.len() as u64;
            }
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(state: &[u8], offset: usize, end: usize) -> StatePart {
        let data = state[offset..end].to_vec();
        StatePart { hash: StateHash::of(state), offset: offset as u64, total_bytes: state.len() as u64, data }
    }

    #[test]
    fn parts_become_the_state() {
        let mut store = StateStore::default();
        let state = b"knobs".as_slice();
        store.add(part(state, 0, 2)).expect("taken");
        assert_eq!(store.get(StateHash::of(state)), None);
        store.add(part(state, 2, 5)).expect("taken");
        assert_eq!(store.get(StateHash::of(state)).as_deref(), Some(state));
        store.retain(|_| false, |_| false);
        assert_eq!(store.bytes, 0);
    }

    #[test]
    fn gap_and_damage_are_refused() {
        let mut store = StateStore::default();
        let hash = StateHash::of(b"knobs");
        assert_eq!(store.add(part(b"knobs", 2, 5)), Err(StateError::Gap(hash)));
        let damaged = StatePart { data: b"knots".to_vec(), ..part(b"knobs", 0, 5) };
        assert_eq!(store.add(damaged), Err(StateError::Damaged(hash)));
        assert_eq!(store.bytes, 0);
    }

    #[test]
    fn claims_of_more_than_the_bound_are_refused() {
        let mut store = StateStore::default();
        let claim = StatePart { total_bytes: MOST_BYTES + 1, ..part(b"knobs", 0, 5) };
        assert_eq!(store.add(claim), Err(StateError::TooMany));
    }

    #[test]
    fn what_a_plugin_gave_last_stays_until_its_device_goes() {
        let mut store = StateStore::default();
        let [a, b, c] = [b"a", b"b", b"c"].map(|state| store.give(7, state.as_slice().into()));
        store.retain(|_| false, |device| device == 7);
        assert_eq!([a, b, c].map(|hash| store.get(hash).is_some()), [false, true, true]);
        store.retain(|hash| hash == b, |_| false);
        assert_eq!([b, c].map(|hash| store.get(hash).is_some()), [true, false]);
    }
}
