//! Which strip shows its peaks in which slot of the telemetry block.
//!
//! Strips publish to a `Meter` of their own; the control thread gives each a slot, the audio thread lets the peaks fall and
//! writes them. A graph with more strips than slots plays all the same, some of them unseen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use shm::telemetry::{self, METER_SLOTS};
use signal_graph::NodeId;
use signal_nodes::meter::Meter;
use signal_rt::rtrb::{Consumer, Producer, PushError, RingBuffer};
use signal_rt::{Collector, Discard, discard_ring};

use crate::device::DeviceFormat;

/// Slots that change hands before the audio thread looks: all of them, once taken and once given.
const ORDERS: usize = 2 * METER_SLOTS;
/// How fast a peak falls, in decibels a second.
const FALL_DB: f32 = 24.0;
/// Below this a meter shows nothing: -100 dB.
const INVISIBLE: f32 = 1e-5;

/// A slot's new owner; `None` frees it.
struct Order {
    slot: usize,
    owner: Option<(NodeId, Arc<Meter>)>,
}

/// The control thread's end.
pub struct MeterSlots {
    slots: BTreeMap<NodeId, usize>,
    free: Vec<usize>,
    unsent: VecDeque<Order>,
    orders: Producer<Order>,
    discarded: Collector<Arc<Meter>>,
}

/// The audio thread's end.
pub struct MeterReader {
    orders: Consumer<Order>,
    discard: Discard<Arc<Meter>>,
    meters: Box<[Option<Shown>]>,
    /// What a peak is multiplied by each block.
    fall: f32,
}

struct Shown {
    meter: Arc<Meter>,
    left: f32,
    right: f32,
}

/// Makes both ends. `[control]`
pub fn meters(format: DeviceFormat) -> (MeterSlots, MeterReader) {
    let (orders, incoming) = RingBuffer::new(ORDERS);
    let (discard, discarded) = discard_ring(ORDERS);
    let free = (0..METER_SLOTS).rev().collect();
    let slots = MeterSlots { slots: BTreeMap::new(), free, unsent: VecDeque::new(), orders, discarded };
    let seconds = format.block_frames as f32 / format.sample_rate.max(1) as f32;
    let fall = 10.0_f32.powf(-FALL_DB / 20.0 * seconds);
    let reader =
        MeterReader { orders: incoming, discard, meters: (0..METER_SLOTS).map(|_| None).collect(), fall };
    (slots, reader)
}

impl MeterSlots {
    /// A new meter for a node, in a slot if there is one. `[control]`
    pub fn assign(&mut self, node: NodeId) -> Arc<Meter> {
        let meter = Arc::new(Meter::default());
        let slot = self.slots.get(&node).copied().or_else(|| self.free.pop());
        if let Some(slot) = slot {
            self.slots.insert(node, slot);
            self.send(Order { slot, owner: Some((node, Arc::clone(&meter))) });
        }
        meter
    }

    /// Frees the slots of nodes that `is_there` does not know. `[control]`
    pub fn retain(&mut self, is_there: impl Fn(NodeId) -> bool) {
        let gone: Vec<(NodeId, usize)> = self
            .slots
            .iter()
            .filter(|(node, _)| !is_there(**node))
            .map(|(node, slot)| (*node, *slot))
            .collect();
        for (node, slot) in gone {
            self.slots.remove(&node);
            self.free.push(slot);
            self.send(Order { slot, owner: None });
        }
    }

    /// Sends what did not fit before, and frees what the audio thread is done with. `[control]`
    pub fn flush(&mut self) {
        self.discarded.collect();
        while let Some(order) = self.unsent.pop_front() {
            if let Err(PushError::Full(order)) = self.orders.push(order) {
                self.unsent.push_front(order);
                return;
            }
        }
    }

    /// Later orders for a slot replace those that wait, so no more wait than there are slots.
    fn send(&mut self, order: Order) {
        self.unsent.retain(|waiting| waiting.slot != order.slot);
        self.unsent.push_back(order);
        self.flush();
    }
}

impl MeterReader {
    /// Writes all peaks, once a block. `[audio]`
    pub fn read(&mut self, telemetry: &mut telemetry::Writer) {
        while self.discard.has_room()
            && let Ok(Order { slot, owner }) = self.orders.pop()
        {
            telemetry.assign_meter(slot, owner.as_ref().map_or(0, |(node, _)| *node));
            let Some(place) = self.meters.get_mut(slot) else { continue };
            let shown = owner.map(|(_, meter)| Shown { meter, left: 0.0, right: 0.0 });
            if let Some(before) = std::mem::replace(place, shown) {
                // There is room: it was asked for before the order was taken.
                let _ = self.discard.push(before.meter);
            }
        }
        for (slot, shown) in self.meters.iter_mut().enumerate() {
            let Some(shown) = shown else { continue };
            let (left, right) = shown.meter.take();
            shown.left = fallen(shown.left * self.fall, left);
            shown.right = fallen(shown.right * self.fall, right);
            telemetry.set_peaks(slot, shown.left, shown.right);
        }
    }
}

fn fallen(before: f32, now: f32) -> f32 {
    let peak = before.max(now);
    if peak < INVISIBLE { 0.0 } else { peak }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: DeviceFormat = DeviceFormat { sample_rate: 48_000, block_frames: 480 };

    fn telemetry() -> (telemetry::Writer, telemetry::Reader) {
        let memory = telemetry::create().expect("memory");
        (telemetry::Writer::open(&memory).expect("mapped"), telemetry::Reader::open(&memory).expect("mapped"))
    }

    #[test]
    fn peak_is_shown_falls_and_goes_with_its_node() {
        let (mut writer, reader) = telemetry();
        let (mut slots, mut audio) = meters(FORMAT);
        let meter = slots.assign(7);
        meter.publish(&[0.5], &[-1.0]);
        audio.read(&mut writer);
        let shown: Vec<_> = reader.meters().collect();
        assert_eq!((shown[0].node, shown[0].left, shown[0].right), (7, 0.5, 1.0));
        audio.read(&mut writer);
        let right = reader.meters().next().expect("shown").right;
        assert!((20.0 * right.log10() + 0.24).abs() < 0.001, "24 dB a second are 0.24 dB a block: {right}");
        for _ in 0..1000 {
            audio.read(&mut writer);
        }
        assert_eq!(reader.meters().next().expect("shown").right, 0.0);
        slots.retain(|_| false);
        audio.read(&mut writer);
        assert_eq!(reader.meters().count(), 0);
    }

    #[test]
    fn more_strips_than_slots_play_unseen() {
        let (mut writer, reader) = telemetry();
        let (mut slots, mut audio) = meters(FORMAT);
        for node in 1..=METER_SLOTS as u64 + 5 {
            slots.assign(node);
        }
        audio.read(&mut writer);
        assert_eq!(reader.meters().count(), METER_SLOTS);
        for _ in 0..10 {
            slots.retain(|_| false);
            slots.assign(1);
        }
        audio.read(&mut writer);
        slots.flush();
        audio.read(&mut writer);
        assert_eq!(reader.meters().map(|meter| meter.node).collect::<Vec<_>>(), [1]);
    }
}
