//! What can be wrong with a song or a command, in words for people. Where each rule is applied: `validate` and `plan`.

use crate::id::Id;

/// A rule of the song, broken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Rule {
    /// An id names nothing.
    #[error("there is no {expected} {id}")]
    NotFound {
        /// The kind that was looked for.
        expected: &'static str,
        /// The id given.
        id: Id,
    },
    /// An id names something of another kind.
    #[error("{id} is a {found}, not a {expected}")]
    WrongKind {
        /// The id given.
        id: Id,
        /// What it is.
        found: &'static str,
        /// What was looked for.
        expected: &'static str,
    },
    /// A chosen id is in use, or was until this transaction.
    #[error("id {0} is in use")]
    IdTaken(Id),
    /// A chosen id does not lie in 1 to 2^53 - 1.
    #[error("id {0} is not between 1 and 2^53 - 1")]
    IdRange(Id),
    /// A number is outside its range or not finite.
    #[error("{what} must be {range}, not {value}")]
    Range {
        /// Which value.
        what: &'static str,
        /// The range, in words.
        range: &'static str,
        /// The value given.
        value: String,
    },
    /// A text or list is longer than is kept.
    #[error("{what} is longer than {most}")]
    TooLong {
        /// Which text or list.
        what: &'static str,
        /// Bytes or entries.
        most: usize,
    },
    /// Two points at one position.
    #[error("there already is a {0} at this position")]
    SamePosition(&'static str),
    /// A signature begins in the middle of a bar.
    #[error("a signature must start a bar, and {0} does not")]
    MidBar(String),
    /// Audio on a track of notes, or the other way round.
    #[error("{what} belongs on an {needs} track, and {track} is {is}")]
    TrackKind {
        /// What is out of place.
        what: &'static str,
        /// The kind of track it needs.
        needs: &'static str,
        /// Name of the track.
        track: String,
        /// Its kind.
        is: &'static str,
    },
    /// A send's target or a track's output is no bus.
    #[error("{what} must be a bus, and {track} is {is}")]
    NotABus {
        /// What leads there.
        what: &'static str,
        /// Name of the track.
        track: String,
        /// Its kind.
        is: &'static str,
    },
    /// A track's group is no group.
    #[error("only a group has members, and {track} is {is}")]
    NotAGroup {
        /// Name of the track.
        track: String,
        /// Its kind.
        is: &'static str,
    },
    /// Sound would come back to where it started.
    #[error("sound would feed back: {0}")]
    Feedback(String),
    /// Something that every song has would be lost, moved or doubled.
    #[error("{0}")]
    Essential(&'static str),
    /// Something still needs what is removed.
    #[error("{0} still needs it")]
    Needed(String),
    /// The command does not apply here.
    #[error("{0}")]
    Refused(&'static str),
    /// Bytes that are no MIDI message, or a note, which has a form of its own.
    #[error("{0}")]
    Midi(&'static str),
}

/// A rule broken by one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The entity, if it is one.
    pub entity: Option<Id>,
    /// For people: `track Bass (12)`.
    pub subject: String,
    /// What it breaks.
    pub rule: Rule,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.subject.is_empty() { self.rule.fmt(f) } else { write!(f, "{}: {}", self.subject, self.rule) }
    }
}

impl std::error::Error for Violation {}
