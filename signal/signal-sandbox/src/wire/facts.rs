//! What a plugin says of itself beside its parameters, and its message.

use chorus::sandbox::v1::{self, PluginFacts};

/// As the plugin says, or as it was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// For people.
    pub version: String,
    /// As CLAP names them.
    pub features: Vec<String>,
    /// Samples it sounds on after its input has ended; the greatest number: without end.
    pub tail: u32,
    /// It can't be rendered faster or slower than real time.
    pub hard_realtime: bool,
    pub takes_notes: bool,
    /// The plugins after it hear its notes in place of those it took.
    pub gives_notes: bool,
    pub takes_audio: bool,
    /// Without: the sound passes by it.
    pub gives_audio: bool,
    pub has_side_chain: bool,
    /// Its blocks are split at values.
    pub splits_blocks: bool,
    pub loads_presets: bool,
    pub note_names: Vec<NoteName>,
    /// None: it does not say.
    pub voices: Option<Voices>,
    pub remote_pages: Vec<RemotePage>,
}

/// What a key is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteName {
    pub name: String,
    /// -1: every one.
    pub channel: i32,
    /// -1: every one.
    pub key: i32,
}

/// How many notes sound at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voices {
    /// In use for new notes.
    pub count: u32,
    pub capacity: u32,
    /// Two notes of one key may sound at once.
    pub overlapping_notes: bool,
}

/// Controls that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePage {
    pub page: u32,
    pub section: String,
    pub name: String,
    /// Ids of parameters; none: the place is empty.
    pub parameters: Vec<Option<u32>>,
    /// It belongs to the preset, not to the device.
    pub is_for_preset: bool,
}

impl Facts {
    /// As it is sent.
    pub fn into_message(self) -> PluginFacts {
        let note_name = |it: NoteName| v1::NoteName { name: it.name, channel: it.channel, key: it.key };
        let page = |it: RemotePage| v1::RemotePage {
            page: it.page,
            section: it.section,
            name: it.name,
            parameters: it.parameters.into_iter().map(|id| id.unwrap_or(u32::MAX)).collect(),
            is_for_preset: it.is_for_preset,
        };
        PluginFacts {
            version: self.version,
            features: self.features,
            tail: self.tail,
            hard_realtime: self.hard_realtime,
            takes_notes: self.takes_notes,
            gives_notes: self.gives_notes,
            takes_audio: self.takes_audio,
            gives_audio: self.gives_audio,
            has_side_chain: self.has_side_chain,
            splits_blocks: self.splits_blocks,
            loads_presets: self.loads_presets,
            note_names: self.note_names.into_iter().map(note_name).collect(),
            voices: self.voices.map(|it| v1::Voices {
                count: it.count,
                capacity: it.capacity,
                overlapping_notes: it.overlapping_notes,
            }),
            remote_pages: self.remote_pages.into_iter().map(page).collect(),
        }
    }
}
