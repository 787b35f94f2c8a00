//! Sound from disk: decoded files, what of them is in memory, and the thread that reads ahead of the playhead.
//!
//! 1. The control thread takes a [`CachedSound`] for each file from [`Disk::sound`] and gives it to the players.
//! 2. It tells the thread which stretches of the song play which sounds ([`Disk::set_regions`]), and where play will start
//!    ([`Disk::prefetch`]).
//! 3. The thread keeps what is about to be played in memory; audio threads read it without waiting.
//!
//! A file that is missing, damaged or cut short is silence and a line in the log; it is looked for again, so that a file
//! which appears later sounds. Nothing here decodes or resamples.

mod cached_sound;
mod file_sound;
mod pcm_file;
mod reader;
mod window;

pub use cached_sound::CachedSound;
pub use file_sound::FileSound;
pub use pcm_file::PcmError;
pub use reader::Disk;
pub use window::RegionSpan;
