//! Where the files are that a graph names: decoded sounds in the song's cache, plugins in this machine's folders.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use pulse_derive::{Grants, GraphDifference, GraphSpec, Locator, Node, PluginSlot, Sound};
use pulse_model::{ClapPlugin, Kind, Media, Project};
use units::SampleRate;

use crate::{
    library::{
        bundles::{self, MAX_DEPTH, SYSTEM_FOLDER},
        grants::GrantBook,
        incidents::Incidents,
    },
    media::cache::MediaCache,
    store::folder::SongFolder,
};

/// Looks for files when asked, so that what comes and goes is noticed.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// Of decoded sound.
    pub cache: &'a MediaCache,
    /// Of plugins on this machine.
    pub incidents: &'a Incidents,
    /// To plugins on this machine.
    pub grants: &'a GrantBook,
}

impl Locator for Files<'_> {
    fn sound(&self, media: &Media, rate: SampleRate) -> Option<Sound> {
        let (path, header) = self.cache.pcm(&media.hash, rate.hz())?;
        let (path, frames) = (path.to_str()?.to_owned(), i64::try_from(header.frames).ok()?);
        Some(Sound { path, frames })
    }

    fn bundle(&self, plugin: &ClapPlugin) -> Option<String> {
        let bundle = Path::new(&plugin.bundle);
        if bundle.is_absolute() {
            return Some(plugin.bundle.clone());
        }
        let found = bundles::folders().iter().find_map(|folder| bundles::search(folder, bundle, MAX_DEPTH));
        // Signal takes absolute paths alone; where there is nothing it says so of this device and plays the rest.
        found.unwrap_or_else(|| Path::new(SYSTEM_FOLDER).join(bundle)).to_str().map(ToOwned::to_owned)
    }

    fn runs_alone(&self, plugin: &ClapPlugin) -> bool {
        self.incidents.runs_alone(&plugin.plugin_id)
    }

    fn grants(&self, plugin: &ClapPlugin) -> Grants {
        self.grants.of(plugin)
    }
}

/// The media of a song that are not decoded at a rate, with their files.
#[must_use]
pub fn missing(
    project: &Project,
    rate: SampleRate,
    cache: &MediaCache,
    folder: &SongFolder,
) -> Vec<(Media, PathBuf)> {
    if project.count(Kind::Media) == 0 {
        return Vec::new();
    }
    let missing = project.all_media().filter(|media| cache.pcm(&media.hash, rate.hz()).is_none());
    missing.map(|media| (media.clone(), folder.root().join(&media.path))).collect()
}

/// The plugin states that a graph names, each once.
#[must_use]
pub fn states(difference: &GraphDifference) -> BTreeSet<String> {
    let slots = difference.nodes.iter().flat_map(|(_, node)| match node {
        Node::PluginChain(slots) => slots.as_slice(),
        _ => &[],
    });
    slots.map(|slot| slot.state.clone()).filter(|state| !state.is_empty()).collect()
}

/// The plugin states that a whole graph names.
#[must_use]
pub fn named_states(spec: &GraphSpec) -> BTreeSet<String> {
    slots(spec).map(|slot| slot.state.clone()).filter(|state| !state.is_empty()).collect()
}

/// The devices of its plugins.
#[must_use]
pub fn devices(spec: &GraphSpec) -> BTreeSet<u64> {
    slots(spec).map(|slot| slot.device.0).collect()
}

fn slots(spec: &GraphSpec) -> impl Iterator<Item = &PluginSlot> {
    let chains = spec.nodes.values().filter_map(|node| match node {
        Node::PluginChain(slots) => Some(slots),
        _ => None,
    });
    chains.flatten()
}

/// Leaves a state that can't be had out of a graph: its plugin starts as it is.
pub fn forget_state(difference: &mut GraphDifference, state: &str) {
    for (_, node) in &mut difference.nodes {
        if let Node::PluginChain(slots) = node {
            for slot in slots.iter_mut().filter(|slot| slot.state == state) {
                slot.state.clear();
            }
        }
    }
}
