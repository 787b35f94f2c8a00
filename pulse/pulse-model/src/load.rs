//! Opening a song from its entities, whatever is wrong with them. Reading the files they come from is not done here.

use crate::entity::{Entity, Kind, Track, TrackKind};
use crate::id::Id;
use crate::project::{Project, essentials};
use crate::rule::{Rule, Violation};
use crate::validate::{check_entity, check_routing, check_signatures, violation};
use std::fmt;
use units::Ticks;

/// Something that was wrong with a song, and what was done so that it opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What was wrong.
    pub violation: Violation,
    /// What was done about it, in words.
    pub remedy: &'static str,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.violation, self.remedy)
    }
}

impl Project {
    /// A song from its entities in any order. What breaks a rule is left out, together with what hangs on it, and what
    /// every song has is put in where it is missing; each is reported. A song that Loophole wrote gives no diagnostics.
    pub fn from_entities(
        entities: impl IntoIterator<Item = Entity>,
        replica: u32,
    ) -> (Self, Vec<Diagnostic>) {
        let mut project = Self::empty(replica);
        let mut diagnostics = Vec::new();
        for entity in entities {
            let id = entity.id();
            if project.contains(id) {
                let violation = violation(&entity, Rule::IdTaken(id));
                diagnostics.push(Diagnostic { violation, remedy: "left out" });
            } else {
                project.set(id, Some(entity));
            }
        }
        while drop_invalid(&mut project, &mut diagnostics) {}
        add_missing(&mut project, &mut diagnostics);
        cut_feedback(&mut project, &mut diagnostics);
        while let Err((id, rule)) = check_signatures(&project) {
            leave_out(&mut project, id, rule, &mut diagnostics);
        }
        (project, diagnostics)
    }
}

/// Leaves out what breaks a rule by itself. Says whether there was any: then what hung on it may break one now.
fn drop_invalid(project: &mut Project, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let count = diagnostics.len();
    for kind in Kind::ALL {
        for id in project.ids(kind) {
            let Some(entity) = project.get(id) else { continue };
            let Err(rule) = check_entity(project, &entity) else { continue };
            match entity {
                Entity::Track(track) => match rerouted(project, &track) {
                    Some((repaired, remedy)) => {
                        let violation = violation(&Entity::Track(track), rule);
                        diagnostics.push(Diagnostic { violation, remedy });
                        project.set(id, Some(repaired.into()));
                    }
                    None => leave_out(project, id, rule, diagnostics),
                },
                _ => leave_out(project, id, rule, diagnostics),
            }
        }
    }
    diagnostics.len() > count
}

fn leave_out(project: &mut Project, id: Id, rule: Rule, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(entity) = project.get(id) {
        diagnostics.push(Diagnostic { violation: violation(&entity, rule), remedy: "left out" });
        project.set(id, None);
    }
}

/// A track that would be valid if only it played into the master, or was in no group.
fn rerouted(project: &Project, track: &Track) -> Option<(Track, &'static str)> {
    let repairs = [
        (Track { output: None, ..track.clone() }, "plays into the master"),
        (Track { group: None, ..track.clone() }, "is in no group"),
        (Track { output: None, group: None, ..track.clone() }, "is in no group and plays into the master"),
    ];
    repairs.into_iter().find(|(repaired, _)| {
        repaired != track && check_entity(project, &Entity::Track(repaired.clone())).is_ok()
    })
}

fn add_missing(project: &mut Project, diagnostics: &mut Vec<Diagnostic>) {
    for entity in essentials("Untitled") {
        let (is_there, what) = match &entity {
            Entity::Song(_) => (project.contains(Id::SONG), "a song has a name and a loop"),
            Entity::TempoPoint(_) => {
                (project.tempo_point_at(Ticks::ZERO).is_some(), "a song has a tempo at its start")
            }
            Entity::SignaturePoint(_) => {
                (project.signature_point_at(Ticks::ZERO).is_some(), "a song has a signature at its start")
            }
            _ => (project.tracks().any(|it| it.kind == TrackKind::Master), "a song has a master"),
        };
        if is_there {
            continue;
        }
        let entity = if project.contains(entity.id()) { with_id(entity, project.free_id(0)) } else { entity };
        let violation = Violation { entity: None, subject: String::new(), rule: Rule::Essential(what) };
        diagnostics.push(Diagnostic { violation, remedy: "put in" });
        project.set(entity.id(), Some(entity));
    }
}

fn with_id(mut entity: Entity, id: Id) -> Entity {
    match &mut entity {
        Entity::Track(it) => it.id = id,
        Entity::TempoPoint(it) => it.id = id,
        Entity::SignaturePoint(it) => it.id = id,
        _ => {}
    }
    entity
}

/// Takes the outputs and sends of a track out until no sound comes back to it.
fn cut_feedback(project: &mut Project, diagnostics: &mut Vec<Diagnostic>) {
    for id in project.ids(Kind::Track) {
        while let Err(rule) = check_routing(project, id) {
            let Some(track) = project.track(id).cloned() else { break };
            let violation = violation(&Entity::Track(track.clone()), rule);
            let send = project.sends_of(id).next_back().map(|send| send.id);
            match send {
                Some(send) => project.set(send, None),
                None => project.set(id, Some(Track { output: None, ..track }.into())),
            }
            let remedy = if send.is_some() { "its last send left out" } else { "plays into the master" };
            diagnostics.push(Diagnostic { violation, remedy });
        }
    }
}
