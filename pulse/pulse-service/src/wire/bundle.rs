//! What a sandbox says of a bundle; see describe.proto. What can't be read ends it: the process that wrote it runs foreign
//! code.

use chorus::sandbox::v1::{BundleMessage, bundle_message::Kind};
use prost::Message as _;

use crate::library::scan::PluginFacts;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The bundle lists a plugin.
    Listed(PluginFacts),
    /// It could be made, or why not.
    Started {
        /// Which.
        plugin_id: String,
        /// How many it has.
        parameters: u32,
        /// Empty if it could.
        error: String,
    },
    /// The bundle can't be used.
    Error(String),
    /// Nothing is missing.
    End,
}

/// All messages in `bytes`, up to the first that is none.
pub fn read(mut bytes: &[u8]) -> Vec<Said> {
    let mut all = Vec::new();
    while !bytes.is_empty()
        && let Ok(BundleMessage { kind: Some(kind) }) = BundleMessage::decode_length_delimited(&mut bytes)
    {
        all.push(match kind {
            Kind::Listed(plugin) => Said::Listed(PluginFacts {
                plugin_id: plugin.plugin_id,
                name: plugin.name,
                vendor: plugin.vendor,
                version: plugin.version,
                description: plugin.description,
                features: plugin.features,
                parameters: 0,
                trouble: String::new(),
            }),
            Kind::Started(started) => Said::Started {
                plugin_id: started.plugin_id,
                parameters: started.parameters,
                error: started.error,
            },
            Kind::Error(error) => Said::Error(error),
            Kind::End(_) => Said::End,
        });
    }
    all
}
