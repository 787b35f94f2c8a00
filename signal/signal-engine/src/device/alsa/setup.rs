//! What is asked of a PCM and what it gives: access, format, channels, rate, period and buffer, for one or both directions of
//! a device. It opens PCMs, and starts none.

use std::ffi::CString;

use rustix::io::Errno;

use super::holder;
use super::samples::SampleFormat;
use super::sys::library::Functions;
use super::sys::params::{Hardware, install_wake};
use super::sys::pcm::{Direction, Pcm, Setup, Stream};
use super::{AlsaWish, CHANNELS_OF_PLUGINS};
use crate::device::settings::{DEFAULT_BLOCK, DEFAULT_RATE};
use crate::device::{DeviceFormat, LARGEST_BLOCK_FRAMES, MOST_CHANNELS};

/// Blocks that wait to be played when one is due: the one that plays, and the one that is computed.
pub const BLOCKS_AHEAD: usize = 2;
/// Blocks that a buffer should hold. More than are kept in it cost no latency, and let a card begin at its own time.
const BUFFER_BLOCKS: u32 = 4;
/// Part of a second that a buffer should hold.
const BUFFER_PART: u32 = 20;
/// More channels than any card has.
const SENSELESS_CHANNELS: u32 = 1024;

/// Both directions of a device, as far as it has them, with their formats.
pub struct Directions {
    /// What it hears.
    pub capture: Option<Stream>,
    /// What it plays.
    pub playback: Option<Stream>,
    /// What it runs at.
    pub format: DeviceFormat,
    /// Channels of each that are used.
    pub inputs: usize,
    /// As above.
    pub outputs: usize,
    /// What of the wish it can't do, for people.
    pub notice: Option<String>,
}

/// One direction with its hardware parameters.
struct Configured {
    pcm: Pcm,
    setup: Setup,
}

/// Opens and configures what there is of a device.
///
/// # Errors
/// Nothing of it can be used, for people.
pub fn open(functions: Functions, wish: &AlsaWish) -> Result<Directions, String> {
    let name =
        CString::new(wish.name.as_str()).map_err(|_| "a device's name has no zero in it".to_owned())?;
    let open = |direction| Pcm::open(functions, &name, direction);
    let (mut playback, capture) = (open(Direction::Playback), open(Direction::Capture));
    if playback.is_err() && capture.is_ok() {
        // The device may have come between the two.
        playback = open(Direction::Playback);
    }
    let mut notices = Vec::new();
    let (playback, capture) = match (playback, capture) {
        (Err(first), Err(second)) => return Err(holder::explain(&wish.name, telling(first, second))),
        (Ok(playback), Err(error)) => {
            notices.extend(held("inputs", &wish.name, error));
            (Some(playback), None)
        }
        (Err(error), Ok(capture)) => {
            notices.extend(held("outputs", &wish.name, error));
            (None, Some(capture))
        }
        (Ok(playback), Ok(capture)) => (Some(playback), Some(capture)),
    };
    let asked_rate = wish.rate.unwrap_or(DEFAULT_RATE);
    let configure = |pcm, rate, wished| configure(pcm, rate, wish, wished);
    let playback = playback.map(|pcm| configure(pcm, asked_rate, wish.outputs)).transpose()?;
    let rate = playback.as_ref().map_or(asked_rate, |playback| playback.setup.rate);
    let capture = match (capture.map(|pcm| configure(pcm, rate, wish.inputs)).transpose(), &playback) {
        (Ok(Some(capture)), Some(_)) if capture.setup.rate != rate => {
            let rates = (capture.setup.rate, rate);
            notices.push(format!(
                "its inputs run at {} Hz and its outputs at {} Hz: without inputs",
                rates.0, rates.1
            ));
            None
        }
        (Err(reason), Some(_)) => {
            notices.push(format!("without inputs: {reason}"));
            None
        }
        (capture, _) => capture?,
    };
    join(wish, playback, capture, notices)
}

/// Of two errors the one that says more: "not there" is also what a card without that direction says.
fn telling(first: Errno, second: Errno) -> Errno {
    let absent = [Errno::NOENT, Errno::NODEV, Errno::NXIO, Errno::INVAL, Errno::NOSYS];
    if absent.contains(&first) { second } else { first }
}

/// What to say of a direction that is there and can't be had.
fn held(what: &str, name: &str, error: Errno) -> Option<String> {
    let held = matches!(error, Errno::BUSY | Errno::AGAIN | Errno::ACCESS | Errno::PERM);
    held.then(|| format!("its {what} are not used: {}", holder::explain(name, error)))
}

