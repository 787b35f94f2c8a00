//! Messages as bytes. What comes from a page is checked here, once; what goes to it is only put in its envelope.

use axum::body::Bytes;
use chorus::{
    aura::v1::{
        AuraMessage, Done, Loudness as LoudnessMessage, PageMessage, Refused, Telemetry as TelemetryMessage,
        aura_message, page_message,
    },
    pulse::v1::{SubscribeResponse, subscribe_response},
};
use prost::Message as _;
use shm::telemetry::Loudness;

use super::limits;
use crate::telemetry::Telemetry;

pub(super) use aura_message::Kind as ToPage;
pub(super) use page_message::Kind as FromPage;

/// A request of a page.
#[derive(Debug)]
pub(super) struct PageRequest {
    /// 0: no answer wanted.
    pub id: u64,
    /// What it wants, or why that can't be.
    pub kind: Result<FromPage, String>,
}

/// The bytes are no message of the contract, so nothing that follows can be trusted either.
#[derive(Debug, thiserror::Error)]
#[error("this is no message of Loophole's page: {0}")]
pub(super) struct NoMessage(#[from] prost::DecodeError);

/// Reads what a page sent.
pub(super) fn decode(bytes: &[u8]) -> Result<PageRequest, NoMessage> {
    let PageMessage { request_id, kind } = PageMessage::decode(bytes)?;
    let kind = match limits::first_too_large(bytes) {
        Some(field) => Err(format!("{field} is not below 2^53")),
        None => kind.ok_or_else(|| "this build of Loophole does not know that request".to_owned()),
    };
    Ok(PageRequest { id: request_id, kind })
}

/// A message to a page; `request_id` 0 where it answers nothing.
pub(super) fn encode(request_id: u64, kind: ToPage) -> Bytes {
    AuraMessage { request_id, kind: Some(kind) }.encode_to_vec().into()
}

/// The answer to a request: what it brought, or why it was refused.
pub(super) fn answer(request_id: u64, result: Result<ToPage, String>) -> Bytes {
    encode(request_id, result.unwrap_or_else(|reason| ToPage::Refused(Refused { reason })))
}

/// For requests that have no answer of their own.
pub(super) fn done() -> ToPage {
    ToPage::Done(Done {})
}

/// What Pulse tells its clients, for the page. `None`: something this build does not know.
pub(super) fn relayed(response: SubscribeResponse) -> Option<ToPage> {
    Some(match response.kind? {
        subscribe_response::Kind::Part(part) => ToPage::Part(part),
        subscribe_response::Kind::Transaction(transaction) => ToPage::Transaction(transaction),
        subscribe_response::Kind::History(history) => ToPage::History(history),
    })
}

/// One look at position and meters.
pub(super) fn telemetry(look: &Telemetry) -> Bytes {
    let meters = &look.meters;
    encode(
        0,
        ToPage::Telemetry(TelemetryMessage {
            sample_rate: look.transport.sample_rate,
            position_samples: look.transport.position_samples,
            playing: look.transport.playing,
            load: look.transport.load,
            late_blocks: look.transport.late_blocks.total(),
            late_called: look.transport.late_blocks.called,
            late_computed: look.transport.late_blocks.computed,
            meter_nodes: meters.iter().map(|meter| meter.node).collect(),
            meter_peaks: meters.iter().flat_map(|meter| [meter.left, meter.right]).collect(),
            loudness: look.loudness.map(|loudness| self::loudness(&loudness, look.transport.sample_rate)),
        }),
    )
}

fn loudness(loudness: &Loudness, sample_rate: u32) -> LoudnessMessage {
    let seconds = |frames: u64| frames as f64 / f64::from(sample_rate.max(1));
    LoudnessMessage {
        measured_seconds: seconds(loudness.measured_frames),
        lost_seconds: seconds(loudness.lost_frames),
        momentary: loudness.momentary,
        short_term: loudness.short_term,
        integrated: loudness.integrated,
        range: loudness.range,
        true_peak_left: loudness.true_peak[0],
        true_peak_right: loudness.true_peak[1],
        max_momentary: loudness.max_momentary,
        max_short_term: loudness.max_short_term,
    }
}
