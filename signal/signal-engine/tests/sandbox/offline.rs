//! Chains in renders: waited for, exact, and an error instead of silence.

use signal_graph::{Node as _, Parameter, PluginSlot};

use crate::rig::{GAIN, Rig, TRIGGER, slot};

fn zam(device: u64, name: &str, plugin_id: &str) -> PluginSlot {
    PluginSlot {
        device,
        plugin_id: plugin_id.to_owned(),
        bundle: format!("{name}.clap").into(),
        parameters: vec![Parameter { id: 4242, value: 1.0 }],
        ..PluginSlot::default()
    }
}

#[test]
fn every_block_of_a_render_is_there_from_the_first_on() {
    let mut rig = Rig::new(true);
    let mut track = rig.track(1, slot(10, "test.gain", &[(GAIN, 3.0), (2, 100.0)]), 0.25);
    assert_eq!(track.node.latency(), 100);
    (0..50).for_each(|_| rig.block(&mut [&mut track]));
    assert_eq!(track.played[..100], [0.0; 100]);
    assert!(track.played[100..].iter().all(|sample| *sample == 0.75));
    assert_eq!(rig.sandboxes.check(), Ok(()));
}

#[test]
fn two_renders_through_real_plugins_have_the_same_bits() {
    let render = || {
        let mut rig = Rig::new(true);
        let slots = [
            zam(10, "ZamEQ2", "com.zamaudio.ZamEQ2"),
            zam(11, "ZamComp", "com.zamaudio.ZamComp"),
            zam(12, "ZamDelay", "com.zamaudio.ZamDelay"),
        ];
        let node = rig.sandboxes.chain(1, &slots, &|_| None).unwrap();
        let mut track = crate::rig::Track {
            node,
            device: 10,
            input: 0.25,
            played: vec![],
            notes: vec![],
            changes: vec![],
            frames: rig.frames,
        };
        (0..200).for_each(|_| rig.block(&mut [&mut track]));
        track.played
    };
    let first = render();
    assert!(first.iter().any(|sample| *sample != 0.25 && *sample != 0.0));
    assert!(first == render());
}

#[test]
fn a_plugin_that_dies_or_is_missing_fails_the_render_with_a_reason() {
    let mut rig = Rig::new(true);
    let mut track = rig.track(1, slot(10, "test.crash", &[]), 0.25);
    track.set(TRIGGER, 1.0);
    rig.block(&mut [&mut track]);
    assert!(rig.sandboxes.check().is_err_and(|reason| reason.contains("died")));
    let refused = rig.sandboxes.chain(2, &[slot(20, "no.such.plugin", &[])], &|_| None).map(drop);
    assert!(refused.is_err_and(|reason| reason.to_string().contains("no.such.plugin")));
}

#[test]
fn a_reset_forgets_the_sound_inside_the_plugins() {
    let mut rig = Rig::new(true);
    let mut track = rig.track(1, slot(10, "test.gain", &[(2, 4000.0)]), 0.25);
    (0..50).for_each(|_| rig.block(&mut [&mut track]));
    assert!(track.plays(0.25));
    track.node.reset(0);
    track.listen();
    track.input = 0.0;
    (0..50).for_each(|_| rig.block(&mut [&mut track]));
    assert!(track.played[1..].iter().all(|sample| *sample == 0.0), "an echo of before the reset");
}
