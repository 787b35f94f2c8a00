//! Offline renders: sums, latencies, threads, block sizes.

use signal_graph::{BlockSizes, CompileError, Graph, GraphError, Order};

use crate::parts::{MAX_FRAMES, OUTPUT, Part, compiled, graph, rendered};

/// Forty sines into integrators, half of them remote, over two buses.
fn big() -> (signal_graph::GraphUpdate, crate::parts::Parts) {
    let mut parts = vec![(900, Part::Integrator), (901, Part::Late { factor: 0.3, latency: 33 })];
    let mut edges = vec![(900, OUTPUT), (901, OUTPUT)];
    for track in 0..40_u64 {
        let (source, effect) = (track * 2 + 1, track * 2 + 2);
        parts.push((source, Part::Sine(0.01 * (track as f32 + 0.37))));
        let latency = (track as u32 * 7) % 50;
        let factor = 0.9 - 0.013 * track as f32;
        let remote = Part::Remote { factor, latency };
        parts.push((effect, if track % 2 == 0 { remote } else { Part::Late { factor, latency } }));
        edges.extend([(source, effect), (effect, 900 + track % 2)]);
    }
    graph(&parts, &edges)
}

#[test]
fn opposed_sines_cancel() {
    let parts = [(1, Part::Sine(0.7)), (2, Part::Sine(-0.7))];
    let sound = rendered(graph(&parts, &[(1, OUTPUT), (2, OUTPUT)]), 1, 0, BlockSizes::Fixed(100), 5_000);
    assert!(sound.iter().all(|sample| *sample == 0.0));
}

#[test]
fn opposed_sines_cancel_through_paths_of_different_latency() {
    let parts = [
        (1, Part::Sine(1.0)),
        (2, Part::Late { factor: 1.0, latency: 100 }),
        (3, Part::Remote { factor: -1.0, latency: 37 }),
    ];
    let edges = [(1, 2), (1, 3), (2, OUTPUT), (3, OUTPUT)];
    let sound = rendered(graph(&parts, &edges), 1, 7, BlockSizes::Random { seed: 3, max: 90 }, 5_000);
    assert!(sound.iter().all(|sample| *sample == 0.0));
    let (_, change) = {
        let (update, mut workshop) = graph(&parts, &edges);
        compiled(&update, &mut workshop, Order::Sequential)
    };
    let player = signal_graph::OfflinePlayer::new(change, 0, 1).expect("a whole graph");
    assert_eq!(player.latency(), 100);
}

#[test]
fn renders_have_the_same_bits_for_any_threads_and_block_sizes() {
    let bits = |threads, sizes: BlockSizes| -> Vec<u32> {
        rendered(big(), threads, 0, sizes, 6_000).iter().map(|sample| sample.to_bits()).collect()
    };
    let reference = bits(1, BlockSizes::Fixed(64));
    assert!(reference.iter().any(|bits| f32::from_bits(*bits).abs() > 0.1));
    for threads in [1, 2, 5] {
        for sizes in
            [BlockSizes::Fixed(MAX_FRAMES), BlockSizes::Fixed(1), BlockSizes::Random { seed: 7, max: 512 }]
        {
            assert!(bits(threads, sizes.clone()) == reference, "{threads} threads, {sizes:?}");
        }
    }
}

#[test]
fn random_block_sizes_are_those_of_their_seed() {
    let sizes = |seed| BlockSizes::Random { seed, max: 100 }.take(1_000).collect::<Vec<_>>();
    assert_eq!(sizes(7), sizes(7));
    assert_ne!(sizes(7), sizes(8));
    assert!(sizes(7).iter().all(|size| (1..=100).contains(size)));
    assert!(sizes(7).contains(&1) && sizes(7).contains(&100));
}

#[test]
fn routing_that_feeds_back_is_refused_with_its_path() {
    let late = Part::Late { factor: 1.0, latency: 0 };
    let parts = [(1, Part::Sine(1.0)), (2, late), (3, late), (4, late)];
    let (update, mut workshop) = graph(&parts, &[(1, 2), (2, 3), (3, 4), (4, 2), (4, OUTPUT)]);
    let refused = Graph::new(48_000, MAX_FRAMES, Order::Sequential).apply(&update, &mut workshop);
    let Err(GraphError::Compile(CompileError::Cycle(path))) = refused else { panic!("{refused:?}") };
    let start = path.iter().position(|id| *id == 2).expect("the cycle holds 2");
    let rotated: Vec<u64> = (0..3).map(|step| path[(start + step) % 3]).collect();
    assert_eq!((path.len(), rotated), (3, vec![2, 3, 4]));
}

#[test]
fn a_refused_update_changes_nothing() {
    let (update, mut workshop) = graph(&[(1, Part::Sine(1.0))], &[(1, OUTPUT)]);
    let (mut graph, _) = compiled(&update, &mut workshop, Order::Sequential);
    let before = graph.spec().clone();
    let unknown = signal_graph::GraphUpdate {
        edges: vec![crate::parts::audio(5, OUTPUT)],
        ..signal_graph::GraphUpdate::default()
    };
    assert!(graph.apply(&unknown, &mut workshop).is_err());
    let no_part = signal_graph::GraphUpdate {
        nodes: vec![crate::parts::part_node(9)],
        ..signal_graph::GraphUpdate::default()
    };
    assert!(graph.apply(&no_part, &mut workshop).is_err());
    assert_eq!(graph.spec(), &before);
}
