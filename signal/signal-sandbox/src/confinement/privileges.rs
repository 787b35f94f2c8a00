//! What a process may do because of who it is: capabilities, dumps of its memory, its place in a session. All given up.

use std::io;

use rustix::{
    process::{DumpableBehavior, set_dumpable_behavior},
    thread::{
        CapabilitySet, CapabilitySets, capability_is_in_bounding_set, clear_ambient_capability_set,
        remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
    },
};

use super::{Hold, not};

/// Gives them up, for good: all capabilities but `kept`.
pub fn give_up(kept: CapabilitySet) -> Hold {
    drop_all_but(kept).map_or_else(not("capabilities"), |()| Hold::Whole)
}

fn drop_all_but(kept: CapabilitySet) -> io::Result<()> {
    // A group of its own, or a signal to "my group" would reach whoever started Loophole. It fails only in the child of one
    // that has done it.
    let _ = rustix::process::setsid();
    set_no_new_privs(true)?;
    for capability in CapabilitySet::all().iter() {
        // Some are newer than the kernel.
        if capability_is_in_bounding_set(capability).unwrap_or(false) {
            // Only who has CAP_SETPCAP may, and only who has any needs to.
            let _ = remove_capability_from_bounding_set(capability);
        }
    }
    // Older kernels have none.
    let _ = clear_ambient_capability_set();
    let inheritable = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable })?;
    // Nobody of the same user reads its memory, and it leaves no core.
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
