//! What a plugin says of itself beside its parameters, as its sandbox tells it: cut to what can be shown.

use chorus::sandbox::v1;

use super::short;

/// Features of one plugin; more are noise.
const MAX_FEATURES: usize = 32;
/// Names of notes of one plugin: one for each key on each channel.
const MAX_NOTE_NAMES: usize = 16 * 128;
/// Pages of controls of one plugin.
const MAX_PAGES: usize = 256;
/// Controls of one page.
const PAGE_CONTROLS: usize = 8;

/// As the plugin says, or as its sandbox found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginFacts {
    /// For people.
    pub version: String,
    /// As CLAP names them.
    pub features: Vec<String>,
    /// How long it sounds on after its input has ended.
    pub tail: Tail,
    /// It can't be rendered faster or slower than real time.
    pub hard_realtime: bool,
    /// Notes go to it.
    pub takes_notes: bool,
    /// The plugins after it hear its notes in place of those it took.
    pub gives_notes: bool,
    /// The chain's sound goes through it.
    pub takes_audio: bool,
    /// Without: the sound passes by it.
    pub gives_audio: bool,
    /// It has an input beside the chain's.
    pub has_side_chain: bool,
    /// Its blocks are split at values, because it would apply them too early.
    pub splits_blocks: bool,
    /// Presets can be loaded into it.
    pub loads_presets: bool,
    /// What keys are called.
    pub note_names: Vec<NoteName>,
    /// None: it does not say.
    pub voices: Option<Voices>,
    /// Its controls, as a hardware controller shows them.
    pub remote_pages: Vec<RemotePage>,
}

/// How long a plugin sounds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// So many samples.
    Samples(u32),
    /// Without end.
    Infinite,
}

impl Default for Tail {
    fn default() -> Self {
        Self::Samples(0)
    }
}

impl From<u32> for Tail {
    fn from(samples: u32) -> Self {
        if samples == u32::MAX { Self::Infinite } else { Self::Samples(samples) }
    }
}

/// What a key is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteName {
    /// For people.
    pub name: String,
    /// None: on every channel.
    pub channel: Option<u8>,
    /// None: every key.
    pub key: Option<u8>,
}

/// How many notes sound at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voices {
    /// In use for new notes.
    pub count: u32,
    /// At most.
    pub capacity: u32,
    /// Two notes of one key may sound at once.
    pub overlapping_notes: bool,
}

/// Controls that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePage {
    /// The plugin's number for it.
    pub page: u32,
    /// Its group.
    pub section: String,
    /// For people.
    pub name: String,
    /// Ids of parameters; none: the place is empty.
    pub parameters: Vec<Option<u32>>,
    /// It belongs to the preset, not to the device.
    pub is_for_preset: bool,
}

/// What is said; nothing is said of a plugin that does not run.
pub fn facts(message: Option<v1::PluginFacts>) -> PluginFacts {
    let Some(it) = message else { return PluginFacts::default() };
    PluginFacts {
        version: short(it.version),
        features: it.features.into_iter().take(MAX_FEATURES).map(short).collect(),
        tail: it.tail.into(),
        hard_realtime: it.hard_realtime,
        takes_notes: it.takes_notes,
        gives_notes: it.gives_notes,
        takes_audio: it.takes_audio,
        gives_audio: it.gives_audio,
        has_side_chain: it.has_side_chain,
        splits_blocks: it.splits_blocks,
        loads_presets: it.loads_presets,
        note_names: it.note_names.into_iter().take(MAX_NOTE_NAMES).filter_map(note_name).collect(),
        voices: it.voices.map(|it| Voices {
            count: it.count,
            capacity: it.capacity,
            overlapping_notes: it.overlapping_notes,
        }),
        remote_pages: it.remote_pages.into_iter().take(MAX_PAGES).map(remote_page).collect(),
    }
}

/// A name for a note that there is none of is left out.
fn note_name(message: v1::NoteName) -> Option<NoteName> {
    let place = |place: i32, end: u8| match u8::try_from(place) {
        Ok(place) if place < end => Some(Some(place)),
        _ if place == -1 => Some(None),
        _ => None,
    };
    let (channel, key) = (place(message.channel, 16)?, place(message.key, 128)?);
    Some(NoteName { name: short(message.name), channel, key })
}

fn remote_page(message: v1::RemotePage) -> RemotePage {
    let parameters = message.parameters.into_iter().take(PAGE_CONTROLS);
    RemotePage {
        page: message.page,
        section: short(message.section),
        name: short(message.name),
        parameters: parameters.map(|id| (id != u32::MAX).then_some(id)).collect(),
        is_for_preset: message.is_for_preset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_notes_that_are_none_are_left_out() {
        let name = |channel, key| v1::NoteName { name: "Kick".to_owned(), channel, key };
        let names =
            [(-1, 36), (0, -1), (16, 36), (-1, 128), (-2, 36)].map(|(channel, key)| name(channel, key));
        let facts = facts(Some(v1::PluginFacts { note_names: names.to_vec(), ..Default::default() }));
        let places: Vec<_> = facts.note_names.iter().map(|it| (it.channel, it.key)).collect();
        assert_eq!(places, [(None, Some(36)), (Some(0), None)]);
    }

    #[test]
    fn a_tail_without_end_is_one() {
        let tail = |tail| facts(Some(v1::PluginFacts { tail, ..Default::default() })).tail;
        assert_eq!(
            [tail(0), tail(480), tail(u32::MAX)],
            [Tail::Samples(0), Tail::Samples(480), Tail::Infinite]
        );
    }
}
