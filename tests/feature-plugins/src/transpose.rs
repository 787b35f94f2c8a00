//! A note effect: an octave up. Notes that would leave the keyboard stay where they are.

use clack_extensions::note_ports::{NotePortInfoWriter, PluginNotePorts, PluginNotePortsImpl};
use clack_plugin::{
    events::{
        Match, Pckn,
        event_types::{NoteOffEvent, NoteOnEvent},
        spaces::CoreEventSpace,
    },
    prelude::*,
};

use crate::note_port;

const OCTAVE: u16 = 12;

pub struct Transpose;
pub struct MainThread;
pub struct AudioHalf;

impl Plugin for Transpose {
    type AudioProcessor<'a> = AudioHalf;
    type Shared<'a> = ();
    type MainThread<'a> = MainThread;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&()>) {
        builder.register::<PluginNotePorts>();
    }
}

impl PluginMainThread<'_, ()> for MainThread {}

impl PluginNotePortsImpl for MainThread {
    fn count(&self, _is_input: bool) -> u32 {
        1
    }

    fn get(&self, _index: u32, _is_input: bool, writer: &mut NotePortInfoWriter) {
        writer.set(&note_port());
    }
}

impl<'a> PluginAudioProcessor<'a, (), MainThread> for AudioHalf {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        _main_thread: &MainThread,
        _shared: &'a (),
        _configuration: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        Ok(Self)
    }

    fn process(&mut self, _: Process, _: Audio, events: Events) -> Result<ProcessStatus, PluginError> {
        for event in events.input {
            let time = event.header().time();
            // A host that takes no more has its reasons.
            let _ = match event.as_core_event() {
                Some(CoreEventSpace::NoteOn(on)) => {
                    events.output.try_push(NoteOnEvent::new(time, up(on.pckn()), on.velocity()))
                }
                Some(CoreEventSpace::NoteOff(off)) => {
                    events.output.try_push(NoteOffEvent::new(time, up(off.pckn()), off.velocity()))
                }
                _ => Ok(()),
            };
        }
        Ok(ProcessStatus::Continue)
    }
}

fn up(note: Pckn) -> Pckn {
    let key = match note.key {
        Match::Specific(key) if key + OCTAVE < 128 => Match::Specific(key + OCTAVE),
        key => key,
    };
    Pckn { key, ..note }
}
