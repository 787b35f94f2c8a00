//! Pulse as its clients meet it: over a socket, killed and started again, with real files.

mod clients;
mod copies;
mod damage;
mod fixture;
mod grants;
mod incidents;
mod kills;
mod media;
mod midi_files;
mod opening;
mod random;
mod signal;
mod signal_end;
