//! Turns the division of a MIDI file into ticks.

use midly::{Fps, Timing};
use units::TICKS_PER_QUARTER;

use crate::import::smf::SmfError;

/// The last position that is taken: ids and positions stay below 2^53, and there is room for a song behind it.
const LAST_TICK: i64 = 1 << 52;
/// A file in time code has no quarter notes: it is laid out at 120 a minute, two a second.
const TICKS_PER_SECOND: i64 = 2 * TICKS_PER_QUARTER;

/// `ticks = delta × numerator ÷ denominator`, rounded to the nearest.
pub struct Clock {
    numerator: i64,
    denominator: i64,
}

impl Clock {
    /// Of a header's division.
    pub fn new(timing: Timing, warnings: &mut Vec<String>) -> Result<Self, SmfError> {
        let (numerator, denominator) = match timing {
            Timing::Metrical(per_quarter) => (TICKS_PER_QUARTER, i64::from(per_quarter.as_int())),
            Timing::Timecode(Fps::Fps29, subframes) => {
                (TICKS_PER_SECOND / 1000 * 1001, 30 * i64::from(subframes))
            }
            Timing::Timecode(fps, subframes) => {
                (TICKS_PER_SECOND, i64::from(fps.as_int()) * i64::from(subframes))
            }
        };
        if denominator == 0 {
            return Err(SmfError::Header("its division is 0".to_owned()));
        }
        match timing {
            Timing::Metrical(per_quarter) if numerator % denominator != 0 => {
                warnings.push(format!(
                    "its {per_quarter} ticks a quarter note don't divide ours: positions are rounded"
                ));
            }
            Timing::Timecode(..) => {
                warnings.push("it is in time code: it is laid out at 120 a minute".to_owned())
            }
            Timing::Metrical(_) => {}
        }
        Ok(Self { numerator, denominator })
    }

    /// A position of the file in ticks; `None` beyond any song.
    pub fn ticks(&self, position: i64) -> Option<i64> {
        let scaled = i128::from(position) * i128::from(self.numerator) + i128::from(self.denominator / 2);
        let ticks = i64::try_from(scaled / i128::from(self.denominator)).ok()?;
        (ticks <= LAST_TICK).then_some(ticks)
    }

    /// One unit of the file, the shortest note it can hold.
    pub fn shortest(&self) -> i64 {
        (self.numerator / self.denominator).max(1)
    }
}
