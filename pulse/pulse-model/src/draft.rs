//! Updates in the making. A draft changes the project as it goes, so that each step sees the last one's result, and puts
//! everything back when dropped. It knows no commands.

use crate::entity::{Entity, Track};
use crate::id::Id;
use crate::project::Project;
use crate::rule::{Rule, Violation};
use crate::transaction::Update;
use crate::validate::{check_entity, check_removed, check_routing, check_signatures, violation};
use std::collections::HashMap;

pub(crate) struct Draft<'a> {
    project: &'a mut Project,
    /// One an entity, in the order of first touch.
    changes: Vec<Change>,
    /// Where in `changes` an entity is.
    touched: HashMap<Id, usize>,
    /// What the present step touched.
    fresh: Vec<Id>,
    step: usize,
    /// The highest counter given out in the present step.
    claimed: u64,
    counter: u64,
}

struct Change {
    id: Id,
    before: Option<Entity>,
    after: Option<Entity>,
    /// The step that touched it last.
    step: usize,
}

/// What is wrong with a draft: the step that did it, the entity, and the rule.
pub(crate) struct Fault {
    pub(crate) step: usize,
    pub(crate) violation: Box<Violation>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(project: &'a mut Project) -> Self {
        let counter = project.counter();
        Self {
            project,
            changes: Vec::new(),
            touched: HashMap::new(),
            fresh: Vec::new(),
            step: 0,
            claimed: 0,
            counter,
        }
    }

    /// The song with all that was done to it so far.
    pub(crate) fn project(&self) -> &Project {
        self.project
    }

    /// Creates or changes an entity.
    pub(crate) fn put(&mut self, entity: impl Into<Entity>) {
        let entity = entity.into();
        if !self.project.holds(&entity) {
            self.set(entity.id(), Some(entity));
        }
    }

    /// Deletes an entity.
    pub(crate) fn delete(&mut self, id: Id) {
        if self.project.contains(id) {
            self.set(id, None);
        }
    }

    fn set(&mut self, id: Id, after: Option<Entity>) {
        match self.touched.get(&id) {
            Some(at) => {
                let change = &mut self.changes[*at];
                change.after.clone_from(&after);
                change.step = self.step;
            }
            None => {
                self.touched.insert(id, self.changes.len());
                let before = self.project.get(id);
                self.changes.push(Change { id, before, after: after.clone(), step: self.step });
            }
        }
        self.fresh.push(id);
        self.project.set(id, after);
    }

    /// The id wished for if it is free, or a free one.
    pub(crate) fn claim(&mut self, wish: Option<Id>) -> Result<Id, Rule> {
        let is_free = |draft: &Self, id| !draft.project.contains(id) && !draft.touched.contains_key(&id);
        if let Some(id) = wish {
            return match id {
                _ if !id.is_valid() => Err(Rule::IdRange(id)),
                _ if is_free(self, id) => Ok(id),
                _ => Err(Rule::IdTaken(id)),
            };
        }
        loop {
            // What was given out and made since is skipped by the project itself.
            let skip = self.claimed.saturating_sub(self.project.counter());
            let id = self.project.free_id(skip);
            self.claimed = self.project.counter() + skip + 1;
            if !id.is_valid() {
                return Err(Rule::IdRange(id));
            }
            if is_free(self, id) {
                return Ok(id);
            }
        }
    }

    /// Judges what the present step touched, entity by entity, and begins the next step.
    pub(crate) fn end_step(&mut self) -> Result<(), Fault> {
        for id in std::mem::take(&mut self.fresh) {
            if let Some(entity) = self.project.get(id)
                && let Err(rule) = check_entity(self.project, &entity)
            {
                return Err(Fault { step: self.step, violation: Box::new(violation(&entity, rule)) });
            }
        }
        self.step += 1;
        self.claimed = 0;
        Ok(())
    }

    /// Judges the whole that would result.
    pub(crate) fn check_whole(&self) -> Result<(), Fault> {
        // Latest first: where several steps break one rule together, the last of them is to blame.
        let mut changes: Vec<&Change> = self.changes.iter().collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.step));
        for change in changes {
            let verdict = match (&change.before, &change.after) {
                (Some(before), None) => check_removed(self.project, before),
                (before, Some(Entity::Track(track))) if output_changed(before.as_ref(), track) => {
                    check_routing(self.project, track.id)
                }
                (_, Some(Entity::Send(send))) => check_routing(self.project, send.track),
                _ => Ok(()),
            };
            verdict.map_err(|rule| {
                let entity = change.after.as_ref().or(change.before.as_ref());
                Fault { step: change.step, violation: Box::new(named(entity, rule)) }
            })?;
        }
        self.check_signatures()
    }

    fn check_signatures(&self) -> Result<(), Fault> {
        let is_signature = |it: &Option<Entity>| matches!(it, Some(Entity::SignaturePoint(_)));
        let changed = self.changes.iter().filter(|it| is_signature(&it.before) || is_signature(&it.after));
        // The point in the wrong place may be an old one: what moved its bar is the last signature touched.
        let Some(last) = changed.map(|it| it.step).max() else { return Ok(()) };
        check_signatures(self.project).map_err(|(id, rule)| {
            let step = self.touched.get(&id).map_or(last, |at| self.changes[*at].step);
            Fault { step, violation: Box::new(named(self.project.get(id).as_ref(), rule)) }
        })
    }

    /// How many entities were touched.
    pub(crate) fn touched(&self) -> usize {
        self.changes.len()
    }

    /// The updates that make the change; what came back to where it was is left out. The project is as it was before.
    pub(crate) fn finish(mut self) -> Vec<Update> {
        self.roll_back();
        let changes = std::mem::take(&mut self.changes).into_iter();
        changes
            .filter(|it| it.before != it.after)
            .map(|it| Update { before: it.before, after: it.after })
            .collect()
    }

    fn roll_back(&mut self) {
        for change in self.changes.iter().rev() {
            self.project.set(change.id, change.before.clone());
        }
        self.project.set_counter(self.counter);
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.roll_back();
    }
}

fn output_changed(before: Option<&Entity>, after: &Track) -> bool {
    !matches!(before, Some(Entity::Track(track)) if track.output == after.output)
}

fn named(entity: Option<&Entity>, rule: Rule) -> Violation {
    match entity {
        Some(entity) => violation(entity, rule),
        None => Violation { entity: None, subject: String::new(), rule },
    }
}
