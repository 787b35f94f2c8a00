//! No sound may come back to the track it left, through outputs and sends, however they are set.

use crate::id::Id;
use crate::project::Project;
use crate::rule::Rule;
use std::collections::HashSet;

/// Looks for a way from a track back to itself. Costs by the tracks that lie downstream of it.
pub(crate) fn check_routing(project: &Project, from: Id) -> Result<(), Rule> {
    // Each entry: a track on the way from `from`, and where it can lead that was not tried yet.
    let mut way = vec![(from, targets(project, from))];
    let mut seen = HashSet::new();
    while let Some((_, ahead)) = way.last_mut() {
        match ahead.pop() {
            None => {
                way.pop();
            }
            Some(next) if next == from => {
                let ids = way.iter().map(|(id, _)| *id).chain([from]);
                let names: Vec<_> =
                    ids.filter_map(|id| project.track(id)).map(|track| track.name.as_str()).collect();
                return Err(Rule::Feedback(names.join(" → ")));
            }
            Some(next) if seen.insert(next) => way.push((next, targets(project, next))),
            Some(_) => {}
        }
    }
    Ok(())
}

fn targets(project: &Project, track: Id) -> Vec<Id> {
    let output = project.track(track).and_then(|track| track.output);
    project.sends_of(track).rev().map(|send| send.target).chain(output).collect()
}
