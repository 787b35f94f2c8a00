//! Who is heard while solo buttons are down.
//!
//! Of all ways from a track to the master, those that pass through a soloed track are heard, and no others. So
//! - a soloed track is heard, with the buses it plays and sends into on its way;
//! - a soloed bus is heard with everything that feeds it; a track that only *sends* to it is heard through that send
//!   alone (soloing a reverb gives the reverb, without the dry tracks);
//! - a group is a bus: soloing it solos its members, soloing a member keeps the group open for it;
//! - a solo-safe track is heard whatever is soloed, with what it passes through on its way; what feeds it is not;
//! - a track's own mute button wins over solo; solo of the master means nothing.

use pulse_model::{Id, Project, TrackKind};
use std::collections::HashSet;

/// Which connections between tracks carry sound.
pub(crate) struct Audible {
    any_solo: bool,
    /// The soloed and the solo-safe tracks and all that they reach.
    downstream: HashSet<Id>,
    /// The soloed tracks and all that reach them.
    upstream: HashSet<Id>,
}

impl Audible {
    pub(crate) fn of(project: &Project) -> Self {
        let soloed: Vec<Id> =
            project.soloed().filter(|track| track.kind != TrackKind::Master).map(|track| track.id).collect();
        if soloed.is_empty() {
            return Self { any_solo: false, downstream: HashSet::new(), upstream: HashSet::new() };
        }
        let ahead = |id| {
            let output = project.track(id).and_then(|track| track.output);
            project.sends_of(id).map(|send| send.target).chain(output).collect::<Vec<_>>()
        };
        let behind = |id| {
            let sends = project.sends_to(id).map(|send| send.track);
            project.tracks_into(id).map(|track| track.id).chain(sends).collect::<Vec<_>>()
        };
        let mut heard = soloed.clone();
        heard.extend(project.solo_safe().map(|track| track.id));
        Self { any_solo: true, downstream: reach(&heard, ahead), upstream: reach(&soloed, behind) }
    }

    /// Whether what leaves one track for another is heard.
    pub(crate) fn connection(&self, from: Id, to: Id) -> bool {
        !self.any_solo || self.downstream.contains(&from) || self.upstream.contains(&to)
    }
}

fn reach(from: &[Id], next: impl Fn(Id) -> Vec<Id>) -> HashSet<Id> {
    let mut reached: HashSet<Id> = from.iter().copied().collect();
    let mut open = from.to_vec();
    while let Some(id) = open.pop() {
        open.extend(next(id).into_iter().filter(|id| reached.insert(*id)));
    }
    reached
}
