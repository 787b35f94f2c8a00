//! What went wrong with the plugins of a chain: records to tell, and how often each failed lately. Decides what is done next,
//! and does nothing itself.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::incident::{Incident, IncidentKind, Remedy};

/// Waits before the first, second … restart after failures close to each other.
const BACK_OFF: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// Failures are close to each other within this time; as many as there are waits, and the plugin is left out.
const FAILURE_WINDOW: Duration = Duration::from_secs(60);
/// A plugin that can't be loaded is tried once more, by itself: another one in its process may have been the cause.
const LOADS: u32 = 2;
/// Bad sound is told this often at most: a plugin that gives it does so in every block.
const BAD_SOUND_INTERVAL: Duration = Duration::from_secs(10);

/// Changes of a plugin's latency that are followed within [`LATENCY_WINDOW`]: somebody who turns a look-ahead knob makes a few.
const LATENCY_CHANGES: usize = 8;
/// See there.
const LATENCY_WINDOW: Duration = Duration::from_secs(10);

/// What one device has behind it.
#[derive(Debug, Default)]
struct Record {
    failures: VecDeque<Instant>,
    failed_loads: u32,
    has_failed: bool,
    told_bad_sound: Option<Instant>,
    latencies: VecDeque<Instant>,
    is_restless: bool,
    shown: Option<Arc<Incident>>,
    count: u32,
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Start it again after this long.
    Again(Duration),
    /// Leave it out.
    LeaveOut,
}

/// Whether a new latency is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Following {
    /// It is.
    Yes,
    /// From now on none is.
    NoMore,
    /// It is not.
    No,
}

/// All devices of a chain.
#[derive(Debug, Default)]
pub struct Incidents {
    records: BTreeMap<u64, Record>,
}

impl Incidents {
    /// Counts a failure of a device.
    pub fn judge(&mut self, device: u64, while_loading: bool, now: Instant) -> Verdict {
        let record = self.records.entry(device).or_default();
        record.has_failed = true;
        record.failures.push_back(now);
        record.failures.retain(|at| now.duration_since(*at) < FAILURE_WINDOW);
        record.failed_loads = if while_loading { record.failed_loads + 1 } else { 0 };
        if record.failed_loads >= LOADS || record.failures.len() >= BACK_OFF.len() {
            return Verdict::LeaveOut;
        }
        let wait = BACK_OFF.get(record.failures.len().saturating_sub(1)).copied().unwrap_or_default();
        Verdict::Again(wait)
    }

    /// The device was loaded.
    pub fn loaded(&mut self, device: u64) {
        if let Some(record) = self.records.get_mut(&device) {
            record.failed_loads = 0;
        }
    }

    /// As if it had never failed. What is shown stays.
    pub fn forgive(&mut self, device: u64) {
        if let Some(record) = self.records.get_mut(&device) {
            record.failures.clear();
            record.failed_loads = 0;
            record.has_failed = false;
            record.is_restless = false;
            record.latencies.clear();
        }
    }

    /// Whether it failed, and was not forgiven.
    pub fn has_failed(&self, device: u64) -> bool {
        self.records.get(&device).is_some_and(|record| record.has_failed)
    }

    /// Counts a change of a device's latency.
    pub fn judge_latency(&mut self, device: u64, now: Instant) -> Following {
        let record = self.records.entry(device).or_default();
        if record.is_restless {
            return Following::No;
        }
        record.latencies.push_back(now);
        record.latencies.retain(|at| now.duration_since(*at) < LATENCY_WINDOW);
        record.is_restless = record.latencies.len() > LATENCY_CHANGES;
        if record.is_restless { Following::NoMore } else { Following::Yes }
    }

    /// Whether bad sound of a device is news.
    pub fn is_bad_sound_news(&mut self, device: u64, now: Instant) -> bool {
        let record = self.records.entry(device).or_default();
        let is_news = record.told_bad_sound.is_none_or(|told| now.duration_since(told) >= BAD_SOUND_INTERVAL);
        if is_news {
            record.told_bad_sound = Some(now);
        }
        is_news
    }

