//! Makes the nodes of a graph: built-ins here, plugin chains in sandboxes; for the device and for rendering.
//!
//! It checks no graph and keeps none: `signal_graph` says what is to be made.

use std::sync::Arc;

use signal_graph::{
    AudioRegion, BuiltinSpec, Content, Node, NodeId, NodeKind, NoteRegion, PluginSlot, Workshop,
};
use signal_nodes::meter::Meter;
use signal_nodes::midi_out::MidiOut;
use signal_nodes::monitor::Monitor;
use signal_nodes::notes::NotePlayer;
use signal_nodes::sound::{DiskLate, Library};
use signal_nodes::workshop::{self, Setting};
use tokio::sync::mpsc;

use crate::device_sounds::DeviceSounds;
use crate::disk::Disk;
use crate::export::StemTaps;
use crate::meters::MeterSlots;
use crate::midi::control::MidiControl;
use crate::recording::RecordingControl;
use crate::refusal::Refusal;
use crate::render::{Loading, OfflineSetup, RenderSetup};
use crate::sandbox::{self, Sandboxes};
use crate::state_store::{StateHash, StateStore};

/// Makes nodes that a device plays. `[control]`
pub struct LiveWorkshop<'a> {
    /// What nodes are made for.
    pub setting: &'a Setting,
    /// Where sound comes from.
    pub disk: &'a mut Disk,
    /// Where strips show their peaks.
    pub meters: &'a mut MeterSlots,
    /// Where plugins run.
    pub sandboxes: &'a mut Sandboxes,
    /// What plugins are restored from.
    pub states: &'a StateStore,
    /// What comes in.
    pub recording: &'a mut RecordingControl,
    /// What goes out to MIDI ports.
    pub midi: &'a mut MidiControl,
    /// What instruments play.
    pub sounds: &'a mut DeviceSounds,
}

impl Workshop for LiveWorkshop<'_> {
    fn make(&mut self, id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        match kind {
            NodeKind::PluginChain(slots) => chain(self.sandboxes, self.states, id, slots),
            NodeKind::MidiOutput(output) => {
                let live = self.recording.queues().of(output.note_player);
                Ok(Box::new(MidiOut::new(self.midi.line(id), live)))
            }
            NodeKind::NotePlayer => Ok(Box::new(NotePlayer::listening(self.recording.queues().of(id)))),
            NodeKind::AudioInput(spec) => {
                let Setting { sample_rate, max_frames, .. } = *self.setting;
                let input = Some(self.recording.input());
                Ok(Box::new(Monitor::new(spec.clone(), input, max_frames, sample_rate)))
            }
            _ => workshop::make(kind, self.setting, || self.meters.assign(id)),
        }
    }

    fn audio_content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> Result<Content, String> {
        Ok(Box::new(self.disk.content(player, regions)))
    }

    fn note_content(&mut self, _: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }

    fn device_content(&mut self, device: NodeId, spec: &BuiltinSpec) -> Result<Option<Content>, String> {
        Ok(self.sounds.content(device, spec, self.setting.sample_rate))
    }
}

/// Makes nodes that render, and feeds them. `[control]`
pub struct OfflineWorkshop<'a> {
    offline: &'a OfflineSetup,
    states: StateStore,
    setting: Setting,
    library: Library,
    stems: StemTaps,
    threads: u32,
    loading: Option<Loading>,
    sounds: DeviceSounds,
    /// Started with the first chain: most renders of tests and of built-ins need none.
    sandboxes: Option<Sandboxes>,
}

impl<'a> OfflineWorkshop<'a> {
    /// With the states that chains start from.
    pub fn new(offline: &'a OfflineSetup, setup: &RenderSetup, states: StateStore) -> Self {
        let setting = Setting {
            sample_rate: setup.sample_rate,
            max_frames: setup.blocks.frames as usize,
            late: Arc::new(DiskLate::default()),
        };
        let library = Library::frugal(setup.sample_rate);
        let files = setup.export.iter().flat_map(|export| &export.files);
        let stems = StemTaps::new(files.filter_map(|file| file.node).collect(), setting.max_frames);
        Self {
            offline,
            states,
            setting,
            library,
            stems,
            threads: setup.threads,
            loading: None,
            sounds: DeviceSounds::default(),
            sandboxes: None,
        }
    }

    /// Nothing more will be made.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn finish(&mut self) -> Result<(), Refusal> {
        let loading = Loading::new(self.library.read_ahead(), self.threads);
        self.loading =
            Some(loading.map_err(|error| Refusal::failed(format!("no thread to read sound: {error}")))?);
        Ok(())
    }

    /// The strips that are listened to.
    pub fn stems(&mut self) -> &mut StemTaps {
        &mut self.stems
    }

    /// Brings the sound of the next block into memory.
    ///
    /// # Errors
    /// The disk's.
    pub fn feed(&mut self, position: i64, frames: usize) -> Result<(), Refusal> {
        let fed = self.loading.as_mut().map_or(Ok(()), |loading| loading.feed(position, frames));
        fed.map_err(|error| Refusal::failed(format!("sound can't be read from disk: {error}")))
    }

    /// Whether everything so far is as it should be.
    ///
    /// # Errors
    /// Sound that was not in memory, or a sandbox that died or hung.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.setting.late.count() > 0 {
            return Err(Refusal::failed("one file sounds in too many places at once"));
        }
        self.sandboxes.as_ref().map_or(Ok(()), Sandboxes::check).map_err(Refusal::failed)
    }
}

/// What happens to plugins while rendering is asked after each block; events that nobody takes are kept up to a bound.
fn start_sandboxes(offline: &OfflineSetup, setting: &Setting) -> Result<Sandboxes, String> {
    let setup = sandbox::Setup {
        binary: offline.sandbox_binary.clone(),
        sample_rate: setting.sample_rate,
        max_frames: setting.max_frames as u32,
        offline: true,
    };
    let (events, _) = mpsc::channel(1);
    Sandboxes::start(setup, events).map_err(|error| format!("plugins can't be hosted: {error}"))
}

fn chain(
    sandboxes: &mut Sandboxes,
    states: &StateStore,
    id: NodeId,
    slots: &[PluginSlot],
) -> Result<Box<dyn Node>, String> {
    let state = |hash: &str| StateHash::parse(hash).and_then(|hash| states.get(hash));
    let node = sandboxes.chain(id, slots, &state).map_err(|error| error.to_string())?;
    Ok(Box::new(node))
}

impl Workshop for OfflineWorkshop<'_> {
    fn make(&mut self, id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        match kind {
            NodeKind::PluginChain(slots) => {
                let sandboxes = match &mut self.sandboxes {
                    Some(sandboxes) => sandboxes,
                    none => none.insert(start_sandboxes(self.offline, &self.setting)?),
                };
                chain(sandboxes, &self.states, id, slots)
            }
            _ => {
                let node = workshop::make(kind, &self.setting, || Arc::new(Meter::default()))?;
                Ok(self.stems.tapped(id, node))
            }
        }
    }

    fn audio_content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> Result<Content, String> {
        let content = self.library.content(player, regions);
        let content = content.map_err(|(path, error)| format!("{}: {error}", path.display()))?;
        Ok(Box::new(content))
    }

    fn note_content(&mut self, _: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }

    fn device_content(&mut self, device: NodeId, spec: &BuiltinSpec) -> Result<Option<Content>, String> {
        let content = self.sounds.content(device, spec, self.setting.sample_rate);
        match self.sounds.problem(device) {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(content),
        }
    }
}
