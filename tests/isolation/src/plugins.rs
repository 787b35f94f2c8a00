//! The plugins that are hosted: our own gain, which costs next to nothing, and three of Debian's zam-plugins.

use std::path::PathBuf;

use anyhow::Context as _;
use signal_graph::PluginSlot;

use crate::sys::plugin_file;

/// Which plugins of a song run in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Those of a chain.
    Chain,
    /// None.
    Plugin,
    /// Those of one vendor: all plugins here are.
    Vendor,
    /// All.
    Shared,
}

impl Sharing {
    /// The name of the process, as graphs have it.
    fn process(self, device: u64) -> String {
        match self {
            Self::Chain => String::new(),
            Self::Plugin => format!("device:{device}"),
            Self::Vendor => "vendor:Tests".to_owned(),
            Self::Shared => "shared".to_owned(),
        }
    }
}

/// A plugin in a file.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// The file.
    pub bundle: PathBuf,
    /// Its id in there.
    pub id: String,
    /// With whom it shares a process.
    pub sharing: Sharing,
}

impl Plugin {
    /// The same with others in its process.
    #[must_use]
    pub fn shared_by(self, sharing: Sharing) -> Self {
        Self { sharing, ..self }
    }

    /// As a graph names it.
    #[must_use]
    pub fn slot(&self, device: u64) -> PluginSlot {
        PluginSlot {
            device,
            plugin_id: self.id.clone(),
            bundle: self.bundle.clone(),
            parameters: Vec::new(),
            process: self.sharing.process(device),
            ..PluginSlot::default()
        }
    }
}

/// The gain of our test plugins.
///
/// # Errors
/// It has not been built.
pub fn gain() -> anyhow::Result<Plugin> {
    let bundle = e2e::home::program("libtest_plugin.so")?;
    Ok(Plugin { bundle, id: "test.gain".to_owned(), sharing: Sharing::Chain })
}

/// A track's chain as musicians have it: gate, compressor, equaliser.
///
/// # Errors
/// Debian's zam-plugins are not installed.
pub fn zam_chain() -> anyhow::Result<Vec<Plugin>> {
    ["ZamGate", "ZamComp", "ZamEQ2"].into_iter().map(zam).collect()
}

fn zam(name: &str) -> anyhow::Result<Plugin> {
    let bundle = PathBuf::from(format!("/usr/lib/clap/{name}.clap"));
    let entry = plugin_file::load(&bundle)?;
    let factory = entry.get_plugin_factory().context("a file without plugins")?;
    let id = factory.plugin_descriptor(0).and_then(|plugin| plugin.id()).context("a plugin without id")?;
    Ok(Plugin { bundle, id: id.to_str()?.to_owned(), sharing: Sharing::Chain })
}
