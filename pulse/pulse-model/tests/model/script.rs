//! Commands as lines of JSON, with positions in quarter notes as `"4q"`, run against a song.
//!
//! Whatever a script does is also planned without being done, undone and redone, and compared to the byte.

use crate::outline::outline;
use expect_test::Expect;
use pulse_model::{Command, CommandError, Entity, History, Plan, Project, Transaction, Update, plan};
use std::sync::Arc;
use units::TICKS_PER_QUARTER;

pub const CLIENT: &str = "test";

/// A song and its history, as Pulse holds them.
pub struct Song {
    pub project: Project,
    pub history: History,
}

/// A song with these commands done.
pub fn song(script: &str) -> Song {
    let mut song = Song { project: Project::new_song("Test", 1), history: History::new() };
    song.run(script);
    song
}

/// What `commands` change in the song that `before` makes: their label, then the lines that go and come.
pub fn check(before: &str, commands: &str, expected: Expect) {
    let mut song = song(before);
    expected.assert_eq(&song.outcome(commands));
}

/// Every entity to the byte.
pub fn bytes(project: &Project) -> String {
    project.entities().map(|entity| serde_json::to_string(&entity).unwrap() + "\n").collect()
}

pub fn commands(script: &str) -> Vec<Command> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
            to_ticks(&mut value);
            serde_json::from_value(value).unwrap_or_else(|error| panic!("{error} in {line}"))
        })
        .collect()
}

fn to_ticks(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(to_ticks),
        serde_json::Value::Object(members) => members.values_mut().for_each(to_ticks),
        serde_json::Value::String(text) => {
            if let Some(quarters) = text.strip_suffix('q').and_then(|number| number.parse::<f64>().ok()) {
                *value = ((quarters * TICKS_PER_QUARTER as f64) as i64).into();
            }
        }
        _ => {}
    }
}

impl Song {
    /// Does commands that must be accepted.
    pub fn run(&mut self, script: &str) -> Plan {
        self.run_as(CLIENT, script)
    }

    pub fn run_as(&mut self, client: &str, script: &str) -> Plan {
        let planned = self.plan(&commands(script)).unwrap_or_else(|error| panic!("{error}"));
        self.commit(client, &planned.label, planned.updates.clone(), None);
        planned
    }

    /// Plans, and checks that planning changed nothing.
    pub fn plan(&mut self, commands: &[Command]) -> Result<Plan, CommandError> {
        let before = bytes(&self.project);
        let planned = plan(&mut self.project, commands);
        assert_eq!(before, bytes(&self.project), "planning changed the song");
        planned
    }

    pub fn commit(&mut self, client: &str, label: &str, updates: Vec<Update>, inverts: Option<u64>) {
        let sequence = self.history.transactions().len() as u64 + 1;
        let transaction = Transaction {
            sequence,
            client: client.into(),
            label: label.into(),
            time_ms: 0,
            updates,
            inverts,
        };
        let line = serde_json::to_string(&transaction).unwrap();
        let read: Transaction = serde_json::from_str(&line).unwrap();
        assert_eq!(read, transaction, "the journal's line reads back as it was");
        self.project.apply(&read.updates).unwrap();
        self.history.record(Arc::new(read));
    }

    pub fn undo(&mut self) -> Result<String, String> {
        let undo = self.history.undo(&mut self.project, CLIENT).map_err(|error| error.to_string())?;
        self.commit(CLIENT, &undo.label, undo.updates, Some(undo.inverts));
        Ok(undo.original)
    }

    pub fn redo(&mut self) -> Result<String, String> {
        let redo = self.history.redo(&mut self.project, CLIENT).map_err(|error| error.to_string())?;
        self.commit(CLIENT, &redo.label, redo.updates, Some(redo.inverts));
        Ok(redo.original)
    }

    /// Does commands; gives the label and the lines of the outline that changed, or the refusal.
    pub fn outcome(&mut self, script: &str) -> String {
        let (before, old) = (bytes(&self.project), outline(&self.project));
        let planned = match self.plan(&commands(script)) {
            Ok(planned) => planned,
            Err(error) => return format!("refused: {error}\n"),
        };
        if planned.updates.is_empty() {
            return "nothing to do\n".into();
        }
        self.commit(CLIENT, &planned.label, planned.updates, None);
        let (after, new) = (bytes(&self.project), outline(&self.project));
        self.check_reopens();
        self.undo().unwrap();
        assert_eq!(bytes(&self.project), before, "undo restores every byte");
        self.redo().unwrap();
        assert_eq!(bytes(&self.project), after, "redo restores every byte");
        format!("{}\n{}", planned.label, changed_lines(&old, &new))
    }

    fn check_reopens(&self) {
        let entities = bytes(&self.project);
        let read = entities.lines().map(|line| serde_json::from_str::<Entity>(line).unwrap());
        let (reopened, diagnostics) = Project::from_entities(read, 1);
        assert_eq!(diagnostics, [], "a song that was planned opens without complaint");
        assert_eq!(bytes(&reopened), entities);
    }
}

fn changed_lines(old: &str, new: &str) -> String {
    let gone =
        old.lines().filter(|line| !new.lines().any(|other| other == *line)).map(|line| format!("- {line}\n"));
    let come =
        new.lines().filter(|line| !old.lines().any(|other| other == *line)).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}
