//! What the musician hears and keeps when a process dies, one module a row of the process table; and that files and
//! scripts sound as they say.

mod arranges;
mod aura_dies;
mod checks_its_host;
mod doctor;
mod exports;
mod full_disk;
mod grants;
mod hostile_exports;
mod imports;
mod instruments;
mod late_blocks;
mod library;
mod loopback;
mod midi;
mod plays_what_it_renders;
mod pulse_dies;
mod recording;
mod sandbox_dies;
mod signal_dies;
mod slow_disk;
mod sound_servers;
mod supervisor_ends;
mod switches;
mod takes_survive;
