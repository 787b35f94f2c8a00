//! Files of other programs, on their way into the song.
//!
//! `smf` reads Standard MIDI files into plain tracks of notes and events; `plan` says which commands make them tracks of
//! the song. Neither changes one: the main loop carries the commands out, one transaction a file.

pub mod plan;
pub mod smf;
