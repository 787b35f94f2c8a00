//! Chains of plugins as the engine plays them: real processes, killed, stopped, hung and made to scribble.

mod back_again;
mod changes;
mod escape;
mod features;
mod hostile;
mod isolation;
mod kills;
mod leaks;
mod offline;
mod reuse;
mod rig;

signal_rt::guard_allocations!();
