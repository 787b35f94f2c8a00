//! Reads NAME.take: lines of JSON, the first of which says what it is (format: chorus/data-model.md).
//!
//! Lines that it does not know are skipped, and so is a last line without its end. It trusts no number.

use std::{fs::File, io::Read as _, path::Path};

use serde::Deserialize;

/// The newest format that is read.
const FORMAT: u32 = 1;
/// Bytes of a log: hours of dense playing.
const LARGEST_LOG: u64 = 256 << 20;
/// Positions beyond are damage: a thousand days at 48 kHz.
const FARTHEST_SAMPLE: i64 = 1 << 42;
/// Rates of any device there is.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=768_000;
/// Names and ids, in bytes.
const LONGEST_NAME: usize = 255;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Take(TakeHead),
    Pass { sample: i64, frame: u64 },
    Event { sample: i64, data: String },
    Until { sample: i64 },
    Lost { frames: u64 },
    Failed { reason: String },
    End {},
}

/// What a take is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TakeHead {
    format: u32,
    /// Of this take alone.
    pub id: String,
    /// Shared by the takes of one recording.
    pub session: String,
    /// Whose undo takes it back; empty: nobody's.
    pub client: String,
    /// The Track entity.
    pub track: u64,
    /// Hertz; of song positions and of the sound.
    pub sample_rate: u32,
    /// File name of the sound; none for notes.
    pub sound: Option<String>,
}

/// A time round the loop, or the only one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Song position of its first frame.
    pub sample: i64,
    /// That frame of the sound file.
    pub frame: u64,
    /// Song position up to which it goes, as far as notes tell.
    pub until: i64,
    /// Messages by ascending song position.
    pub events: Vec<(i64, Vec<u8>)>,
}

/// A whole log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeLog {
    /// What it is.
    pub head: TakeHead,
    /// In the order they were played.
    pub passes: Vec<Pass>,
}

/// Why a log can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It does not begin as takes do.
    #[error("it is no take")]
    NoTake,
    /// It is longer than any take.
    #[error("it is longer than {} MiB", LARGEST_LOG >> 20)]
    TooLong,
    /// A later Loophole wrote it.
    #[error("a newer Loophole wrote it (format {0}): update Loophole")]
    Newer(u32),
}

/// Reads a log.
///
/// # Errors
/// It can't be read, or is no log of a take.
pub fn read(file: &File) -> Result<TakeLog, LogError> {
    if file.metadata()?.len() > LARGEST_LOG {
        return Err(LogError::TooLong);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST_LOG).read_to_end(&mut bytes)?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<TakeLog, LogError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let first = lines.next().and_then(|line| serde_json::from_slice(line).ok());
    let Some(Line::Take(head)) = first else { return Err(LogError::NoTake) };
    if head.format > FORMAT {
        return Err(LogError::Newer(head.format));
    }
    let named = |name: &str| !name.is_empty() && name.len() <= LONGEST_NAME;
    let plain =
        |name: &String| named(name) && Path::new(name).file_name().is_some_and(|own| own == name.as_str());
    if !named(&head.id)
        || !named(&head.session)
        || head.client.len() > LONGEST_NAME
        || !SAMPLE_RATES.contains(&head.sample_rate)
        || !head.sound.as_ref().is_none_or(plain)
    {
        return Err(LogError::NoTake);
    }
    let mut log = TakeLog { head, passes: Vec::new() };
    for line in lines {
        if let Ok(line) = serde_json::from_slice(line) {
            log.add(line);
        }
    }
    Ok(log)
}

impl TakeLog {
    fn add(&mut self, line: Line) {
        let possible = |sample: i64| (0..FARTHEST_SAMPLE).contains(&sample);
        match line {
            Line::Pass { sample, frame } if possible(sample) => {
                self.passes.push(Pass { sample, frame, until: sample, events: Vec::new() });
            }
            Line::Event { sample, data } if possible(sample) => {
                if let (Some(pass), Some(data)) = (self.passes.last_mut(), message(&data))
                    && sample >= pass.events.last().map_or(pass.sample, |(last, _)| *last)
                {
                    pass.until = pass.until.max(sample);
                    pass.events.push((sample, data));
                }
            }
            Line::Until { sample } if possible(sample) => {
                if let Some(pass) = self.passes.last_mut() {
                    pass.until = pass.until.max(sample);
                }
            }
            Line::Lost { frames } => tracing::warn!("{} frames of a take are silent", frames),
            Line::Failed { reason } => tracing::warn!("a take ends early: {reason}"),
            _ => {}
        }
    }
}

/// A channel message from hex.
fn message(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !(4..=6).contains(&hex.len()) || !hex.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect();
    bytes.filter(|bytes| (0x80..0xF0).contains(&bytes[0]) && bytes[1..].iter().all(|byte| *byte < 0x80))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        r#"{"take":{"format":1,"id":"a","session":"s","client":"c","track":5,"sample_rate":48000}}"#;

    #[test]
    fn a_torn_last_line_and_unknown_ones_are_skipped() {
        let text = format!(
            "{HEAD}\n{{\"pass\":{{\"sample\":100,\"frame\":0}}}}\n{{\"later\":{{}}}}\nnonsense\n\
             {{\"event\":{{\"sample\":120,\"data\":\"903c40\"}}}}\n{{\"event\":{{\"sample\":110,\"data\":\"803c40\"}}}}\n\
             {{\"until\":{{\"sample\":200}}}}\n{{\"until\":{{\"sample\":3"
        );
        let log = parse(text.as_bytes()).expect("read");
        let pass = Pass { sample: 100, frame: 0, until: 200, events: vec![(120, vec![0x90, 0x3c, 0x40])] };
        assert_eq!(log.passes, [pass]);
    }

    #[test]
    fn what_could_lead_out_of_the_folder_is_no_take() {
        for sound in ["../x.wav", "/x.wav", "", "a/b.wav"] {
            let head = HEAD.replace("48000", &format!("48000,\"sound\":{sound:?}"));
            assert!(matches!(parse(format!("{head}\n").as_bytes()), Err(LogError::NoTake)), "{sound}");
        }
        let newer = HEAD.replace("\"format\":1", "\"format\":2");
        assert!(matches!(parse(format!("{newer}\n").as_bytes()), Err(LogError::Newer(2))));
        assert!(matches!(parse(b""), Err(LogError::NoTake)));
    }
}
