//! How loading went, plugin by plugin, and the messages that say so.

use std::time::Duration;

use chorus::{sandbox::v1::SlotLoaded, signal::v1::ParameterDescription};

use super::Facts;

/// How loading a slot went.
#[derive(Debug, Default)]
pub struct SlotReport {
    /// As requested.
    pub device: u64,
    /// Empty: it runs.
    pub error: String,
    /// There is no such bundle or plugin.
    pub missing: bool,
    /// Samples.
    pub latency: u32,
    /// All of them.
    pub parameters: Vec<Description>,
    /// Whether it saves a state of its own.
    pub has_state: bool,
    /// It makes sound from notes and takes no audio.
    pub is_instrument: bool,
    /// For people.
    pub name: String,
    /// For people.
    pub vendor: String,
    /// What else it says of itself.
    pub facts: Facts,
    /// From its file to its activation.
    pub load_time: Duration,
}

/// A parameter, as the plugin describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    pub id: u32,
    pub name: String,
    pub module: String,
    pub minimum: f64,
    pub maximum: f64,
    pub default_value: f64,
    pub stepped: bool,
    pub read_only: bool,
    pub hidden: bool,
    pub automatable: bool,
    pub modulatable: bool,
    pub modulatable_per_note: bool,
    pub is_bypass: bool,
    pub text: String,
    pub value: f64,
}

/// The message of a report.
pub fn slot_loaded(report: SlotReport) -> SlotLoaded {
    SlotLoaded {
        device: report.device,
        error: report.error,
        missing: report.missing,
        latency: report.latency,
        parameters: report.parameters.into_iter().map(description).collect(),
        has_state: report.has_state,
        name: report.name,
        vendor: report.vendor,
        is_instrument: report.is_instrument,
        facts: Some(report.facts.into_message()),
        load_us: u64::try_from(report.load_time.as_micros()).unwrap_or(u64::MAX),
    }
}

/// The message of a parameter.
pub fn description(description: Description) -> ParameterDescription {
    ParameterDescription {
        id: description.id,
        name: description.name,
        module: description.module,
        minimum: description.minimum,
        maximum: description.maximum,
        default_value: description.default_value,
        stepped: description.stepped,
        read_only: description.read_only,
        hidden: description.hidden,
        automatable: description.automatable,
        modulatable: description.modulatable,
        modulatable_per_note: description.modulatable_per_note,
        is_bypass: description.is_bypass,
        text: description.text,
        value: description.value,
    }
}
