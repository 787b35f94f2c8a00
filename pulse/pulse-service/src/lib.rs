//! The process that owns the song: it keeps it on disk, changes it when asked, and tells everybody what happened.
//!
//! 1. [`run`] locks the song's folder, finds the newest state that can be verified, and starts the journal's thread.
//! 2. The main loop has a thread of its own and is the only one that changes the song. Calls reach it as events through
//!    a bounded channel; each change is a transaction that is in the journal before it is answered or published.
//! 3. Beside it run the calls of clients, the decoding of sounds (in processes of their own) and the link to Signal.
//!    They read from snapshots of the song and never hold it up.
//! 4. When it is told to end, it finishes what it has accepted, writes the text of the song and ends.
//!
//! ```no_run
//! use pulse_service::{Config, run};
//!
//! async fn serve_a_song(socket: std::os::unix::net::UnixListener) -> anyhow::Result<()> {
//!     let mut config = Config::new("Song.loophole".into());
//!     config.create = Some("Song".to_owned());
//!     run(link::Listener::from_unix(socket)?, config, std::future::pending()).await
//! }
//! ```
//!
//! What a command means is the model's matter (`pulse-model`), what Signal is told the derivation's (`pulse-derive`).

pub mod copy;
pub mod graph;
pub mod import;
pub mod library;
pub mod main_loop;
pub mod media;
pub mod options;
pub mod serve;
pub mod signal_link;
pub mod song;
pub mod store;
pub mod subscribers;
mod sys;
pub mod takes;
mod wire;

pub use serve::{Config, run};
