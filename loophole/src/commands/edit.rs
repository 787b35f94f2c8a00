//! `loophole edit`: applies a script of public commands.

use std::{io::Read as _, path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde_json::Value;

use crate::{
    song_host::{Access, SongHost},
    wire::{
        CallError,
        pulse::{Executed, Inverted, Pulse},
        script::{ScriptCommand, parse_command},
    },
};

/// Longest script: every command of it is held in memory.
const MAX_SCRIPT_BYTES: u64 = 1 << 30;

/// A script, read and checked as far as it can be without the song.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Transaction { label: String, commands: Vec<(usize, ScriptCommand)> },
    Undo { line: usize },
    Redo { line: usize },
}

/// What one step did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    Transaction(Executed),
    Undone(Inverted),
    Redone(Inverted),
}

/// Reads and applies a script.
pub(super) async fn run(song: &Path, script: &Path, new: bool, json: bool) -> anyhow::Result<ExitCode> {
    let script = Script::parse(&read(script)?)?;
    let mut host = SongHost::new()?;
    let access = if new { Access::Create } else { Access::Edit };
    let mut open = host.open(song, access).await?;
    let done = apply(&mut open.pulse, script).await;
    let done = open.finish(done).await?;
    if json {
        println!("{}", serde_json::to_string(&done)?);
    } else {
        let transactions = done.iter().filter(|done| matches!(done, Done::Transaction(_))).count();
        println!("{transactions} transactions, {} steps", done.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn read(script: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut source: Box<dyn std::io::Read> = if script == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(script).with_context(|| format!("cannot read {}", script.display()))?)
    };
    source
        .by_ref()
        .take(MAX_SCRIPT_BYTES)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", script.display()))?;
    Ok(text)
}

impl Script {
    /// Reads one JSON object a line; empty lines separate nothing.
    ///
    /// # Errors
    /// Names the line, the field and what is wrong with it.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut script = Self::default();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if !line.trim().is_empty() {
                let value =
                    serde_json::from_str(line).map_err(|error| anyhow::anyhow!("line {number}: {error}"))?;
                script.add(number, &value).map_err(|error| anyhow::anyhow!("line {number}: {error}"))?;
            }
        }
        Ok(script)
    }

    /// One transaction of commands.
    ///
    /// # Errors
    /// As in [`Script::parse`], counting commands instead of lines.
    pub fn of(label: &str, commands: &[Value]) -> anyhow::Result<Self> {
        let mut script = Self::default();
        script.begin(label.to_owned());
        for (index, command) in commands.iter().enumerate() {
            script
                .add(index + 1, command)
                .map_err(|error| anyhow::anyhow!("command {}: {error}", index + 1))?;
        }
        Ok(script)
    }

    fn add(&mut self, line: usize, value: &Value) -> Result<(), String> {
        match directive(value) {
            Some(("transaction", label)) => {
                let label = label.as_str().ok_or("transaction: its label is a text")?;
                self.begin(label.to_owned());
            }
            Some(("undo", _)) => self.steps.push(Step::Undo { line }),
            Some(("redo", _)) => self.steps.push(Step::Redo { line }),
            _ => {
                let command = parse_command(value)?;
                if !matches!(self.steps.last(), Some(Step::Transaction { .. })) {
                    self.begin(String::new());
                }
                if let Some(Step::Transaction { commands, .. }) = self.steps.last_mut() {
                    commands.push((line, command));
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, label: String) {
        self.steps.push(Step::Transaction { label, commands: Vec::new() });
    }
}

/// The member of a line that is no command.
fn directive(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, value) = members.iter().next()?;
    ["transaction", "undo", "redo"].contains(&name.as_str()).then_some((name, value))
}

/// Applies a script, step after step, until one is refused.
///
/// # Errors
/// Names the line, the rule that refused it, and what was applied before.
pub(crate) async fn apply(pulse: &mut Pulse, script: Script) -> anyhow::Result<Vec<Done>> {
    let mut all = Vec::new();
    for step in script.steps {
        let done = match step {
            Step::Transaction { commands, .. } if commands.is_empty() => continue,
            Step::Transaction { label, commands } => execute(pulse, &label, commands).await,
            Step::Undo { line } => {
                pulse.undo().await.map(Done::Undone).map_err(|error| format!("line {line}: {error}"))
            }
            Step::Redo { line } => {
                pulse.redo().await.map(Done::Redone).map_err(|error| format!("line {line}: {error}"))
            }
        };
        match done {
            Ok(done) => all.push(done),
            Err(error) if all.is_empty() => bail!("{error}"),
            Err(error) => bail!("{error} (the {} steps before it were applied)", all.len()),
        }
    }
    Ok(all)
}

async fn execute(
    pulse: &mut Pulse,
    label: &str,
    commands: Vec<(usize, ScriptCommand)>,
) -> Result<Done, String> {
    let (lines, commands): (Vec<usize>, Vec<ScriptCommand>) = commands.into_iter().unzip();
    let size: usize = commands.iter().map(ScriptCommand::size_bytes).sum::<usize>() + label.len();
    if size > link::MAX_MESSAGE_BYTES {
        return Err(format!(
            "line {}: this transaction takes {size} bytes of {} at most: begin another one with {{\"transaction\": \"…\"}}",
            lines[0],
            link::MAX_MESSAGE_BYTES
        ));
    }
    pulse.execute(commands, label).await.map(Done::Transaction).map_err(|error| located(&error, &lines))
}

/// Pulse names the command by its place in the transaction; people look for the line.
fn located(error: &CallError, lines: &[usize]) -> String {
    let text = error.to_string();
    let numbered = text.strip_prefix("command ").and_then(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let index = rest[..end].parse::<usize>().ok()?.checked_sub(1)?;
        Some(format!("line {}{}", lines.get(index)?, &rest[end..]))
    });
    numbered.unwrap_or_else(|| match (lines.first(), lines.last()) {
        (Some(first), Some(last)) if first != last => format!("lines {first} to {last}: {text}"),
        (Some(line), _) => format!("line {line}: {text}"),
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Script::parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn script_is_split_at_transactions_undo_and_redo() {
        let text = r#"{"set_song": {"name": "a"}}
            {"transaction": "Two"}

            {"set_song": {"name": "b"}}
            {"set_song": {"name": "c"}}
            {"undo": {}}
            {"redo": {}}
            {"set_song": {"name": "d"}}"#;
        let script = Script::parse(text).expect("script");
        let shape: Vec<String> = script
            .steps
            .iter()
            .map(|step| match step {
                Step::Transaction { label, commands } => {
                    format!("{label}:{:?}", commands.iter().map(|(line, _)| *line).collect::<Vec<_>>())
                }
                Step::Undo { line } => format!("undo {line}"),
                Step::Redo { line } => format!("redo {line}"),
            })
            .collect();
        assert_eq!(shape, [":[1]", "Two:[4, 5]", "undo 6", "redo 7", ":[8]"]);
    }

    #[test]
    fn errors_name_line_and_field() {
        assert_eq!(
            error("{\"set_song\": {\"name\": \"a\"}}\n{\"set_tempo\": {\"bpm\": \"fast\"}}"),
            "line 2: set_tempo.bpm: \"fast\" is no number"
        );
        assert!(error("{").starts_with("line 1: EOF while parsing"));
        assert_eq!(error("{\"transaction\": 7}"), "line 1: transaction: its label is a text");
    }

    #[test]
    fn refusal_of_pulse_is_located_by_line() {
        let status = |text: &str| CallError::from(tonic::Status::invalid_argument(text));
        let lines = [4, 9];
        assert_eq!(
            located(&status("command 2 (remove): there is no entity 7"), &lines),
            "line 9 (remove): there is no entity 7"
        );
        assert_eq!(located(&status("the song is read-only"), &lines), "lines 4 to 9: the song is read-only");
        assert_eq!(located(&status("command 3: odd"), &lines), "lines 4 to 9: command 3: odd");
    }
}
