//! Everything the audio thread hears, on its way to the recorder's thread, without a lock.
//!
//! Two rings: samples, and entries that say what they are. Where samples find no room they are left out, and an entry says
//! so: the way of the song and notes go on, and the recorder puts exactly that much silence in their place. A block for
//! which there is not even room to say so is left out as a whole; the next one's frame number tells how much is missing.

use signal_graph::Piece;
use signal_rt::rtrb::{Consumer, Producer, RingBuffer};

/// Sound the ring holds, in seconds: a disk that stalls longer loses frames.
const RING_SECONDS: usize = 4;
/// Entries under way: at 16 frames a block, 3,000 blocks a second with two entries each.
const ENTRIES: usize = 32_768;

/// What the audio thread tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// A device's block; its samples follow in the other ring, channel by channel.
    Block {
        /// Number of its first frame since Signal started.
        frame: u64,
        /// Frames of it.
        frames: u32,
    },
    /// A device's block whose samples found no room.
    Lost {
        /// Number of its first frame since Signal started.
        frame: u64,
        /// Frames of it.
        frames: u32,
    },
    /// Where the song was during the block, or a part of it.
    Piece {
        /// Number of its first frame.
        frame: u64,
        /// Frames and song position.
        piece: Piece,
        /// What is being recorded; 0: nothing.
        session: u64,
        /// Frames by which sound played along to it comes in later.
        delay: u32,
        /// Frames by which notes played along to it come in later.
        note_delay: u32,
    },
    /// A message of a keyboard.
    Midi {
        /// When.
        frame: u64,
        /// From where.
        midi: MidiIn,
    },
}

/// A message of a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiIn {
    /// For this track alone; 0: for all that listen to the port.
    pub track: u64,
    /// Which port; 0 is the page's keyboard.
    pub port: u16,
    /// Frame of the next block.
    pub offset: u32,
    /// Frames by which it was played before that: what the way here took.
    pub early: u32,
    /// Status byte first; unused bytes are 0.
    pub data: [u8; 3],
}

/// The audio thread's end. `[audio]`
#[derive(Debug)]
pub struct Feed {
    entries: Producer<Entry>,
    samples: Producer<f32>,
    channels: Vec<u32>,
}

/// The recorder's end.
#[derive(Debug)]
pub struct FeedReader {
    /// What happened.
    pub entries: Consumer<Entry>,
    /// The samples of blocks.
    pub samples: Consumer<f32>,
    /// Of the device, from 0, in the order of the samples.
    pub channels: Vec<u32>,
}

/// One block, as the audio thread knows it.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// Number of its first frame.
    pub frame: u64,
    /// Frames of it.
    pub frames: usize,
    /// Where the song was.
    pub pieces: &'a [Piece],
    /// What is being recorded.
    pub session: u64,
    /// Frames by which sound played along comes in later: input, output and compensation.
    pub delay: u32,
    /// Frames by which notes played along come in later: output and compensation.
    pub note_delay: u32,
    /// What keyboards sent.
    pub midi: &'a [MidiIn],
}

/// Makes both ends for these channels of the device. `[control]`
pub fn feed(channels: Vec<u32>, sample_rate: u32) -> (Feed, FeedReader) {
    let (entries, incoming) = RingBuffer::new(ENTRIES);
    let (samples, sound) = RingBuffer::new((RING_SECONDS * sample_rate as usize * channels.len()).max(1));
    let reader = FeedReader { entries: incoming, samples: sound, channels: channels.clone() };
    (Feed { entries, samples, channels }, reader)
}

impl Feed {
    /// Hands a block over, without its samples if they find no room. `input` gives the samples of a channel of the device;
    /// a channel that it does not have is silent.
    pub fn push<'a>(&mut self, heard: &Heard<'_>, input: impl Fn(u32) -> Option<&'a [f32]>) {
        let entries = 1 + heard.pieces.len() + heard.midi.len();
        if self.entries.slots() < entries {
            return;
        }
        let (first, frames) = (heard.frame, heard.frames as u32);
        let fits = self.samples.slots() >= heard.frames * self.channels.len();
        for channel in self.channels.iter().filter(|_| fits) {
            let samples = input(*channel).unwrap_or(&[]);
            if let Ok(chunk) = self.samples.write_chunk_uninit(heard.frames) {
                let silence = std::iter::repeat(&0.0);
                chunk.fill_from_iter(samples.iter().chain(silence).take(heard.frames).copied());
            }
        }
        let block = match fits {
            true => Entry::Block { frame: first, frames },
            false => Entry::Lost { frame: first, frames },
        };
        let _ = self.entries.push(block);
        for midi in heard.midi {
            let frame = (first + u64::from(midi.offset)).saturating_sub(u64::from(midi.early));
            let _ = self.entries.push(Entry::Midi { frame, midi: *midi });
        }
        let mut frame = first;
        for piece in heard.pieces {
            let Heard { session, delay, note_delay, .. } = *heard;
            let _ = self.entries.push(Entry::Piece { frame, piece: *piece, session, delay, note_delay });
            frame += piece.frames as u64;
        }
    }
}