fn configure(pcm: Pcm, rate: u32, wish: &AlsaWish, channels: Option<usize>) -> Result<Configured, String> {
    let refused = |what: &str| {
        let name = wish.name.clone();
        let what = what.to_owned();
        move |error: Errno| format!("“{name}” refuses {what}: {}", holder::words(error))
    };
    let mut hardware = Hardware::any(&pcm).map_err(refused("to say what it can do"))?;
    hardware.no_resampling();
    let interleaved = hardware.set_access().map_err(refused("to be read and written"))?;
    let format = SampleFormat::ALL.into_iter().find(|format| hardware.set_format(format.number()));
    let format = format.ok_or_else(|| format!("“{}” has no format of sample that we know", wish.name))?;
    let there = hardware.channels().map_err(refused("to say its channels"))?;
    let channels =
        hardware.set_channels(wished_channels(there, channels)).map_err(refused("its channels"))?;
    let rate = hardware.set_rate(rate).map_err(refused("any rate"))?;
    let block = wish.block.unwrap_or(DEFAULT_BLOCK);
    let buffer = (block * BUFFER_BLOCKS).max(rate / BUFFER_PART);
    hardware.set_sizes(block, buffer).map_err(refused("any size of its buffer"))?;
    let (period, buffer) = hardware.install().map_err(refused("what it offered"))?;
    let channels = channels as usize;
    Ok(Configured { pcm, setup: Setup { rate, period, buffer, channels, format, interleaved } })
}

/// All that a card has; of a plugin that makes any number, those that are wished for.
fn wished_channels((least, most): (u32, u32), wished: Option<usize>) -> u32 {
    let most = if most > SENSELESS_CHANNELS { least.max(CHANNELS_OF_PLUGINS) } else { most };
    wished.map_or(most.min(MOST_CHANNELS as u32), |wished| wished as u32).max(least)
}

/// Both directions with one block.
fn join(
    wish: &AlsaWish,
    playback: Option<Configured>,
    capture: Option<Configured>,
    mut notices: Vec<String>,
) -> Result<Directions, String> {
    let setups = || playback.iter().chain(&capture).map(|it| &it.setup);
    let rate = setups().next().map_or(DEFAULT_RATE, |setup| setup.rate);
    let block = block_of(setups().map(|setup| setup.period).max().unwrap_or(0), wish.block)?;
    if let Some(setup) = setups().find(|setup| setup.buffer < BLOCKS_AHEAD * block) {
        return Err(format!(
            "“{}” holds {} frames: too few for blocks of {block}; choose a shorter block",
            wish.name, setup.buffer
        ));
    }
    if wish.rate.is_some_and(|wished| wished != rate) {
        notices.push(format!("“{}” has no rate nearer to what was chosen than {rate} Hz", wish.name));
    }
    let used =
        |there: usize, wished: Option<usize>| there.min(wished.unwrap_or(MOST_CHANNELS)).min(MOST_CHANNELS);
    let count = |it: &Option<Configured>, wished| it.as_ref().map_or(0, |it| used(it.setup.channels, wished));
    let (inputs, outputs) = (count(&capture, wish.inputs), count(&playback, wish.outputs));
    let alone = capture.is_none();
    let stream = |it: Configured, wake: usize| {
        install_wake(&it.pcm, wake, it.setup.buffer)
            .and_then(|()| Stream::new(it.pcm, it.setup, block))
            .map_err(|error| format!("“{}” can't be waited for: {}", wish.name, holder::words(error)))
    };
    let playback = playback.map(|it| {
        // Alone it wakes when one block is left to play; else the capture wakes, and this one is waited for only if full.
        let wake = if alone { it.setup.buffer - (BLOCKS_AHEAD - 1) * block } else { block };
        stream(it, wake)
    });
    Ok(Directions {
        playback: playback.transpose()?,
        capture: capture.map(|it| stream(it, block)).transpose()?,
        format: DeviceFormat { sample_rate: rate, block_frames: block as u32 },
        inputs,
        outputs,
        notice: (!notices.is_empty()).then(|| notices.join("; ")),
    })
}

/// A block is a period where that can be; shorter periods are gathered.
fn block_of(period: usize, wished: Option<u32>) -> Result<usize, String> {
    let largest = LARGEST_BLOCK_FRAMES as usize;
    match period {
        16.. if period <= largest => Ok(period),
        0..16 => Ok((wished.unwrap_or(DEFAULT_BLOCK) as usize).max(16)),
        _ => Err(format!("its blocks of {period} frames are out of range (16 to {largest})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_gives_all_its_channels_and_a_plugin_as_many_as_are_wished() {
        assert_eq!(wished_channels((2, 8), None), 8);
        assert_eq!(wished_channels((18, 18), Some(2)), 18);
        assert_eq!(wished_channels((1, 128), None), 64);
        assert_eq!(wished_channels((128, 128), None), 128);
        assert_eq!(wished_channels((1, 10_000), None), 2);
        assert_eq!(wished_channels((1, 10_000), Some(6)), 6);
    }

    #[test]
    fn a_block_is_a_period_where_that_can_be() {
        assert_eq!(block_of(240, Some(256)), Ok(240));
        assert_eq!(block_of(8, Some(64)), Ok(64));
        assert!(block_of(16_384, None).is_err());
    }

    #[test]
    fn the_more_telling_error_is_told() {
        assert_eq!(telling(Errno::NOENT, Errno::BUSY), Errno::BUSY);
        assert_eq!(telling(Errno::BUSY, Errno::NOENT), Errno::BUSY);
        assert_eq!(telling(Errno::NOENT, Errno::NOENT), Errno::NOENT);
    }
}
