//! What a plugin says of itself beside its parameters, in one piece.

use clack_extensions::{
    note_name::{NoteNameBuffer, PluginNoteName},
    remote_controls::{PluginRemoteControls, RemoteControlsPageBuffer},
    render::PluginRender,
    voice_info::{PluginVoiceInfo, VoiceInfoFlags},
};
use clack_host::{events::Match, plugin::PluginMainThreadHandle};

use super::{Plugin, preset};
use crate::wire::{Facts, NoteName, RemotePage, Voices};

/// Names of notes of one plugin: one for each key on each channel.
const MAX_NOTE_NAMES: u32 = 16 * 128;
/// Pages of controls of one plugin.
const MAX_PAGES: u32 = 256;

impl Plugin {
    /// As they are now.
    pub fn facts(&mut self) -> Facts {
        let tail = self.tail();
        let handle = self.instance.plugin_handle();
        let render = handle.get_extension::<PluginRender>();
        Facts {
            version: self.identity.version.clone(),
            features: self.identity.features.clone(),
            tail,
            hard_realtime: render.is_some_and(|render| render.has_realtime_requirement(&handle)),
            takes_notes: self.layout.notes.is_some(),
            gives_notes: self.layout.gives_notes,
            takes_audio: self.layout.inputs.main.is_some(),
            gives_audio: self.layout.outputs.main.is_some(),
            has_side_chain: self.layout.side_chain.is_some(),
            splits_blocks: self.splits,
            loads_presets: preset::is_offered(&handle),
            note_names: note_names(&handle),
            voices: voices(&handle),
            remote_pages: remote_pages(&handle),
        }
    }
}

fn note_names(handle: &PluginMainThreadHandle) -> Vec<NoteName> {
    let Some(extension) = handle.get_extension::<PluginNoteName>() else { return Vec::new() };
    let mut buffer = NoteNameBuffer::new();
    let place = |place: Match<u16>| place.into_specific().map(i32::from).unwrap_or(-1);
    let count = u32::try_from(extension.count(handle)).unwrap_or(u32::MAX);
    (0..count.min(MAX_NOTE_NAMES))
        .filter_map(|index| {
            let name = extension.get(handle, index, &mut buffer)?;
            let text = String::from_utf8_lossy(name.name).into_owned();
            Some(NoteName { name: text, channel: place(name.channel), key: place(name.key) })
        })
        .collect()
}

fn voices(handle: &PluginMainThreadHandle) -> Option<Voices> {
    let voices = handle.get_extension::<PluginVoiceInfo>()?.get(handle)?;
    Some(Voices {
        count: voices.voice_count,
        capacity: voices.voice_capacity,
        overlapping_notes: voices.flags.contains(VoiceInfoFlags::SUPPORTS_OVERLAPPING_NOTES),
    })
}

fn remote_pages(handle: &PluginMainThreadHandle) -> Vec<RemotePage> {
    let Some(extension) = handle.get_extension::<PluginRemoteControls>() else { return Vec::new() };
    let mut buffer = RemoteControlsPageBuffer::new();
    (0..extension.count(handle).min(MAX_PAGES))
        .filter_map(|index| {
            let page = extension.get(handle, index, &mut buffer)?;
            Some(RemotePage {
                page: page.page_id.get(),
                section: String::from_utf8_lossy(page.section_name).into_owned(),
                name: String::from_utf8_lossy(page.page_name).into_owned(),
                parameters: page.param_ids.map(|id| id.map(|id| id.get())).to_vec(),
                is_for_preset: page.is_for_preset,
            })
        })
        .collect()
}
