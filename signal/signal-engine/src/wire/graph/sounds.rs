//! Regions of sound and the sounds of built-in devices, checked.

use chorus::signal::v1 as wire;
use signal_graph::{AudioRegion, BuiltinMedia, FadeCurve, RegionShape};

use super::{
    Checked, FARTHEST_SAMPLE, SAMPLE_RATES, absolute_path, entity, fault, position, require, within,
};

/// Linear gain of a region: +24 dB is 15.85.
const LARGEST_REGION_GAIN: f32 = 16.0;
/// Turns of a region's loop; the song's own limit is narrower.
const MOST_TURNS: usize = 131_072;
/// Regions that lie on top of one.
const MOST_COVERS: usize = 65_536;
/// Sounds of a device: the slots of the song.
const MOST_SLOTS: usize = 128;

pub(super) fn audio_region(message: wire::AudioRegion) -> Checked<AudioRegion> {
    let id = message.id;
    require(entity(id), "region", id, "is no id of an entity")?;
    require((1..=FARTHEST_SAMPLE).contains(&message.length_samples), "region", id, "has no possible length")?;
    let shape = shape(&message)?;
    Ok(AudioRegion {
        id,
        node: message.node,
        start: position("region", id, message.start_sample)?,
        length: message.length_samples,
        path: absolute_path("region", id, message.path)?,
        offset: position("region", id, message.offset_frames)?,
        gain: within("region", id, "gain", message.gain, 0.0, LARGEST_REGION_GAIN)?,
        shape,
    })
}

fn shape(message: &wire::AudioRegion) -> Checked<RegionShape> {
    let (id, length) = (message.id, message.length_samples);
    let (fade_in, fade_out) = (message.fade_in_samples, message.fade_out_samples);
    let fits = (0..=length).contains(&fade_in) && (0..=length - fade_in).contains(&fade_out);
    require(fits, "region", id, "has fades that are longer than it")?;
    let start = position("region", id, message.start_sample)?;
    let inside = |at: &i64| *at > start && *at - start < length;
    let starts = &message.loop_starts;
    require(starts.len() <= MOST_TURNS, "region", id, "has too many turns of its loop")?;
    let turns = starts.iter().all(inside) && starts.is_sorted_by(|a, b| a < b);
    require(turns, "region", id, "has turns of its loop out of order or outside of it")?;
    require(message.covered.len() <= MOST_COVERS, "region", id, "is covered too often")?;
    let spans = message.covered.iter().map(|span| {
        let covered = (position("region", id, span.start_sample)?, position("region", id, span.end_sample)?);
        require(covered.0 < covered.1, "region", id, "is covered by nothing")?;
        Ok(covered)
    });
    let covered = spans.collect::<Checked<Vec<_>>>()?;
    require(covered.is_sorted_by(|a, b| a.1 < b.0), "region", id, "is covered out of order")?;
    Ok(RegionShape {
        fade_in,
        fade_out,
        fade_in_curve: curve(id, message.fade_in_curve)?,
        fade_out_curve: curve(id, message.fade_out_curve)?,
        reverse: message.reverse,
        loop_starts: starts.clone(),
        loop_offset: position("region", id, message.loop_offset_frames)?,
        covered,
    })
}

fn curve(id: u64, curve: i32) -> Checked<FadeCurve> {
    match wire::FadeCurve::try_from(curve) {
        Ok(wire::FadeCurve::Unspecified | wire::FadeCurve::Linear) => Ok(FadeCurve::Linear),
        Ok(wire::FadeCurve::EqualPower) => Ok(FadeCurve::EqualPower),
        Ok(wire::FadeCurve::SCurve) => Ok(FadeCurve::SCurve),
        Err(_) => fault("region", id, "has a fade of a curve unknown here"),
    }
}

/// The sounds of a device.
pub(super) fn builtin_media(id: u64, messages: Vec<wire::BuiltinMedia>) -> Checked<Vec<BuiltinMedia>> {
    require(messages.len() <= MOST_SLOTS, "device", id, "has too many sounds")?;
    require(messages.is_sorted_by(|a, b| a.slot < b.slot), "device", id, "has sounds out of order")?;
    let checked = |message: wire::BuiltinMedia| {
        require(
            (0..=FARTHEST_SAMPLE).contains(&message.frames),
            "device",
            id,
            "has a sound of no possible length",
        )?;
        require((1..=8).contains(&message.channels), "device", id, "has a sound of no possible channels")?;
        require(
            SAMPLE_RATES.contains(&message.sample_rate),
            "device",
            id,
            "has a sound of no possible rate",
        )?;
        Ok(BuiltinMedia {
            slot: message.slot,
            path: absolute_path("device", id, message.path)?,
            frames: message.frames,
            channels: message.channels,
            sample_rate: message.sample_rate,
        })
    };
    messages.into_iter().map(checked).collect()
}
