//! What may be done to a plugin's parameters, for the audio thread. Holds no values and no names.
//!
//! Some plugins crash on an id they do not have, and others take a value beyond their range at its word.

use crate::wire::Description;

#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u32,
    minimum: f64,
    maximum: f64,
    modulatable: bool,
    per_note: bool,
}

/// Parameters that may be set, by ascending id.
#[derive(Debug, Default)]
pub struct ParameterTable(Vec<Entry>);

impl ParameterTable {
    /// Read-only ones are left out: they are meters.
    pub fn new(descriptions: &[Description]) -> Self {
        let settable = descriptions.iter().filter(|it| !it.read_only);
        let mut entries: Vec<Entry> = settable
            .map(|it| Entry {
                id: it.id,
                minimum: it.minimum,
                maximum: it.maximum,
                modulatable: it.modulatable,
                per_note: it.modulatable_per_note,
            })
            .collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        Self(entries)
    }

    /// `[audio]` The nearest value that the parameter can have; none: it can't be set, or to no such value.
    pub fn value(&self, id: u32, value: f64) -> Option<f64> {
        let entry = self.find(id)?;
        value.is_finite().then(|| value.clamp(entry.minimum, entry.maximum))
    }

    /// `[audio]` Whether the parameter may be modulated; `of_note`: for a single note.
    pub fn is_modulatable(&self, id: u32, of_note: bool) -> bool {
        self.find(id).is_some_and(|entry| entry.modulatable && (entry.per_note || !of_note))
    }

    fn find(&self, id: u32) -> Option<&Entry> {
        self.0.binary_search_by_key(&id, |entry| entry.id).ok().map(|at| &self.0[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ParameterTable {
        let plain = Description { id: 7, minimum: -1.0, maximum: 1.0, ..Description::default() };
        let meter = Description { id: 3, read_only: true, ..plain.clone() };
        let moved = Description { id: 1, modulatable: true, ..plain.clone() };
        let poly = Description { id: 2, modulatable: true, modulatable_per_note: true, ..plain.clone() };
        ParameterTable::new(&[plain, meter, moved, poly])
    }

    #[test]
    fn unknown_ids_meters_and_no_numbers_are_refused_and_the_rest_is_brought_into_range() {
        assert_eq!(table().value(7, 0.5), Some(0.5));
        assert_eq!(table().value(7, 99.0), Some(1.0));
        assert_eq!(table().value(7, f64::NAN), None);
        assert_eq!(table().value(3, 0.5), None);
        assert_eq!(table().value(4242, 0.5), None);
    }

    #[test]
    fn modulation_is_for_those_that_say_so() {
        let allowed = |id| (table().is_modulatable(id, false), table().is_modulatable(id, true));
        assert_eq!([7, 1, 2, 9].map(allowed), [(false, false), (true, false), (true, true), (false, false)]);
    }
}
