//! A CLAP file for tests, with well-behaved plugins that use what few plugins do. Not for music.
//!
//! | id | what it does |
//! |---|---|
//! | `test.transpose` | a note effect: gives the notes it takes an octave higher, passes no audio |
//! | `test.singer` | an instrument: the sum of velocity × volume expression + modulation of the notes that are on; names notes, voices and controls, sounds on, can't be rendered offline |
//! | `test.side` | adds its mono side-chain to its sound |
//! | `test.shape` | mono at first: gives each channel its number, from 1; stereo by `configurable-audio-ports` |
//! | `test.choice` | the same, stereo by `audio-ports-config` |
//! | `test.level` | input times 10 to the power of its parameter: 1000 and more, or denormals; loads it from presets: a file that holds it, or its own `loud` |

mod level;
mod shape;
mod side;
mod singer;
mod sys;
mod transpose;

use std::ffi::CStr;

use clack_plugin::{entry::prelude::*, plugin::features, prelude::*};

struct Factory(Vec<PluginDescriptor>);

impl PluginFactoryImpl for Factory {
    fn plugin_count(&self) -> u32 {
        self.0.len() as u32
    }

    fn plugin_descriptor(&self, index: u32) -> Option<&PluginDescriptor> {
        self.0.get(index as usize)
    }

    fn create_plugin<'a>(&'a self, host: HostInfo<'a>, id: &CStr) -> Option<PluginInstance<'a>> {
        let descriptor = self.0.iter().find(|descriptor| descriptor.id() == Some(id))?;
        Some(match id.to_str().ok()? {
            "test.transpose" => PluginInstance::new::<transpose::Transpose>(
                host,
                descriptor,
                |_| Ok(()),
                |_, ()| Ok(transpose::MainThread),
            ),
            "test.singer" => PluginInstance::new::<singer::Singer>(
                host,
                descriptor,
                |_| Ok(singer::Shared::default()),
                |host, shared| Ok(singer::MainThread { host, shared }),
            ),
            "test.side" => {
                PluginInstance::new::<side::Side>(host, descriptor, |_| Ok(()), |_, ()| Ok(side::MainThread))
            }
            "test.shape" => PluginInstance::new::<shape::Shape<shape::Configurable>>(
                host,
                descriptor,
                |_| Ok(()),
                |_, ()| Ok(shape::MainThread::default()),
            ),
            "test.choice" => PluginInstance::new::<shape::Shape<shape::Choice>>(
                host,
                descriptor,
                |_| Ok(()),
                |_, ()| Ok(shape::MainThread::default()),
            ),
            _ => PluginInstance::new::<level::Level>(
                host,
                descriptor,
                |_| Ok(level::Shared::default()),
                |host, shared| Ok(level::MainThread { host, shared }),
            ),
        })
    }
}

struct TestEntry(PluginFactoryWrapper<Factory>);

impl Entry for TestEntry {
    fn new(_bundle_path: Option<&CStr>) -> Result<Self, EntryLoadError> {
        let descriptor = |id: &str, feature: &'static CStr| {
            PluginDescriptor::new(id, id)
                .with_vendor("Loophole tests")
                .with_version("2.1")
                .with_features([feature])
        };
        let plugins = vec![
            descriptor("test.transpose", features::NOTE_EFFECT),
            descriptor("test.singer", features::INSTRUMENT),
            descriptor("test.side", features::AUDIO_EFFECT),
            descriptor("test.shape", features::AUDIO_EFFECT),
            descriptor("test.choice", features::AUDIO_EFFECT),
            descriptor("test.level", features::AUDIO_EFFECT),
        ];
        Ok(Self(PluginFactoryWrapper::new(Factory(plugins))))
    }

    fn declare_factories<'a>(&'a self, builder: &mut EntryFactories<'a>) {
        builder.register_factory(&self.0);
    }
}

clack_export_entry!(TestEntry);

/// A port of `channels` channels, the main one where it is the first.
fn port(index: u32, channel_count: u32) -> clack_extensions::audio_ports::AudioPortInfo<'static> {
    use clack_extensions::audio_ports::{AudioPortFlags, AudioPortInfo, AudioPortType};
    AudioPortInfo {
        id: ClapId::new(index),
        name: b"port",
        channel_count,
        flags: if index == 0 { AudioPortFlags::IS_MAIN } else { AudioPortFlags::empty() },
        port_type: AudioPortType::from_channel_count(channel_count),
        in_place_pair: None,
    }
}

/// A port for notes in CLAP's own dialect.
fn note_port() -> clack_extensions::note_ports::NotePortInfo<'static> {
    use clack_extensions::note_ports::{NoteDialect, NoteDialects, NotePortInfo};
    NotePortInfo {
        id: ClapId::new(0),
        name: b"notes",
        supported_dialects: NoteDialects::CLAP,
        preferred_dialect: Some(NoteDialect::Clap),
    }
}
