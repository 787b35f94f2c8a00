//! The song on disk: rules S1, S3 and S8, as chorus/data-model.md describes them.
//!
//! `journal` is the truth, `text` the readable form beside it, `open` finds the newest state that can be verified, and
//! `writer` is the thread that gives every transaction to the disk before anybody is told that it happened.
//! Nothing here checks what a transaction means: that is the model's.

pub mod body;
pub mod checkpoint;
pub mod durable;
pub mod folder;
pub mod journal;
pub mod lock;
pub mod open;
pub mod states;
pub mod text;
pub mod writer;
