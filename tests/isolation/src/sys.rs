//! What can't be said in safe words: memory shared with peers, foreign code in this process, and libjack. Decides nothing.

pub mod jack;
pub mod layouts;
pub mod plugin_file;