    /// Shows an incident with its device.
    pub fn add(&mut self, incident: Arc<Incident>) {
        let record = self.records.entry(incident.device).or_default();
        record.count = record.count.saturating_add(1);
        record.shown = Some(incident);
    }

    /// The user has seen it.
    pub fn dismiss(&mut self, device: u64) {
        if let Some(record) = self.records.get_mut(&device) {
            record.shown = None;
        }
    }

    /// What is shown with a device, and how many there were.
    pub fn of(&self, device: u64) -> (Option<Arc<Incident>>, u32) {
        self.records.get(&device).map_or((None, 0), |record| (record.shown.clone(), record.count))
    }

    /// Forgets devices that the chain no longer has.
    pub fn retain(&mut self, devices: &BTreeSet<u64>) {
        self.records.retain(|device, _| devices.contains(device));
    }
}

/// What is known of a failure before it is known whose.
#[derive(Clone, Debug)]
pub struct Cause {
    /// What went wrong.
    pub kind: IncidentKind,
    /// For people.
    pub reason: String,
    /// Of the operating system; 0: none.
    pub signal: i32,
    /// A frame a line; empty: none could be had.
    pub backtrace: String,
}

impl Cause {
    /// A latency that does not rest.
    pub fn restless_latency() -> Self {
        let seconds = LATENCY_WINDOW.as_secs();
        Self {
            kind: IncidentKind::Flood,
            reason: format!(
                "it changed its latency more than {LATENCY_CHANGES} times within {seconds} seconds; it is not followed any more"
            ),
            signal: 0,
            backtrace: String::new(),
        }
    }

    /// An incident of a device; who it is and what is done follows.
    pub fn incident(&self, device: u64, certain: bool, remedy: Remedy) -> Incident {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Incident {
            device,
            certain,
            kind: self.kind,
            reason: self.reason.clone(),
            signal: self.signal,
            remedy,
            backtrace: self.backtrace.clone(),
            plugin_id: String::new(),
            name: String::new(),
            vendor: String::new(),
            version: String::new(),
            state: String::new(),
            position: 0,
            sample_rate: 0,
            unix_ms: i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_close_to_each_other_wait_longer_and_then_leave_out() {
        let (mut incidents, now) = (Incidents::default(), Instant::now());
        let verdicts: Vec<_> = (0..5).map(|_| incidents.judge(1, false, now)).collect();
        let waits = [0, 500, 1000, 2000].map(|ms| Verdict::Again(Duration::from_millis(ms)));
        assert_eq!(verdicts[..4], waits);
        assert_eq!(verdicts[4], Verdict::LeaveOut);
        incidents.forgive(1);
        assert_eq!(incidents.judge(1, false, now), waits[0]);
        assert_eq!(incidents.judge(1, false, now + FAILURE_WINDOW), waits[0], "long ago is forgotten");
    }

    #[test]
    fn a_latency_that_does_not_rest_is_followed_a_few_times_and_told_once() {
        let (mut incidents, now) = (Incidents::default(), Instant::now());
        let verdicts: Vec<_> = (0..11).map(|_| incidents.judge_latency(1, now)).collect();
        assert_eq!(verdicts[..8], [Following::Yes; 8]);
        assert_eq!(verdicts[8..], [Following::NoMore, Following::No, Following::No]);
        incidents.forgive(1);
        let slowly = (0..20).map(|turn| incidents.judge_latency(1, now + turn * LATENCY_WINDOW / 4));
        assert!(slowly.into_iter().all(|verdict| verdict == Following::Yes));
    }

    #[test]
    fn what_can_not_be_loaded_twice_is_left_out() {
        let (mut incidents, now) = (Incidents::default(), Instant::now());
        assert_eq!(incidents.judge(1, true, now), Verdict::Again(Duration::ZERO));
        incidents.loaded(1);
        assert!(matches!(incidents.judge(1, true, now), Verdict::Again(_)));
        assert_eq!(incidents.judge(1, true, now), Verdict::LeaveOut);
    }
}
