//! Long things in parts, since no message is longer than 4 MiB and long ones hold up all that come behind them.

use chorus::{pulse::v1 as pulse, signal::v1 as signal};
use prost::Message as _;
use pulse_model::Entity;

use crate::{media::peaks::Peaks, wire};

/// Where a part is closed. A single entity may take it up to twice as far.
pub const PART_BYTES: usize = 512 << 10;

/// The whole song, in parts.
pub fn song(
    entities: impl IntoIterator<Item = Entity>,
    sequence: u64,
) -> impl Iterator<Item = pulse::SongPart> {
    let mut entities = entities.into_iter().map(|entity| wire::entity::entity(&entity)).peekable();
    let (mut first, mut done) = (true, false);
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let mut part = pulse::SongPart { first, sequence, ..pulse::SongPart::default() };
        let mut length = 0;
        while length < PART_BYTES
            && let Some(entity) = entities.next()
        {
            length += entity.encoded_len();
            part.entities.push(entity);
        }
        done = entities.peek().is_none();
        first = false;
        part.last = done;
        Some(part)
    })
}

/// The outline of a sound, in parts.
pub fn peaks(peaks: Peaks) -> impl Iterator<Item = pulse::GetPeaksResponse> {
    let parts = peaks.bytes.len().div_ceil(PART_BYTES).max(1);
    (0..parts).map(move |index| {
        let end = ((index + 1) * PART_BYTES).min(peaks.bytes.len());
        pulse::GetPeaksResponse {
            channels: if index == 0 { peaks.channels } else { 0 },
            frames_per_peak: if index == 0 { peaks.frames_per_peak } else { 0 },
            peaks: peaks.bytes[index * PART_BYTES..end].to_vec(),
            last: index + 1 == parts,
        }
    })
}

/// The state of a plugin, in parts.
pub fn plugin_state(hash: &str, state: Vec<u8>) -> impl Iterator<Item = signal::PluginState> {
    let hash = hash.to_owned();
    let parts = state.len().div_ceil(PART_BYTES).max(1);
    (0..parts).map(move |index| {
        let (start, end) = (index * PART_BYTES, ((index + 1) * PART_BYTES).min(state.len()));
        signal::PluginState {
            hash: hash.clone(),
            offset: start as u64,
            total_bytes: state.len() as u64,
            data: state[start..end].to_vec(),
            device: 0,
        }
    })
}

#[cfg(test)]
mod tests {
    use pulse_model::{Extra, Id, Marker};
    use units::Ticks;

    use super::*;

    #[test]
    fn a_song_is_cut_into_parts_that_say_which_is_first_and_last() {
        let marker = |id| {
            let name = "x".repeat(1000);
            Entity::Marker(Marker { id: Id(id), position: Ticks(0), name, extra: Extra::default() })
        };
        let parts: Vec<_> = song((1..=1200).map(marker), 7).collect();
        let flags: Vec<_> = parts.iter().map(|part| (part.first, part.last, part.sequence)).collect();
        assert_eq!(flags, [(true, false, 7), (false, false, 7), (false, true, 7)]);
        assert_eq!(parts.iter().map(|part| part.entities.len()).sum::<usize>(), 1200);
        let empty: Vec<_> = song([], 0).collect();
        assert_eq!((empty.len(), empty[0].first, empty[0].last), (1, true, true));
    }

    #[test]
    fn a_state_is_cut_into_parts_that_make_it_whole_again() {
        let state: Vec<u8> = (0..PART_BYTES + 1).map(|index| index as u8).collect();
        let parts: Vec<_> = plugin_state("ab", state.clone()).collect();
        assert_eq!(parts.iter().map(|part| part.offset).collect::<Vec<_>>(), [0, PART_BYTES as u64]);
        assert_eq!(parts.into_iter().flat_map(|part| part.data).collect::<Vec<_>>(), state);
        assert_eq!(plugin_state("ab", Vec::new()).count(), 1);
    }
}
