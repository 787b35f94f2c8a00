//! What plays and hears: something that asks for a block at a steady pace.
//!
//! A device calls its [`BlockCallback`] on a thread of its own, once a period, with what came in and room for what goes
//! out: as many channels each way as it has. It knows nothing of graphs, songs or clients. Which device may call is the
//! [`Seat`]'s to say, so that one can take over from another between two blocks.

use std::time::Instant;

pub mod alsa;
pub mod jack;
pub mod keeper;
pub mod listing;
mod midi_cable;
mod seat;
pub mod settings;
mod virtual_device;

pub use seat::{Seat, Turn};
pub use virtual_device::{VirtualDevice, VirtualSetup};

/// Channels of the song's output and of everything that is rendered.
pub const CHANNELS: usize = 2;

/// Most channels that a device shows, each way; what it has beyond stays unused.
pub const MOST_CHANNELS: usize = 64;

/// Longest block a device may ask for, in frames.
pub const LARGEST_BLOCK_FRAMES: u32 = 8192;

/// What a device runs at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceFormat {
    /// In hertz.
    pub sample_rate: u32,
    /// Frames of a block, 16 to [`LARGEST_BLOCK_FRAMES`].
    pub block_frames: u32,
}

/// The device's own delays, in frames, as it reports or as they were measured.
///
/// What sounds in the room at a moment was in the output `output` frames before, and is in the input `input` frames later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the jack to the block that holds it.
    pub input: u32,
    /// From the block to the jack.
    pub output: u32,
}

/// A short MIDI message with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MidiMessage {
    /// Which input, by the number that its name has for as long as the process lives.
    pub port: u16,
    /// Frame of the block at which it came, or at which it is to leave.
    pub frame: u32,
    /// Frames by which it came before that: what the port's own way in took.
    pub early: u32,
    /// Bytes in use, 1 to 3.
    pub length: u8,
    /// A status byte and its data.
    pub bytes: [u8; 3],
}

/// One block: what the device heard, and what it is to play.
pub struct Block<'a> {
    /// Frames of this block: mostly the format's, never more than [`LARGEST_BLOCK_FRAMES`].
    pub frames: usize,
    /// Frames the device has counted before this block since it started, those it lost included.
    pub position: u64,
    /// What came in, one slice of `frames` samples for each channel.
    pub input: &'a [&'a [f32]],
    /// What goes out, one slice of `frames` samples for each channel, silent at the call.
    pub output: &'a mut [&'a mut [f32]],
    /// What came in at MIDI inputs, by ascending frame.
    pub midi: &'a [MidiMessage],
    /// As of now.
    pub latency: Latency,
    /// When the block's period began.
    pub start: Instant,
    /// When it ends: a callback that returns later is late.
    pub end: Instant,
    /// Times that the device could not keep its pace and lost time since the last block.
    pub xruns: u32,
}

/// What is called for each block. `[audio]`: neither allocates nor locks.
pub trait BlockCallback: Send {
    /// Fills the block's output.
    fn process(&mut self, block: &mut Block<'_>);

    /// Gives what leaves at MIDI ports in the block that was processed last, by ascending frame. A device that has ports
    /// calls it after each block, once.
    fn midi_out(&mut self, _give: &mut dyn FnMut(&MidiMessage)) {}
}

/// Which way a MIDI port goes, seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MidiDirection {
    /// A keyboard.
    Input,
    /// An instrument.
    Output,
}

/// A MIDI port of the world outside, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OuterPort {
    /// Unique in its direction.
    pub name: String,
    /// Which way.
    pub direction: MidiDirection,
    /// Hardware, and not another program.
    pub physical: bool,
    /// It was asked for, and messages pass.
    pub open: bool,
    /// Frames that its own way takes, from here to the instrument's jack or from the keyboard's to here.
    pub latency: u32,
}

/// A MIDI port that is to be open, and how messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPort {
    /// As in [`OuterPort`].
    pub name: String,
    /// Which way.
    pub direction: MidiDirection,
    /// Above 0, and never another port's as long as the process lives.
    pub number: u16,
}

/// A device that plays until it is dropped. `[control]`
pub trait Device: Send {
    /// What it is called, and what it is chosen by: "virtual", "jack:default", "alsa:hw:0".
    fn name(&self) -> &str;
    /// What it runs at.
    fn format(&self) -> DeviceFormat;
    /// Channels it hears, at most [`MOST_CHANNELS`].
    fn inputs(&self) -> usize;
    /// Channels it plays, at most [`MOST_CHANNELS`].
    fn outputs(&self) -> usize;
    /// Its delays as of now.
    fn latency(&self) -> Latency;
    /// Whether it hears what it plays.
    fn loops_back(&self) -> bool {
        false
    }
    /// What to do to get real-time priority; `None` if its thread has it.
    fn realtime_remedy(&self) -> Option<&str>;
    /// Why it plays no more, for people; `None` while it does. Asked a few hundred times a second.
    fn failure(&self) -> Option<String>;
    /// Whether it keeps what it plays on from everybody else, ourselves included, until it is dropped.
    fn is_exclusive(&self) -> bool {
        false
    }

    /// The MIDI ports that it reaches, as of the last look. Asked ten times a second.
    fn midi_ports(&self) -> Vec<OuterPort> {
        Vec::new()
    }
    /// Opens those of these ports that it reaches, as soon as they are there, and closes all others.
    fn open_midi(&self, _wanted: &[WantedPort]) {}
}

/// A device that is there and does not play yet. `[control]`
pub trait Opened: Send {
    /// What it will run at.
    fn format(&self) -> DeviceFormat;
    /// Lets it play: it calls `callback` until it is dropped.
    ///
    /// # Errors
    /// It does not play, for people.
    fn start(self: Box<Self>, callback: Box<dyn BlockCallback>) -> Result<Box<dyn Device>, String>;
}
