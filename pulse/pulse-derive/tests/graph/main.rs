//! The derived graph from outside: songs made by commands in, graphs as text out.

mod differences;
mod fixture;
mod isolation;
mod performance;
mod properties;
mod ranges;
mod regions;
mod routing;
mod solo;
