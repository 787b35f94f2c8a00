//! Makes the nodes of a graph: built-ins here, plugin chains in sandboxes; for the device and for rendering.
//!
//! It checks no graph and keeps none: `signal_graph` says what is to be made.

use std::sync::Arc;

use signal_graph::{AudioRegion, Content, Node, NodeId, NodeKind, NoteRegion, Workshop};
use signal_nodes::meter::Meter;
use signal_nodes::sound::{DiskLate, Library, ReadAhead};
use signal_nodes::workshop::{self, Setting};

use crate::disk::Disk;
use crate::meters::MeterSlots;
use crate::refusal::Refusal;
use crate::render::{OfflineSetup, RenderSetup};
use crate::state_store::StateStore;

/// Makes nodes that a device plays. `[control]`
pub struct LiveWorkshop<'a> {
    /// What nodes are made for.
    pub setting: &'a Setting,
    /// Where sound comes from.
    pub disk: &'a mut Disk,
    /// Where strips show their peaks.
    pub meters: &'a mut MeterSlots,
}

impl Workshop for LiveWorkshop<'_> {
    fn make(&mut self, id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        if let NodeKind::PluginChain(_) = kind {
            return Err("no sandboxes".into());
        }
        workshop::make(kind, self.setting, || self.meters.assign(id))
    }

    fn audio_content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> Result<Content, String> {
        Ok(Box::new(self.disk.content(player, regions)))
    }

    fn note_content(&mut self, _: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }
}

/// Makes nodes that render, and feeds them. `[control]`
pub struct OfflineWorkshop<'a> {
    offline: &'a OfflineSetup,
    states: StateStore,
    setting: Setting,
    library: Library,
    read_ahead: ReadAhead,
}

impl<'a> OfflineWorkshop<'a> {
    /// With the states that chains start from.
    pub fn new(offline: &'a OfflineSetup, setup: &RenderSetup, states: StateStore) -> Self {
        let setting = Setting {
            sample_rate: setup.sample_rate,
            max_frames: setup.blocks.frames as usize,
            late: Arc::new(DiskLate::default()),
        };
        let library = Library::new(setup.sample_rate);
        Self { offline, states, setting, library, read_ahead: ReadAhead::default() }
    }

    /// Waits until every plugin is loaded. Nothing more is made afterwards.
    ///
    /// # Errors
    /// One that can't be: a render without it would be another song.
    pub fn finish(&mut self) -> Result<(), Refusal> {
        self.read_ahead = self.library.read_ahead();
        Ok(())
    }

    /// Brings the sound of the next block into memory.
    ///
    /// # Errors
    /// The disk's.
    pub fn feed(&self, position: i64, frames: usize) -> Result<(), Refusal> {
        let stretch = (position, position.saturating_add(frames as i64));
        let read = self.read_ahead.run(&[stretch]);
        read.map(drop).map_err(|error| Refusal::failed(format!("sound can't be read from disk: {error}")))
    }

    /// Whether everything so far is as it should be.
    ///
    /// # Errors
    /// Sound that was not in memory, or a sandbox that died or hung.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.setting.late.count() > 0 {
            return Err(Refusal::failed("one file sounds in too many places at once"));
        }
        Ok(())
    }
}

impl Workshop for OfflineWorkshop<'_> {
    fn make(&mut self, _: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        if let NodeKind::PluginChain(_) = kind {
            return Err("no sandboxes".into());
        }
        workshop::make(kind, &self.setting, || Arc::new(Meter::default()))
    }

    fn audio_content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> Result<Content, String> {
        let content = self.library.content(player, regions);
        let content = content.map_err(|(path, error)| format!("{}: {error}", path.display()))?;
        Ok(Box::new(content))
    }

    fn note_content(&mut self, _: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }
}
