//! The page counts in doubles: a whole number from 2^53 on would arrive as another one. This finds such numbers in any
//! field of a page's message, present and future, with the contract's own description. It checks nothing else: what a
//! number means is known to those who act on it.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value};

/// The first whole number that two neighbours share.
const LIMIT: u64 = 1 << 53;

static PAGE_MESSAGE: LazyLock<Option<MessageDescriptor>> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(chorus::DESCRIPTORS).ok()?;
    pool.get_message_by_name("loophole.aura.v1.PageMessage")
});

/// The first number of a `PageMessage` that is too large, as the path of its field. Bytes that are none have none.
pub(super) fn first_too_large(bytes: &[u8]) -> Option<String> {
    let descriptor = PAGE_MESSAGE.clone()?;
    in_message(&DynamicMessage::decode(descriptor, bytes).ok()?)
}

fn in_message(message: &DynamicMessage) -> Option<String> {
    message.fields().find_map(|(field, value)| {
        let inner = in_value(value)?;
        Some(if inner.is_empty() { field.name().to_owned() } else { format!("{}.{inner}", field.name()) })
    })
}

/// The path below this value, empty for the value itself.
fn in_value(value: &Value) -> Option<String> {
    match value {
        Value::U64(number) => (*number >= LIMIT).then(String::new),
        Value::I64(number) => (number.unsigned_abs() >= LIMIT).then(String::new),
        Value::Message(message) => in_message(message),
        Value::List(list) => list.iter().find_map(in_value),
        Value::Map(map) => map.values().find_map(in_value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chorus::{
        aura::v1::{PageMessage, page_message::Kind},
        pulse::v1::{Command, ExecuteRequest, MoveClip, command},
        signal::v1::LocateRequest,
    };
    use prost::Message as _;

    use super::*;

    fn too_large(request_id: u64, kind: Kind) -> Option<String> {
        first_too_large(&PageMessage { request_id, kind: Some(kind) }.encode_to_vec())
    }

    fn locate(position_samples: i64) -> Kind {
        Kind::Locate(LocateRequest { position_samples })
    }

    #[test]
    fn numbers_that_a_double_holds_pass() {
        let largest = LIMIT as i64 - 1;
        assert_eq!(too_large(LIMIT - 1, locate(largest)), None);
        assert_eq!(too_large(1, locate(-largest)), None);
    }

    #[test]
    fn larger_ones_are_found_wherever_they_are() {
        assert_eq!(too_large(LIMIT, locate(0)).unwrap(), "request_id");
        assert_eq!(too_large(1, locate(i64::MIN)).unwrap(), "locate.position_samples");
        let command =
            |start| Command { kind: Some(command::Kind::MoveClip(MoveClip { id: 1, track: 0, start })) };
        let commands = vec![command(0), command(1 << 53)];
        let execute = Kind::Execute(ExecuteRequest { commands, label: String::new() });
        assert_eq!(too_large(1, execute).unwrap(), "execute.commands.move_clip.start");
    }
}
