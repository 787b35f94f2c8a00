//! The model from outside: commands in, text out, everything undone and redone on the way.

mod clips;
mod devices;
mod format;
mod history;
mod loading;
mod outline;
mod properties;
mod refusals;
mod removal;
mod script;
mod song;
mod tracks;
