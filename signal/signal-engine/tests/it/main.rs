//! Signal as its clients meet it: real calls, real files, the virtual device.

mod alsa;
mod audition;
mod capture;
mod export;
mod fixture;
mod graphs;
mod hostile;
mod hostile_plugins;
mod leaving;
mod metronome;
mod midi;
mod plugins;
mod process;
mod recording;
mod render;
mod restart;
#[cfg(feature = "rtsan")]
mod rtsan;
mod transport;

signal_rt::guard_allocations!();
