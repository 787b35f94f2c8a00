//! Scripts: one JSON object a line to commands, by the descriptors of the contract, with errors that name the field.
//!
//! It checks shapes only. What a command may do is decided by Pulse.

use std::sync::OnceLock;

use chorus::pulse::v1 as wire;
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor,
};
use serde_json::Value;

/// Full name of the message that all commands are.
const COMMAND: &str = "loophole.pulse.v1.Command";

/// One command, as Pulse takes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScriptCommand(wire::Command);

impl ScriptCommand {
    pub(super) fn into_wire(self) -> wire::Command {
        self.0
    }

    /// Bytes it takes in a message, about.
    pub fn size_bytes(&self) -> usize {
        // Its key and length in the list of commands.
        const FRAME_BYTES: usize = 6;
        self.0.encoded_len() + FRAME_BYTES
    }
}

/// The contracts, with their comments.
pub(super) fn contracts() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(chorus::DESCRIPTORS).unwrap_or_default())
}

/// The message that all commands are, or `None` if the build left its descriptors out.
pub(super) fn command_message() -> Option<MessageDescriptor> {
    contracts().get_message_by_name(COMMAND)
}

/// Reads a command: `{"add_track": {"kind": "TRACK_KIND_BUS", "name": "Echo"}}`.
///
/// The error names the field, as a path, and what is wrong with it.
pub(crate) fn parse_command(value: &Value) -> Result<ScriptCommand, String> {
    let descriptor = command_message().ok_or("this build has no contracts")?;
    let members = value.as_object().ok_or("a command is a JSON object")?;
    let mut names = members.keys();
    let (Some(name), None) = (names.next(), names.next()) else {
        return Err(format!("a command is an object with one member, its name; this has {}", members.len()));
    };
    if field(&descriptor, name).is_none() {
        return Err(format!("there is no command “{name}”{}", suggestion(&descriptor, name)));
    }
    if !members.values().all(Value::is_object) {
        return Err(format!("{name}: its fields are an object"));
    }
    if let Some(fault) = fault(&descriptor, value) {
        return Err(fault);
    }
    let message = read(&descriptor, value)?;
    message.transcode_to().map(ScriptCommand).map_err(|error| error.to_string())
}

fn read(descriptor: &MessageDescriptor, value: &Value) -> Result<DynamicMessage, String> {
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    DynamicMessage::deserialize_with_options(descriptor.clone(), value, &options)
        .map_err(|error| error.to_string())
}

/// The path of the innermost member that cannot be read, and why; `None` if all can.
fn fault(descriptor: &MessageDescriptor, value: &Value) -> Option<String> {
    let error = read(descriptor, value).err()?;
    let Some(members) = value.as_object() else { return Some(error) };
    for (name, member) in members {
        let Some(field) = field(descriptor, name) else {
            return Some(format!("{name}: there is no such field{}", suggestion(descriptor, name)));
        };
        if let Some(inner) = member_fault(descriptor, &field, name, member) {
            return Some(inner);
        }
    }
    Some(error)
}

fn member_fault(
    descriptor: &MessageDescriptor,
    field: &FieldDescriptor,
    name: &str,
    member: &Value,
) -> Option<String> {
    let alone = |member: &Value| Value::Object([(name.to_owned(), member.clone())].into_iter().collect());
    let error = read(descriptor, &alone(member)).err()?;
    let inner = match (field.kind(), member) {
        (Kind::Message(inner), Value::Array(items)) if field.is_list() => {
            let mut faults = items.iter().enumerate();
            return faults
                .find_map(|(index, item)| Some(format!("{name}[{index}].{}", fault(&inner, item)?)));
        }
        (_, Value::Array(items)) if field.is_list() => {
            let is_bad =
                |item: &&Value| read(descriptor, &alone(&Value::Array(vec![(*item).clone()]))).is_err();
            let index = items.iter().position(|item| is_bad(&item))?;
            return Some(format!("{name}[{index}]: {}", reason(field, &items[index], &error)));
        }
        (Kind::Message(inner), Value::Object(_)) => fault(&inner, member),
        _ => None,
    };
    Some(match inner {
        Some(inner) => format!("{name}.{inner}"),
        None => format!("{name}: {}", reason(field, member, &error)),
    })
}

fn reason(field: &FieldDescriptor, member: &Value, error: &str) -> String {
    if field.is_list() && !member.is_array() && error.contains("sequence") {
        return format!("{member} is no list");
    }
    match field.kind() {
        Kind::Enum(kind) => {
            let names: Vec<String> = kind.values().skip(1).map(|value| value.name().to_owned()).collect();
            format!("{member} is none of {}", names.join(", "))
        }
        Kind::Message(_) => error.to_owned(),
        kind => format!("{member} is no {}", super::command_list::scalar_name(&kind)),
    }
}

fn field(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor.get_field_by_name(name).or_else(|| descriptor.get_field_by_json_name(name))
}

/// The nearest name, if any is near.
fn suggestion(descriptor: &MessageDescriptor, name: &str) -> String {
    let nearest =
        descriptor.fields().map(|field| (distance(field.name(), name), field)).min_by_key(|(d, _)| *d);
    match nearest {
        Some((distance, field)) if distance <= 1 + name.len() / 4 => {
            format!("; did you mean “{}”?", field.name())
        }
        _ => String::new(),
    }
}

/// Levenshtein distance in bytes, of the first 64.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (left, right) = (&left[..left.len().min(64)], &right[..right.len().min(64)]);
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(value: Value) -> String {
        parse_command(&value).expect_err("refused")
    }

    #[test]
    fn command_becomes_the_message_of_the_contract() {
        let value = json!({"add_track": {"id": 100, "kind": "TRACK_KIND_BUS", "name": "Echo", "color": 3}});
        let expected = wire::Command {
            kind: Some(wire::command::Kind::AddTrack(wire::AddTrack {
                id: 100,
                kind: wire::TrackKind::Bus.into(),
                name: "Echo".to_owned(),
                color: Some(3),
                before: 0,
                group: 0,
            })),
        };
        assert_eq!(parse_command(&value), Ok(ScriptCommand(expected)));
    }

    #[test]
    fn misspelt_names_are_told_with_the_nearest() {
        assert_eq!(
            error(json!({"add_trak": {}})),
            "there is no command “add_trak”; did you mean “add_track”?"
        );
        assert_eq!(
            error(json!({"add_track": {"nam": "x"}})),
            "add_track.nam: there is no such field; did you mean “name”?"
        );
        assert_eq!(error(json!({"launch_missiles": {}})), "there is no command “launch_missiles”");
    }

    #[test]
    fn wrong_values_are_told_with_their_path() {
        assert_eq!(
            error(json!({"add_note_clip": {"notes": [{"pitch": 60}, {"pitch": "C4"}]}})),
            "add_note_clip.notes[1].pitch: \"C4\" is no whole number from 0"
        );
        assert_eq!(error(json!({"set_track": {"id": -1}})), "set_track.id: -1 is no whole number from 0");
        assert!(
            error(json!({"add_track": {"kind": "BUS"}}))
                .starts_with("add_track.kind: \"BUS\" is none of TRACK_KIND_AUDIO, "),
        );
        assert_eq!(
            error(json!({"remove": {"ids": [1, true]}})),
            "remove.ids[1]: true is no whole number from 0"
        );
    }

    #[test]
    fn what_is_no_command_is_refused() {
        assert_eq!(error(json!([])), "a command is a JSON object");
        assert_eq!(error(json!({"remove": 7})), "remove: its fields are an object");
        assert!(error(json!({"remove": {}, "set_song": {}})).ends_with("this has 2"));
    }
}
