//! Plugin states that arrive in parts, put together and checked.

use std::collections::HashMap;

use crate::{store::states::MAX_STATE_BYTES, wire::signal::StatePart};

/// States under way at a time: each belongs to a plugin that has just come to rest.
const MAX_UNDER_WAY: usize = 16;
/// Bytes of all states under way: two of the longest.
const MAX_BYTES: u64 = 2 * MAX_STATE_BYTES;

/// Why a part was not taken. The state it belongs to is dropped.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// It is longer than a state may be, or too many are under way.
    #[error("the state of device {0} is too long")]
    TooLong(u64),
    /// Parts have to come in order and to agree.
    #[error("the state of device {0} came in parts that do not fit")]
    Misfit(u64),
    /// It arrived, but is not what was announced.
    #[error("the state of device {0} was damaged on its way")]
    WrongHash(u64),
}

/// States under way, by device.
#[derive(Debug, Default)]
pub struct Assembly {
    under_way: HashMap<u64, UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    hash: String,
    total_bytes: u64,
    data: Vec<u8>,
}

impl Assembly {
    /// Takes a part; returns the device and its state once that is whole.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn take(&mut self, part: StatePart) -> Result<Option<(u64, Vec<u8>)>, AssemblyError> {
        let device = part.device;
        let mut state = match self.under_way.remove(&device) {
            Some(state) if part.offset > 0 => state,
            None if part.offset > 0 => return Err(AssemblyError::Misfit(device)),
            _ => UnderWay { hash: part.hash.clone(), total_bytes: part.total_bytes, data: Vec::new() },
        };
        let others: u64 = self.under_way.values().map(|state| state.total_bytes).sum();
        if part.total_bytes > MAX_STATE_BYTES
            || others + part.total_bytes > MAX_BYTES
            || self.under_way.len() >= MAX_UNDER_WAY
        {
            return Err(AssemblyError::TooLong(device));
        }
        let end = part.offset + part.data.len() as u64;
        let fits = part.offset == state.data.len() as u64
            && end <= state.total_bytes
            && part.total_bytes == state.total_bytes
            && part.hash == state.hash
            && (!part.data.is_empty() || end == state.total_bytes);
        if !fits {
            return Err(AssemblyError::Misfit(device));
        }
        state.data.extend_from_slice(&part.data);
        if end < state.total_bytes {
            self.under_way.insert(device, state);
            return Ok(None);
        }
        if blake3::hash(&state.data).to_hex().as_str() != state.hash {
            return Err(AssemblyError::WrongHash(device));
        }
        Ok(Some((device, state.data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(device: u64, hash: &str, offset: u64, total_bytes: u64, data: &[u8]) -> StatePart {
        StatePart { device, hash: hash.to_owned(), offset, total_bytes, data: data.to_vec() }
    }

    #[test]
    fn parts_of_two_devices_may_interleave() {
        let hash = blake3::hash(b"abcd").to_hex().to_string();
        let mut assembly = Assembly::default();
        assert_eq!(assembly.take(part(1, &hash, 0, 4, b"ab")), Ok(None));
        assert_eq!(assembly.take(part(2, &hash, 0, 4, b"abc")), Ok(None));
        assert_eq!(assembly.take(part(1, &hash, 2, 4, b"cd")), Ok(Some((1, b"abcd".to_vec()))));
        assert_eq!(assembly.take(part(2, &hash, 3, 4, b"d")), Ok(Some((2, b"abcd".to_vec()))));
        let empty = blake3::hash(b"").to_hex().to_string();
        assert_eq!(assembly.take(part(3, &empty, 0, 0, b"")), Ok(Some((3, Vec::new()))));
    }

    #[test]
    fn what_does_not_fit_is_dropped() {
        let hash = blake3::hash(b"abcd").to_hex().to_string();
        let mut assembly = Assembly::default();
        assert_eq!(assembly.take(part(1, &hash, 2, 4, b"cd")), Err(AssemblyError::Misfit(1)));
        assert_eq!(assembly.take(part(1, &hash, 0, 4, b"abcde")), Err(AssemblyError::Misfit(1)));
        assert_eq!(assembly.take(part(1, &hash, 0, 4, b"abcx")), Err(AssemblyError::WrongHash(1)));
        assert_eq!(
            assembly.take(part(1, &hash, 0, MAX_STATE_BYTES + 1, b"a")),
            Err(AssemblyError::TooLong(1))
        );
        assert_eq!(assembly.take(part(1, &hash, 0, 4, b"ab")), Ok(None));
        assert_eq!(assembly.take(part(1, &hash, 3, 4, b"d")), Err(AssemblyError::Misfit(1)));
        assert!(assembly.under_way.is_empty());
    }
}
