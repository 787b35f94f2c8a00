//! The model from outside: commands in, text out, everything undone and redone on the way.

mod clip_shapes;
mod clips;
mod devices;
mod format;
mod groups;
mod history;
mod loading;
mod midi_output;
mod outline;
mod plugin_changes;
mod properties;
mod refusals;
mod removal;
mod script;
mod song;
mod tracks;
