//! Commands → the updates of one transaction, or a refusal. What each command does is in the modules below, one for each
//! part of a song; what the result must obey is in `validate`.

mod clips;
mod cuts;
mod devices;
mod groups;
mod label;
mod notes;
mod remove;
mod song;
mod tracks;

use crate::command::Command;
use crate::draft::{Draft, Fault};
use crate::entity::Kind;
use crate::id::Id;
use crate::project::Project;
use crate::rule::{Rule, Violation};
use crate::transaction::Update;
use crate::validate::{describe, missing};
use label::Label;

/// Most commands in one transaction, as `ExecuteRequest` says.
pub const MAX_COMMANDS: usize = 100_000;

/// Most entities one transaction can touch: with their texts about 500 MB in memory, and a minute of a library's notes.
pub const MAX_UPDATES: usize = 1_000_000;

/// What commands come to: not yet done to the song.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// For [`Project::apply`]; empty if the commands change nothing.
    pub updates: Vec<Update>,
    /// What it did, for people.
    pub label: String,
    /// The entity each command creates, by index of the command. Notes and MIDI events are not listed.
    pub created: Vec<Option<Id>>,
}

/// Why commands were refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("command {} ({command}): {violation}", index + 1)]
pub struct CommandError {
    /// Of the command, from 0.
    pub index: usize,
    /// Its name, as in `command.proto`.
    pub command: &'static str,
    /// Entity and rule.
    pub violation: Box<Violation>,
}

/// Works out what commands do, as one transaction: all of them or none. Each sees what those before it did; what results
/// is judged as a whole.
///
/// The project is only borrowed to try the commands on: it comes back as it was, whatever the outcome. The cost is that of
/// the entities touched, not of the song (routing: of the tracks downstream).
pub fn plan(project: &mut Project, commands: &[Command]) -> Result<Plan, CommandError> {
    let name = |index: usize| commands.get(index).map_or("", name);
    if commands.len() > MAX_COMMANDS {
        let rule = Rule::TooLong { what: "the list of commands", most: MAX_COMMANDS };
        let violation = Violation { entity: None, subject: String::new(), rule };
        return Err(CommandError {
            index: MAX_COMMANDS,
            command: name(MAX_COMMANDS),
            violation: violation.into(),
        });
    }
    let mut draft = Draft::new(project);
    let mut labels = Vec::with_capacity(commands.len());
    let mut created = Vec::with_capacity(commands.len());
    for (index, command) in commands.iter().enumerate() {
        let done = carry_out(&mut draft, command).map_err(|rule| {
            let violation = subject(draft.project(), command, rule);
            CommandError { index, command: name(index), violation: violation.into() }
        })?;
        labels.push(done.label);
        created.push(done.created);
        let refuse = |fault: Fault| CommandError {
            index: fault.step,
            command: name(fault.step),
            violation: fault.violation,
        };
        draft.end_step().map_err(refuse)?;
        if index + 1 == commands.len() {
            draft.check_whole().map_err(refuse)?;
        }
    }
    Ok(Plan { updates: draft.finish(), label: label::of_all(labels), created })
}

/// What a command did.
struct Done {
    label: Label,
    created: Option<Id>,
}

impl Done {
    fn changed(label: Label) -> Result<Self, Rule> {
        Ok(Self { label, created: None })
    }

    fn created(id: Id, label: Label) -> Result<Self, Rule> {
        Ok(Self { label, created: Some(id) })
    }
}

fn carry_out(draft: &mut Draft, command: &Command) -> Result<Done, Rule> {
    let done = match command {
        Command::SetSong(it) => song::set_song(draft, it),
        Command::SetTempo(it) => song::set_tempo(draft, it),
        Command::SetSignature(it) => song::set_signature(draft, it),
        Command::AddMarker(it) => song::add_marker(draft, it),
        Command::SetMarker(it) => song::set_marker(draft, it),
        Command::AddTrack(it) => tracks::add_track(draft, it),
        Command::SetTrack(it) => tracks::set_track(draft, it),
        Command::MoveTrack(it) => groups::move_track(draft, it),
        Command::AddDevice(it) => devices::add_device(draft, it),
        Command::SetDevice(it) => devices::set_device(draft, it),
        Command::ReplaceDevice(it) => devices::replace_device(draft, it),
        Command::MoveDevice(it) => devices::move_device(draft, it),
        Command::SetParameter(it) => devices::set_parameter(draft, it),
        Command::SetDeviceState(it) => devices::set_state(draft, it),
        Command::SetDeviceMedia(it) => devices::set_media(draft, it),
        Command::AddSend(it) => tracks::add_send(draft, it),
        Command::SetSend(it) => tracks::set_send(draft, it),
        Command::AddMedia(it) => clips::add_media(draft, it),
        Command::AddAudioClip(it) => clips::add_audio_clip(draft, it),
        Command::AddNoteClip(it) => clips::add_note_clip(draft, it),
        Command::SetClip(it) => clips::set_clip(draft, it),
        Command::MoveClip(it) => clips::move_clip(draft, it),
        Command::SplitClip(it) => cuts::split_clip(draft, it),
        Command::DuplicateClip(it) => clips::duplicate_clip(draft, it),
        Command::JoinClips(it) => cuts::join_clips(draft, it),
        Command::ChooseTake(it) => cuts::choose_take(draft, it),
        Command::AddNotes(it) => notes::add_notes(draft, it),
        Command::SetNote(it) => notes::set_note(draft, it),
        Command::QuantiseNotes(it) => notes::quantise(draft, it),
        Command::AddMidiEvents(it) => notes::add_midi_events(draft, it),
        Command::Remove(it) => remove::remove(draft, it),
    }?;
    if draft.touched() > MAX_UPDATES {
        return Err(Rule::TooLong { what: "the list of changes", most: MAX_UPDATES });
    }
    Ok(done)
}

