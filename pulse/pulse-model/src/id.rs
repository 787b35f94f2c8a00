//! Ids of entities. How free ones are found is the project's matter, not in here.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What an entity is called in a song: unique there, never reused, from 1 to [`Id::MAX`].
///
/// The upper 21 bits name the replica that allotted it (0 for those a client chose), the lower 32 count. So two copies of
/// a song that grow apart never give one id to two things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub u64);

impl Id {
    /// The largest: what a JavaScript number still holds exactly.
    pub const MAX: Self = Self((1 << 53) - 1);
    /// The one [`Song`](crate::Song) entity.
    pub const SONG: Self = Self(1);

    /// Whether it lies in the range of ids.
    pub const fn is_valid(self) -> bool {
        self.0 >= 1 && self.0 <= Self::MAX.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
