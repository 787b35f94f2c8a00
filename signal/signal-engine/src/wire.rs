//! Where messages become Signal's own types and back. Generated types are named here and below alone.

mod device_stream;
mod export;
pub mod graph;
mod graph_stream;
mod recording;
mod render;
mod service;
mod status;

pub use service::{Calls, serve};