/// A command's name, as in `command.proto`.
fn name(command: &Command) -> &'static str {
    match command {
        Command::SetSong(_) => "set_song",
        Command::SetTempo(_) => "set_tempo",
        Command::SetSignature(_) => "set_signature",
        Command::AddMarker(_) => "add_marker",
        Command::SetMarker(_) => "set_marker",
        Command::AddTrack(_) => "add_track",
        Command::SetTrack(_) => "set_track",
        Command::MoveTrack(_) => "move_track",
        Command::AddDevice(_) => "add_device",
        Command::SetDevice(_) => "set_device",
        Command::ReplaceDevice(_) => "replace_device",
        Command::MoveDevice(_) => "move_device",
        Command::SetParameter(_) => "set_parameter",
        Command::SetDeviceState(_) => "set_device_state",
        Command::SetDeviceMedia(_) => "set_device_media",
        Command::AddSend(_) => "add_send",
        Command::SetSend(_) => "set_send",
        Command::AddMedia(_) => "add_media",
        Command::AddAudioClip(_) => "add_audio_clip",
        Command::AddNoteClip(_) => "add_note_clip",
        Command::SetClip(_) => "set_clip",
        Command::MoveClip(_) => "move_clip",
        Command::SplitClip(_) => "split_clip",
        Command::DuplicateClip(_) => "duplicate_clip",
        Command::JoinClips(_) => "join_clips",
        Command::ChooseTake(_) => "choose_take",
        Command::QuantiseNotes(_) => "quantise_notes",
        Command::AddNotes(_) => "add_notes",
        Command::SetNote(_) => "set_note",
        Command::AddMidiEvents(_) => "add_midi_events",
        Command::Remove(_) => "remove",
    }
}

/// The entity that a refused command was about: the one it changes, or the one it adds to.
fn subject(project: &Project, command: &Command, rule: Rule) -> Violation {
    let id = match command {
        Command::SetTrack(it) => Some(it.id),
        Command::MoveTrack(it) => Some(it.id),
        Command::AddDevice(it) => Some(it.track),
        Command::SetDevice(it) => Some(it.id),
        Command::ReplaceDevice(it) => Some(it.id),
        Command::MoveDevice(it) => Some(it.id),
        Command::SetParameter(it) => Some(it.device),
        Command::SetDeviceState(it) => Some(it.device),
        Command::SetDeviceMedia(it) => Some(it.device),
        Command::SetMarker(it) => Some(it.id),
        Command::AddSend(it) => Some(it.track),
        Command::SetSend(it) => Some(it.id),
        Command::AddAudioClip(it) => Some(it.track),
        Command::AddNoteClip(it) => Some(it.track),
        Command::SetClip(it) => Some(it.id),
        Command::MoveClip(it) => Some(it.id),
        Command::SplitClip(it) => Some(it.id),
        Command::DuplicateClip(it) => Some(it.id),
        Command::JoinClips(it) => it.ids.first().copied(),
        Command::ChooseTake(it) => Some(it.clip),
        Command::QuantiseNotes(it) => it.ids.first().copied(),
        Command::AddNotes(it) => Some(it.clip),
        Command::SetNote(it) => Some(it.id),
        Command::AddMidiEvents(it) => Some(it.clip),
        _ => None,
    };
    let entity = id.and_then(|id| project.get(id));
    let subject = entity.as_ref().map(describe).unwrap_or_default();
    Violation { entity: id, subject, rule }
}

/// The entity an id names, by the lookup for its kind.
fn find<'a, T>(
    draft: &'a Draft,
    id: Id,
    kind: Kind,
    get: impl Fn(&'a Project, Id) -> Option<&'a T>,
) -> Result<&'a T, Rule> {
    get(draft.project(), id).ok_or_else(|| missing(draft.project(), id, kind))
}

/// Where to put something among its siblings (ascending by order, without itself): its order, and new ones for the
/// siblings where there is no room left between two numbers. `None` if `before` is not among them.
fn place(siblings: &[(Id, f64)], before: Option<Id>, limit: f64) -> Option<(f64, Vec<(Id, f64)>)> {
    let at = match before {
        None => siblings.len(),
        Some(before) => siblings.iter().position(|(id, _)| *id == before)?,
    };
    let previous = at.checked_sub(1).map(|at| siblings[at].1);
    let next = siblings.get(at).map(|(_, order)| *order);
    let order = match (previous, next) {
        (None, None) => 1.0,
        (Some(previous), None) => previous.floor() + 1.0,
        (None, Some(next)) => next.ceil() - 1.0,
        (Some(previous), Some(next)) => previous + (next - previous) / 2.0,
    };
    let has_room = previous.is_none_or(|it| it < order) && next.is_none_or(|it| order < it) && order < limit;
    if has_room {
        return Some((order, Vec::new()));
    }
    let shifted =
        siblings.iter().enumerate().map(|(i, (id, _))| (*id, (i + 1 + usize::from(i >= at)) as f64));
    Some(((at + 1) as f64, shifted.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_make_room_when_numbers_run_out() {
        let (a, b) = (Id(10), Id(11));
        assert_eq!(place(&[(a, 1.0), (b, 2.0)], Some(b), 1e9), Some((1.5, vec![])));
        assert_eq!(
            place(&[(a, 1.0), (b, 1.0 + f64::EPSILON)], Some(b), 1e9),
            Some((2.0, vec![(a, 1.0), (b, 3.0)]))
        );
        assert_eq!(place(&[(a, 999_999_999.5)], None, 1e9), Some((2.0, vec![(a, 1.0)])));
        assert_eq!(place(&[(a, 1.0)], Some(b), 1e9), None);
    }
}
