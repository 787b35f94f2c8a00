//! States on their way up from plugins, in parts. Keeps none that is complete.

use std::collections::BTreeMap;

/// Bytes of one state, as the contract says.
const MAX_STATE_BYTES: u64 = 256 << 20;

/// States asked for, by request.
#[derive(Debug, Default)]
pub struct Saving {
    asked: BTreeMap<u64, (u64, Vec<u8>)>,
}

impl Saving {
    /// A state was asked for.
    pub fn begin(&mut self, request_id: u64, device: u64) {
        self.asked.insert(request_id, (device, Vec::new()));
    }

    /// Whether nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// A part has come; the device and its whole state when it was the last one. One that does not fit ends it.
    pub fn add(&mut self, request_id: u64, total: u64, offset: u64, data: &[u8]) -> Option<(u64, Vec<u8>)> {
        let (_, bytes) = self.asked.get_mut(&request_id)?;
        let length = bytes.len() as u64 + data.len() as u64;
        if total > MAX_STATE_BYTES || offset != bytes.len() as u64 || length > total {
            self.asked.remove(&request_id);
            return None;
        }
        bytes.extend_from_slice(data);
        if length < total { None } else { self.asked.remove(&request_id) }
    }

    /// There will be none; the device it was asked of.
    pub fn give_up(&mut self, request_id: u64) -> Option<u64> {
        self.asked.remove(&request_id).map(|(device, _)| device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_a_state() {
        let mut saving = Saving::default();
        saving.begin(1, 42);
        assert_eq!(saving.add(1, 3, 0, b"ab"), None);
        assert_eq!(saving.add(1, 3, 2, b"c"), Some((42, b"abc".to_vec())));
        assert!(saving.is_empty());
    }

    #[test]
    fn parts_that_lie_about_themselves_end_the_state() {
        for (total, offset) in [(3, 1), (1, 0), (u64::MAX, 0)] {
            let mut saving = Saving::default();
            saving.begin(1, 42);
            assert_eq!(saving.add(1, total, offset, b"ab"), None);
            assert!(saving.is_empty(), "total {total}, offset {offset}");
        }
        assert_eq!(Saving::default().add(9, 2, 0, b"ab"), None, "nobody asked");
    }
}
