//! The types generated from Loophole's contracts in `chorus/proto`, and nothing written by hand.
//!
//! One module per contract package. `DESCRIPTORS` is the encoded `FileDescriptorSet` of all of them, comments
//! included, for reflection and for `loophole commands`.
#![allow(missing_docs, clippy::all, clippy::undocumented_unsafe_blocks)]

/// The encoded `google.protobuf.FileDescriptorSet` of every contract, with its comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! contracts {
    ($($package:ident: $name:tt),*) => {
        $(pub mod $package {
            pub mod v1 {
                tonic::include_proto!($name);
            }
        })*
    };
}

contracts!(
    aura: "loophole.aura.v1",
    common: "loophole.common.v1",
    pulse: "loophole.pulse.v1",
    sandbox: "loophole.sandbox.v1",
    signal: "loophole.signal.v1",
    supervisor: "loophole.supervisor.v1"
);
