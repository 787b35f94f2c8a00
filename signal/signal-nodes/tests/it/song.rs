//! A song of built-ins through graph, players and mixer.

use std::sync::Arc;

use signal_graph::{
    AudioRegion, BlockSizes, BuiltinSpec, Change, Command, Content, Deadline, Edge, EdgeKind, Graph,
    GraphUpdate, Node, NodeId, NodeKind, NodeSpec, NoteRegion, NoteSpan, OfflinePlayer, Order, Parameter,
    RegionShape, StereoMut, StripSpec, Workshop, player,
};
use signal_nodes::meter::Meter;
use signal_nodes::sound::Library;
use signal_nodes::tide::Id;
use signal_nodes::workshop::{self, Setting};
use signal_rt::audio_scope;

use crate::wave::{peak, write_pcm};

const OUTPUT: NodeId = 4 << 56;
const FRAMES: usize = 24_000;

struct Shop {
    setting: Setting,
    library: Library,
    meter: Arc<Meter>,
}

impl Workshop for Shop {
    fn make(&mut self, _id: NodeId, kind: &NodeKind) -> Result<Box<dyn Node>, String> {
        workshop::make(kind, &self.setting, || Arc::clone(&self.meter))
    }

    fn audio_content(&mut self, player: NodeId, regions: &[&AudioRegion]) -> Result<Content, String> {
        let content = self.library.content(player, regions).map_err(|(_, error)| error.to_string())?;
        Ok(Box::new(content))
    }

    fn note_content(&mut self, _player: NodeId, regions: &[&NoteRegion]) -> Result<Content, String> {
        Ok(workshop::note_content(regions))
    }
}

/// Twelve tracks of notes with tide, one of sound, a send to a bus, a master.
struct Song {
    update: GraphUpdate,
    shop: Shop,
    _folder: tempfile::TempDir,
}

impl Song {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let samples: Vec<f32> = (0..FRAMES * 2).map(|at| (at as f32 * 0.01).sin() * 0.5).collect();
        let path = write_pcm(folder.path(), "a.pcm", 48_000, 2, &samples);
        let mut update = GraphUpdate { whole: true, ..GraphUpdate::default() };
        update.nodes.push(NodeSpec { id: OUTPUT, kind: NodeKind::Output });
        strip(&mut update, 100, 0.9, 0.0, OUTPUT);
        strip(&mut update, 101, 0.7, 0.2, 100);
        for track in 1..=12 {
            instrument_track(&mut update, track);
        }
        let id = 1 << 56 | 50;
        update.nodes.push(NodeSpec { id, kind: NodeKind::AudioPlayer });
        strip(&mut update, 50, 0.8, -0.4, 100);
        update.edges.push(Edge { from: id, to: 50, kind: EdgeKind::Audio });
        update.nodes.push(NodeSpec { id: 60, kind: NodeKind::SendLevel(0.3) });
        update.edges.push(Edge { from: 50, to: 60, kind: EdgeKind::Audio });
        update.edges.push(Edge { from: 60, to: 101, kind: EdgeKind::Audio });
        let region = AudioRegion {
            id: 1,
            node: id,
            start: 500,
            length: 20_000,
            path,
            offset: 100,
            gain: 0.8,
            shape: RegionShape::default(),
        };
        update.audio_regions.push(region);
        let setting = Setting { sample_rate: 48_000, max_frames: 512, late: Arc::default() };
        let shop = Shop { setting, library: Library::new(48_000), meter: Arc::default() };
        Self { update, shop, _folder: folder }
    }

    fn change(&mut self, order: Order) -> Change {
        let change =
            Graph::new(48_000, 512, order).apply(&self.update, &mut self.shop).expect("a sound graph");
        self.shop.library.read_ahead().run(&[(0, FRAMES as i64)]).expect("readable");
        change
    }

    fn rendered(&mut self, threads: usize, sizes: BlockSizes, from: i64) -> Vec<u32> {
        let order = if threads > 1 { Order::Parallel } else { Order::Sequential };
        let mut player = OfflinePlayer::new(self.change(order), from, threads).expect("a whole graph");
        let mut bits = Vec::new();
        for size in sizes {
            let done = bits.len() / 2;
            if done >= FRAMES {
                break;
            }
            let block = player.block(size.min(FRAMES - done));
            let frames = block.left.iter().zip(block.right);
            bits.extend(frames.flat_map(|(left, right)| [left.to_bits(), right.to_bits()]));
        }
        assert_eq!(self.shop.setting.late.count(), 0);
        bits
    }
}

