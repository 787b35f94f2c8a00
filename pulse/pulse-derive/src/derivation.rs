//! The graph of a song, kept up to date edit by edit. It knows which updates touch what; how a part is derived is in
//! `topology`, `region` and `timeline`.

use crate::difference::GraphDifference;
use crate::layers::Layers;
use crate::recording::Recording;
use crate::region::{Locator, Region};
use crate::spec::GraphSpec;
use crate::timeline::Timeline;
use crate::topology::Topology;
use pulse_model::{ClipContent, Entity, Id, Project, Update};
use std::collections::{BTreeMap, BTreeSet};
use units::SampleRate;

/// Derives the whole graph of a song.
pub fn derive(project: &Project, rate: SampleRate, locator: &dyn Locator) -> GraphSpec {
    Derivation::new(project, rate, locator).spec
}

/// A song's graph at one sample rate.
///
/// **Invariant:** [`Derivation::spec`] equals what [`derive`] gives for the project that was last passed in, if every
/// transaction in between was passed in too.
#[derive(Clone, Debug)]
pub struct Derivation {
    rate: SampleRate,
    spec: GraphSpec,
}

/// What updates touch.
#[derive(Default)]
struct Touched {
    tracks: bool,
    tempo: bool,
    timeline: bool,
    clips: BTreeSet<Id>,
    /// Tracks whose clips may lie on top of each other otherwise than before.
    layers: BTreeSet<Id>,
    media: BTreeSet<Id>,
}

impl Derivation {
    /// Derives the whole graph. Costs by the length of the song.
    pub fn new(project: &Project, rate: SampleRate, locator: &dyn Locator) -> Self {
        let Topology { nodes, edges } = Topology::of(project, rate, locator);
        let timeline = Timeline::of(project, rate);
        let spec = GraphSpec {
            nodes,
            edges,
            audio_regions: BTreeMap::new(),
            note_regions: BTreeMap::new(),
            timeline,
            recording: Recording::of(project, rate),
        };
        let mut derivation = Self { rate, spec };
        let mut layers = Layers::new(project);
        for clip in project.clips() {
            derivation.set_region(clip.id, Region::of(&mut layers, clip, rate, locator));
        }
        derivation
    }

    /// The graph as it is now.
    pub fn spec(&self) -> &GraphSpec {
        &self.spec
    }

    /// Of every position in the graph.
    pub fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    /// Brings the graph up to date with updates that were applied to the project, and says what changed in it.
    pub fn update(
        &mut self,
        project: &Project,
        updates: &[Update],
        locator: &dyn Locator,
    ) -> GraphDifference {
        let mut touched = Touched::by(updates);
        if touched.tempo {
            touched.clips.extend(self.spec.audio_regions.keys().chain(self.spec.note_regions.keys()));
            touched.clips.extend(project.clips().map(|clip| clip.id));
        }
        touched
            .clips
            .extend(touched.media.iter().flat_map(|media| project.clips_playing(*media)).map(|clip| clip.id));
        let neighbours = touched.layers.iter().flat_map(|track| project.clips_of(*track));
        let audio = neighbours.filter(|clip| matches!(clip.content, ClipContent::Audio(_)));
        touched.clips.extend(audio.map(|clip| clip.id));
        touched.tracks |= touched.media.iter().any(|media| project.devices_playing(*media).next().is_some());
        self.rederive(project, touched, locator)
    }

    /// Brings in clips and devices whose media has been decoded, or is decoded no more, at this rate.
    pub fn media_changed(&mut self, project: &Project, media: Id, locator: &dyn Locator) -> GraphDifference {
        let clips = project.clips_playing(media).map(|clip| clip.id).collect();
        let tracks = project.devices_playing(media).next().is_some();
        self.rederive(project, Touched { clips, tracks, ..Touched::default() }, locator)
    }

