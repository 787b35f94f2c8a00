//! The last value of every parameter that was set or turned, so that a restarted or late sandbox gets them all (E8).

use shm::sandbox_block::{Event, TimedEvent};
use signal_graph::{ParameterChange, ParameterEvent};

/// Parameters remembered for one chain. Beyond, the one changed longest ago is forgotten here; the song still has it.
const MAX_VALUES: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct Entry {
    change: ParameterChange,
    /// Not sent yet.
    changed: bool,
}

/// Values by device and parameter.
#[derive(Debug)]
pub struct Values {
    entries: Vec<Entry>,
    oldest: usize,
    /// Whether there may be something to send.
    any_changed: bool,
}

impl Values {
    /// `[control]` None.
    pub fn new() -> Self {
        Self { entries: Vec::with_capacity(MAX_VALUES), oldest: 0, any_changed: false }
    }

    /// `[any]` None, and no room for any: for a line that gets no values.
    pub fn none() -> Self {
        Self { entries: Vec::new(), oldest: 0, any_changed: false }
    }

    /// `[audio]` A value to be sent.
    pub fn set(&mut self, change: &ParameterChange) {
        if change.value.is_finite() {
            self.put(change, true);
            self.any_changed = true;
        }
    }

    /// `[audio]` Adds a value at its frame. One that finds no room among `most` events is to be sent later.
    pub fn pass(&mut self, event: &ParameterEvent, devices: &[u64], most: usize, out: &mut Vec<TimedEvent>) {
        let change = &event.change;
        let slot = devices.iter().position(|device| *device == change.target);
        let Some(slot) = slot.filter(|_| out.len() < most.min(out.capacity())) else {
            self.set(change);
            return;
        };
        if change.value.is_finite() {
            self.put(change, false);
            out.push(TimedEvent { offset: event.offset, event: self::event(change, slot as u32) });
        }
    }

    /// `[audio]` A value the plugin has already. Returns whether it is news.
    pub fn learn(&mut self, change: &ParameterChange) -> bool {
        let known = self.find(change).map(|at| self.entries[at]);
        // One that is about to be sent is newer than what comes back.
        let is_news = known.is_none_or(|entry| !entry.changed && entry.change.value != change.value);
        if is_news {
            self.put(change, false);
        }
        is_news
    }

    /// `[audio]` All values are to be sent again.
    pub fn mark_all(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.changed = true);
        self.any_changed = !self.entries.is_empty();
    }

    /// `[audio]` Adds up to `limit` changed values of `devices` at the first frame. The rest stays for the next block.
    pub fn drain_changed(&mut self, devices: &[u64], limit: usize, out: &mut Vec<TimedEvent>) {
        if !std::mem::take(&mut self.any_changed) {
            return;
        }
        let most = out.len() + limit.min(out.capacity() - out.len());
        for entry in self.entries.iter_mut().filter(|entry| entry.changed) {
            let Some(slot) = devices.iter().position(|device| *device == entry.change.target) else {
                // Of another process of the chain.
                self.any_changed = true;
                continue;
            };
            if out.len() == most {
                self.any_changed = true;
                return;
            }
            entry.changed = false;
            out.push(TimedEvent { offset: 0, event: event(&entry.change, slot as u32) });
        }
    }

    fn find(&self, change: &ParameterChange) -> Option<usize> {
        let same = |entry: &Entry| {
            entry.change.target == change.target && entry.change.parameter == change.parameter
        };
        self.entries.iter().position(same)
    }

    fn put(&mut self, change: &ParameterChange, changed: bool) {
        let entry = Entry { change: *change, changed };
        match self.find(change) {
            Some(at) => self.entries[at] = entry,
            None if self.entries.len() < MAX_VALUES => self.entries.push(entry),
            None => {
                self.entries[self.oldest] = entry;
                self.oldest = (self.oldest + 1) % MAX_VALUES;
            }
        }
    }
}

fn event(change: &ParameterChange, slot: u32) -> Event {
    if change.parameter == ParameterChange::BYPASS {
        Event::Bypass { slot, on: change.value >= 0.5 }
    } else {
        Event::Parameter { slot, id: change.parameter, value: change.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(parameter: u32, value: f64) -> ParameterChange {
        ParameterChange { target: 10, parameter, value }
    }

    fn drained(values: &mut Values, limit: usize) -> Vec<Event> {
        let mut out = Vec::with_capacity(8);
        values.drain_changed(&[9, 10], limit, &mut out);
        out.into_iter().map(|event| event.event).collect()
    }

    #[test]
    fn only_the_last_value_of_a_parameter_is_sent_and_only_once() {
        let mut values = Values::new();
        values.set(&change(1, 0.1));
        values.set(&change(1, 0.2));
        values.set(&change(ParameterChange::BYPASS, 1.0));
        values.set(&change(2, f64::NAN));
        let sent = [Event::Parameter { slot: 1, id: 1, value: 0.2 }, Event::Bypass { slot: 1, on: true }];
        assert_eq!(drained(&mut values, 8), sent);
        assert_eq!(drained(&mut values, 8), []);
        values.mark_all();
        assert_eq!(drained(&mut values, 8), sent);
    }

    #[test]
    fn what_does_not_fit_a_block_goes_with_the_next() {
        let mut values = Values::new();
        (0..3).for_each(|id| values.set(&change(id, 1.0)));
        assert_eq!(drained(&mut values, 2).len(), 2);
        assert_eq!(drained(&mut values, 2).len(), 1);
        assert_eq!(drained(&mut values, 2).len(), 0);
    }

    #[test]
    fn a_value_at_a_frame_goes_there_outranks_one_before_it_and_survives_a_restart() {
        let (mut values, mut out) = (Values::new(), Vec::with_capacity(8));
        let at = |offset, value| ParameterEvent { offset, change: change(1, value) };
        values.set(&change(1, 0.1));
        values.pass(&at(7, 0.2), &[9, 10], 2, &mut out);
        values.pass(&at(9, f64::NAN), &[9, 10], 2, &mut out);
        let sent = |value| Event::Parameter { slot: 1, id: 1, value };
        assert_eq!(out, [TimedEvent { offset: 7, event: sent(0.2) }]);
        assert_eq!(drained(&mut values, 8), []);
        values.mark_all();
        assert_eq!(drained(&mut values, 8), [sent(0.2)]);
        values.pass(&at(1, 0.3), &[9, 10], 2, &mut out);
        values.pass(&at(2, 0.4), &[9, 10], 2, &mut out);
        assert_eq!(out.len(), 2);
        assert_eq!(drained(&mut values, 8), [sent(0.4)], "one without room goes with the next block");
        [0.5, 0.6].iter().for_each(|value| values.set(&change(1, *value)));
        assert_eq!(drained(&mut values, 8), [sent(0.6)]);
    }

    #[test]
    fn what_a_plugin_turned_itself_is_not_sent_back_but_survives_a_restart() {
        let mut values = Values::new();
        assert!(values.learn(&change(1, 0.3)));
        assert!(!values.learn(&change(1, 0.3)));
        assert_eq!(drained(&mut values, 8), []);
        values.mark_all();
        assert_eq!(drained(&mut values, 8), [Event::Parameter { slot: 1, id: 1, value: 0.3 }]);
    }

    #[test]
    fn a_value_on_its_way_outranks_an_older_one_coming_back() {
        let mut values = Values::new();
        values.set(&change(1, 0.9));
        assert!(!values.learn(&change(1, 0.1)));
        assert_eq!(drained(&mut values, 8), [Event::Parameter { slot: 1, id: 1, value: 0.9 }]);
    }
}