fn strip(update: &mut GraphUpdate, id: NodeId, gain: f32, pan: f32, to: NodeId) {
    update.nodes.push(NodeSpec {
        id,
        kind: NodeKind::Strip(StripSpec { gain, pan, mute: false, phase_invert: false }),
    });
    update.edges.push(Edge { from: id, to, kind: EdgeKind::Audio });
}

fn instrument_track(update: &mut GraphUpdate, track: u64) {
    let (notes, device) = (2 << 56 | track, 200 + track);
    let parameter = |id: Id, value| Parameter { id: id.number(), value };
    let parameters = vec![
        parameter(Id::Osc1Wave, (track % 4) as f64),
        parameter(Id::Osc2Level, 60.0),
        parameter(Id::NoiseLevel, if track == 3 { 50.0 } else { 0.0 }),
        parameter(Id::FilterEnvelope, track as f64 / 4.0),
        parameter(Id::Spread, 50.0),
    ];
    let builtin = BuiltinSpec { name: "tide".to_owned(), parameters, bypass: false, media: Vec::new() };
    update.nodes.push(NodeSpec { id: notes, kind: NodeKind::NotePlayer });
    update.nodes.push(NodeSpec { id: device, kind: NodeKind::Builtin(builtin) });
    strip(update, track, 0.5, (track as f32 - 6.0) / 8.0, if track.is_multiple_of(2) { 100 } else { 101 });
    update.edges.push(Edge { from: notes, to: device, kind: EdgeKind::Notes });
    update.edges.push(Edge { from: device, to: track, kind: EdgeKind::Audio });
    let note = |number: i64| NoteSpan {
        id: track * 1_000 + number as u64,
        start: number * 1_500 + track as i64 * 7,
        end: number * 1_500 + 1_000 + track as i64 * 31,
        pitch: 40 + ((track as i64 * 5 + number * 3) % 40) as u8,
        velocity: 0.8,
        release_velocity: 0.0,
        channel: 0,
    };
    let notes_of = (0..14).map(note).collect();
    update.note_regions.push(NoteRegion {
        id: track,
        node: notes,
        append: false,
        notes: notes_of,
        midi: Vec::new(),
    });
}

#[test]
fn a_song_has_the_same_bits_for_any_threads_and_block_sizes() {
    let mut song = Song::new();
    let reference = song.rendered(1, BlockSizes::Fixed(64), 0);
    let sound: Vec<f32> = reference.iter().map(|bits| f32::from_bits(*bits)).collect();
    assert!(peak(&sound[..2_000]) > 0.05 && peak(&sound) < 8.0);
    assert!(peak(&[song.shop.meter.take().0]) > 0.05);
    for threads in [1, 2] {
        for sizes in [BlockSizes::Fixed(512), BlockSizes::Random { seed: 7, max: 512 }] {
            let rendered = song.rendered(threads, sizes.clone(), 0);
            let differs = rendered.iter().zip(&reference).position(|(one, other)| one != other);
            assert_eq!(differs, None, "{threads} threads, {sizes:?}");
        }
    }
}

#[test]
fn a_song_played_live_has_the_bits_of_its_render() {
    let mut song = Song::new();
    for from in [0, 7_777] {
        let reference = song.rendered(2, BlockSizes::Fixed(256), from);
        let (mut player, mut ring) = player(48_000, 512);
        ring.send(Command::Change(Box::new(song.change(Order::Sequential)))).expect("room");
        ring.send(Command::Locate(from)).expect("room");
        let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
        let mut play_block = || {
            let output = StereoMut { left: &mut left, right: &mut right };
            audio_scope(|| player.process(output, Deadline::NONE));
            left.iter()
                .zip(&right)
                .flat_map(|(left, right)| [left.to_bits(), right.to_bits()])
                .collect::<Vec<u32>>()
        };
        play_block();
        ring.send(Command::Play).expect("room");
        let heard: Vec<u32> = (0..40).flat_map(|_| play_block()).collect();
        let differs = heard.iter().zip(&reference).position(|(one, other)| one != other);
        assert_eq!(differs, None, "from {from}");
    }
}
