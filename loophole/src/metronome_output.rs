//! Where the metronome is heard, as it is written on a command line: "main", "none", "3", "3-4". It asks nobody.

use std::fmt;

/// Most channels that a device shows.
const MOST_CHANNELS: u32 = 64;

/// Where the metronome is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetronomeOutput {
    /// With the song.
    Main,
    /// Nowhere.
    Nowhere,
    /// On one output of the device, from 1.
    One(u32),
    /// On this one and the next.
    Pair(u32),
}

impl MetronomeOutput {
    /// The highest output it needs.
    pub fn last_channel(self) -> Option<u32> {
        match self {
            Self::Main | Self::Nowhere => None,
            Self::One(first) => Some(first),
            Self::Pair(first) => Some(first + 1),
        }
    }
}

impl std::str::FromStr for MetronomeOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let channel = |text: &str| {
            let number = text.parse().ok().filter(|number| (1..=MOST_CHANNELS).contains(number));
            number
                .ok_or_else(|| format!("give main, none, an output from 1 to {MOST_CHANNELS}, or two as 3-4"))
        };
        match (text, text.split_once('-')) {
            ("main", _) => Ok(Self::Main),
            ("none", _) => Ok(Self::Nowhere),
            (_, None) => Ok(Self::One(channel(text)?)),
            (_, Some((first, second))) => match (channel(first)?, channel(second)?) {
                (first, second) if second == first + 1 => Ok(Self::Pair(first)),
                _ => Err("two outputs follow each other, as 3-4".to_owned()),
            },
        }
    }
}

impl fmt::Display for MetronomeOutput {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => write!(out, "the song's outputs"),
            Self::Nowhere => write!(out, "no output"),
            Self::One(first) => write!(out, "output {first}"),
            Self::Pair(first) => write!(out, "outputs {first} and {}", first + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_as_they_are_written() {
        assert_eq!("main".parse(), Ok(MetronomeOutput::Main));
        assert_eq!("none".parse(), Ok(MetronomeOutput::Nowhere));
        assert_eq!("3".parse(), Ok(MetronomeOutput::One(3)));
        assert_eq!("3-4".parse(), Ok(MetronomeOutput::Pair(3)));
        for text in ["", "0", "65", "3-5", "4-3", "64-65", "3-", "-", "all"] {
            assert!(text.parse::<MetronomeOutput>().is_err(), "{text}");
        }
    }
}
