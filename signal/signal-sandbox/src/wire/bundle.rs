//! What is said of a bundle, as messages on standard output; see describe.proto.

use std::{
    fs::File,
    io::{self, Write as _},
};

use chorus::sandbox::v1::{BundleEnd, BundleMessage, PluginListed, PluginStarted, bundle_message::Kind};
use prost::Message as _;

/// A plugin as its bundle lists it.
#[derive(Debug)]
pub struct Listed {
    pub plugin_id: String,
    pub name: String,
    pub vendor: String,
    pub version: String,
    pub description: String,
    pub features: Vec<String>,
}

/// The pipe to whoever asked.
#[derive(Debug)]
pub struct BundleWire {
    pipe: File,
}

impl BundleWire {
    /// Writes to `pipe`.
    pub fn new(pipe: File) -> Self {
        Self { pipe }
    }

    /// One plugin more.
    pub fn listed(&mut self, listed: Listed) -> io::Result<()> {
        let Listed { plugin_id, name, vendor, version, description, features } = listed;
        self.send(Kind::Listed(PluginListed { plugin_id, name, vendor, version, description, features }))
    }

    /// How many parameters it has, or why it could not be made.
    pub fn started(&mut self, plugin_id: String, parameters: Result<u32, String>) -> io::Result<()> {
        let (parameters, error) = match parameters {
            Ok(parameters) => (parameters, String::new()),
            Err(error) => (0, error),
        };
        self.send(Kind::Started(PluginStarted { plugin_id, error, parameters }))
    }

    /// The bundle can't be used.
    pub fn error(&mut self, error: String) -> io::Result<()> {
        self.send(Kind::Error(error))
    }

    /// Nothing is missing.
    pub fn end(&mut self) -> io::Result<()> {
        self.send(Kind::End(BundleEnd {}))
    }

    fn send(&mut self, kind: Kind) -> io::Result<()> {
        self.pipe.write_all(&BundleMessage { kind: Some(kind) }.encode_length_delimited_to_vec())
    }
}
