//! The commands with their fields and comments, from the descriptors of the contract.

use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, prost_types::SourceCodeInfo};
use serde::Serialize;

use super::script::command_message;

/// A command of `loophole edit`, or a message within one.
#[derive(Debug, Serialize)]
pub(crate) struct CommandEntry {
    pub name: String,
    pub comment: String,
    pub fields: Vec<FieldEntry>,
}

/// One field of it.
#[derive(Debug, Serialize)]
pub(crate) struct FieldEntry {
    pub name: String,
    /// In words.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether leaving it out differs from giving its zero.
    pub optional: bool,
    pub list: bool,
    pub comment: String,
    /// Names of an enum, or nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Fields of a message, or nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldEntry>,
}

/// Every command, in the contract's order.
pub(crate) fn commands() -> Vec<CommandEntry> {
    let Some(command) = command_message() else { return Vec::new() };
    command.fields().filter_map(|field| Some(entry(field.name(), field.kind().as_message()?))).collect()
}

fn entry(name: &str, message: &MessageDescriptor) -> CommandEntry {
    CommandEntry { name: name.to_owned(), comment: message_comment(message), fields: fields(message) }
}

fn fields(message: &MessageDescriptor) -> Vec<FieldEntry> {
    message.fields().map(|field| field_entry(message, &field)).collect()
}

fn field_entry(message: &MessageDescriptor, field: &FieldDescriptor) -> FieldEntry {
    let (values, inner) = match field.kind() {
        Kind::Enum(kind) => {
            (kind.values().skip(1).map(|value| value.name().to_owned()).collect(), Vec::new())
        }
        // Messages of commands nest one level; the contract has no recursive ones.
        Kind::Message(inner) => (Vec::new(), fields(&inner)),
        _ => Default::default(),
    };
    FieldEntry {
        name: field.name().to_owned(),
        kind: scalar_name(&field.kind()).to_owned(),
        optional: field.supports_presence() && field.kind().as_message().is_none(),
        list: field.cardinality() == Cardinality::Repeated,
        comment: comment(message, field.path()),
        values,
        fields: inner,
    }
}

/// A kind in words.
pub(super) fn scalar_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Double | Kind::Float => "number",
        Kind::Bool => "true or false",
        Kind::String => "text",
        Kind::Bytes => "base64 text",
        Kind::Uint32 | Kind::Uint64 | Kind::Fixed32 | Kind::Fixed64 => "whole number from 0",
        Kind::Enum(_) => "name",
        Kind::Message(_) => "object",
        _ => "whole number",
    }
}

fn message_comment(message: &MessageDescriptor) -> String {
    comment(message, message.path())
}

fn comment(message: &MessageDescriptor, path: &[i32]) -> String {
    let file = message.parent_file_descriptor_proto();
    let info: Option<&SourceCodeInfo> = file.source_code_info.as_ref();
    let location = info.and_then(|info| info.location.iter().find(|location| location.path == path));
    let text = location
        .and_then(|location| location.leading_comments.as_deref().or(location.trailing_comments.as_deref()));
    text.unwrap_or_default().lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_listed_with_its_comments_and_values() {
        let commands = commands();
        let add_track = commands.iter().find(|command| command.name == "add_track").expect("add_track");
        assert!(add_track.comment.starts_with("Adds a track above"), "{}", add_track.comment);
        let kind = add_track.fields.iter().find(|field| field.name == "kind").expect("kind");
        assert!(kind.values.contains(&"TRACK_KIND_BUS".to_owned()));
        let color = add_track.fields.iter().find(|field| field.name == "color").expect("color");
        assert!(color.optional && color.comment.contains("palette"));
        let clip = commands.iter().find(|command| command.name == "add_note_clip").expect("add_note_clip");
        let notes = clip.fields.iter().find(|field| field.name == "notes").expect("notes");
        assert!(notes.list && notes.fields.iter().any(|field| field.name == "pitch"));
    }
}
