//! `loophole commands`: what a script may say.

use std::process::ExitCode;

use crate::wire::command_list::{FieldEntry, commands};

/// Lists the commands with their fields.
pub(super) fn run(json: bool) -> anyhow::Result<ExitCode> {
    let commands = commands();
    if json {
        println!("{}", serde_json::to_string(&commands)?);
        return Ok(ExitCode::SUCCESS);
    }
    for command in commands {
        println!("{}{}", command.name, after(&command.comment));
        for field in &command.fields {
            print_field(field, 1);
        }
        println!();
    }
    Ok(ExitCode::SUCCESS)
}

fn print_field(field: &FieldEntry, depth: usize) {
    let kind = match (field.list, field.values.is_empty()) {
        (true, _) => format!("list of {}", field.kind),
        (false, true) => field.kind.clone(),
        (false, false) => field.values.join(" | "),
    };
    let optional = if field.optional { ", optional" } else { "" };
    println!("{:indent$}{} ({kind}{optional}){}", "", field.name, after(&field.comment), indent = depth * 2);
    for inner in &field.fields {
        print_field(inner, depth + 1);
    }
}

fn after(comment: &str) -> String {
    if comment.is_empty() { String::new() } else { format!(": {comment}") }
}