    /// Asks about every plugin again, after plugins came or went on this machine, or one crashed or was forgiven.
    pub fn plugins_changed(&mut self, project: &Project, locator: &dyn Locator) -> GraphDifference {
        self.rederive(project, Touched { tracks: true, ..Touched::default() }, locator)
    }

    fn rederive(&mut self, project: &Project, touched: Touched, locator: &dyn Locator) -> GraphDifference {
        let mut difference = GraphDifference::default();
        let mut old = self.parts_before(&touched);
        if touched.tracks {
            let Topology { nodes, edges } = Topology::of(project, self.rate, locator);
            old.nodes = std::mem::replace(&mut self.spec.nodes, nodes);
            old.edges = std::mem::replace(&mut self.spec.edges, edges);
            difference.compare_topology(&old, &self.spec);
        }
        let mut layers = Layers::new(project);
        for id in &touched.clips {
            let region = project
                .clip(*id)
                .map_or(Region::Silent, |clip| Region::of(&mut layers, clip, self.rate, locator));
            self.set_region(*id, region);
            difference.compare_region(*id, &old, &self.spec);
        }
        if touched.timeline || touched.tempo || !touched.clips.is_empty() {
            let timeline = Timeline::of(project, self.rate);
            if timeline != self.spec.timeline {
                difference.timeline = Some(timeline.clone());
                self.spec.timeline = timeline;
            }
        }
        if touched.tracks || touched.timeline || touched.tempo {
            let recording = Recording::of(project, self.rate);
            if recording != self.spec.recording {
                difference.recording = Some(recording.clone());
                self.spec.recording = recording;
            }
        }
        difference
    }

    /// The regions that may change, to compare with.
    fn parts_before(&self, touched: &Touched) -> GraphSpec {
        let audio = |id: &Id| Some((*id, self.spec.audio_regions.get(id)?.clone()));
        let notes = |id: &Id| Some((*id, self.spec.note_regions.get(id)?.clone()));
        GraphSpec {
            nodes: BTreeMap::new(),
            edges: BTreeSet::new(),
            audio_regions: touched.clips.iter().filter_map(audio).collect(),
            note_regions: touched.clips.iter().filter_map(notes).collect(),
            timeline: self.spec.timeline.clone(),
            recording: Recording::default(),
        }
    }

    fn set_region(&mut self, id: Id, region: Region) {
        self.spec.audio_regions.remove(&id);
        self.spec.note_regions.remove(&id);
        match region {
            Region::Audio(region) => {
                self.spec.audio_regions.insert(id, region);
            }
            Region::Notes(region) => {
                self.spec.note_regions.insert(id, region);
            }
            Region::Silent => {}
        }
    }
}

impl Touched {
    fn by(updates: &[Update]) -> Self {
        let isolation = |entity: &Entity| match entity {
            Entity::Song(song) => Some(song.isolation),
            _ => None,
        };
        let isolates = |update: &Update| {
            update.before.as_ref().and_then(isolation) != update.after.as_ref().and_then(isolation)
        };
        let mut touched = Self { tracks: updates.iter().any(isolates), ..Self::default() };
        for entity in updates.iter().flat_map(|update| update.before.iter().chain(&update.after)) {
            match entity {
                Entity::Song(_) | Entity::SignaturePoint(_) => touched.timeline = true,
                Entity::TempoPoint(_) => touched.tempo = true,
                Entity::Track(_) | Entity::Device(_) | Entity::Send(_) => touched.tracks = true,
                Entity::Media(it) => {
                    touched.media.insert(it.id);
                }
                Entity::Clip(it) => {
                    touched.clips.insert(it.id);
                    touched.layers.insert(it.track);
                }
                Entity::Note(it) => {
                    touched.clips.insert(it.clip);
                }
                Entity::MidiEvent(it) => {
                    touched.clips.insert(it.clip);
                }
                Entity::Marker(_) => {}
            }
        }
        touched
    }
}
