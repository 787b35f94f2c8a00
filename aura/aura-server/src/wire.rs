//! Everything that touches messages of the contracts: what a page says, what it is told, and the others that are asked on
//! its behalf. Messages are relayed in the contract's own shape; nothing here knows what a song is.

mod feeds;
mod gestures;
mod library;
mod limits;
mod message;
pub mod page;
mod requests;
mod shared;
mod songs;

pub use shared::Shared;
