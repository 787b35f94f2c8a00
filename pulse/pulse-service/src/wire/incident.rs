//! Incidents, from Signal and on to clients. Their texts come from plugins and are cut to what a screen has room for.

use chorus::{pulse::v1 as pulse, signal::v1 as wire};

use crate::library::incidents::{Incident, IncidentKind, Remedy, Remembered};

/// Characters of a reason.
const MAX_REASON: usize = 500;
/// Characters of a plugin's name, vendor and version.
const MAX_NAME: usize = 120;
/// Bytes of a plugin's id, as in songs: what is longer is in none.
const MAX_ID_BYTES: usize = pulse_model::MAX_NAME_BYTES;
/// Bytes of a backtrace, as the contract has it.
const MAX_BACKTRACE_BYTES: usize = 8 << 10;

/// What Signal tells; `None` if it is of no plugin that a song can have.
#[must_use]
pub fn from_signal(it: wire::Incident) -> Option<Incident> {
    if it.plugin_id.is_empty() || it.plugin_id.len() > MAX_ID_BYTES {
        return None;
    }
    let (kind, remedy) = (kind(it.kind()), remedy(it.remedy()));
    let short = |text: String, most| -> String { text.chars().take(most).collect() };
    let mut backtrace = it.backtrace;
    backtrace.truncate(backtrace.floor_char_boundary(MAX_BACKTRACE_BYTES));
    let is_hash = it.state.len() == 64 && it.state.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(Incident {
        kind,
        certain: it.certain,
        reason: short(it.reason, MAX_REASON),
        signal: it.signal,
        remedy,
        backtrace,
        plugin_id: it.plugin_id,
        name: short(it.name, MAX_NAME),
        vendor: short(it.vendor, MAX_NAME),
        version: short(it.version, MAX_NAME),
        device: it.device,
        state: if is_hash { it.state } else { String::new() },
        position: it.position.max(0),
        sample_rate: it.sample_rate,
        unix_ms: it.unix_ms.max(0),
    })
}

/// What a client is told.
#[must_use]
pub fn remembered(it: Remembered) -> pulse::RememberedIncident {
    let Remembered { id, song, incident } = it;
    let kind = match incident.kind {
        IncidentKind::Crash => wire::IncidentKind::Crash,
        IncidentKind::Hang => wire::IncidentKind::Hang,
        IncidentKind::CrashOnLoad => wire::IncidentKind::CrashOnLoad,
        IncidentKind::HangOnLoad => wire::IncidentKind::HangOnLoad,
        IncidentKind::BadSound => wire::IncidentKind::BadSound,
        IncidentKind::BadMessage => wire::IncidentKind::BadMessage,
        IncidentKind::Flood => wire::IncidentKind::Flood,
        IncidentKind::Unknown => wire::IncidentKind::Unspecified,
    };
    let remedy = match incident.remedy {
        Remedy::Nothing => wire::Remedy::None,
        Remedy::Restarted => wire::Remedy::Restarted,
        Remedy::Alone => wire::Remedy::Alone,
        Remedy::LeftOut => wire::Remedy::LeftOut,
        Remedy::Unknown => wire::Remedy::Unspecified,
    };
    let incident = wire::Incident {
        device: incident.device,
        certain: incident.certain,
        kind: kind.into(),
        reason: incident.reason,
        signal: incident.signal,
        remedy: remedy.into(),
        backtrace: incident.backtrace,
        plugin_id: incident.plugin_id,
        name: incident.name,
        vendor: incident.vendor,
        version: incident.version,
        state: incident.state,
        position: incident.position,
        sample_rate: incident.sample_rate,
        unix_ms: incident.unix_ms,
    };
    pulse::RememberedIncident { id, song, incident: Some(incident) }
}

fn kind(it: wire::IncidentKind) -> IncidentKind {
    match it {
        wire::IncidentKind::Crash => IncidentKind::Crash,
        wire::IncidentKind::Hang => IncidentKind::Hang,
        wire::IncidentKind::CrashOnLoad => IncidentKind::CrashOnLoad,
        wire::IncidentKind::HangOnLoad => IncidentKind::HangOnLoad,
        wire::IncidentKind::BadSound => IncidentKind::BadSound,
        wire::IncidentKind::BadMessage => IncidentKind::BadMessage,
        wire::IncidentKind::Flood => IncidentKind::Flood,
        wire::IncidentKind::Unspecified => IncidentKind::Unknown,
    }
}

fn remedy(it: wire::Remedy) -> Remedy {
    match it {
        wire::Remedy::None => Remedy::Nothing,
        wire::Remedy::Restarted => Remedy::Restarted,
        wire::Remedy::Alone => Remedy::Alone,
        wire::Remedy::LeftOut => Remedy::LeftOut,
        wire::Remedy::Unspecified => Remedy::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_plugin_are_cut_and_what_is_no_hash_is_left_out() {
        let told = wire::Incident {
            plugin_id: "a.b".to_owned(),
            name: "é".repeat(10_000),
            reason: "x".repeat(10_000),
            backtrace: "é".repeat(10_000),
            state: "../../etc".to_owned(),
            position: -5,
            kind: 99,
            ..wire::Incident::default()
        };
        let incident = from_signal(told.clone()).expect("a plugin");
        assert_eq!((incident.name.chars().count(), incident.reason.len()), (MAX_NAME, MAX_REASON));
        assert_eq!((incident.backtrace.len(), incident.state.as_str()), (MAX_BACKTRACE_BYTES, ""));
        assert_eq!((incident.position, incident.kind), (0, IncidentKind::Unknown));
        assert_eq!(from_signal(wire::Incident { plugin_id: String::new(), ..told.clone() }), None);
        assert_eq!(from_signal(wire::Incident { plugin_id: "x".repeat(2000), ..told }), None);
    }

    #[test]
    fn incident_comes_out_as_it_came_in() {
        for kind in 1..=7 {
            let told = wire::Incident {
                device: 300,
                certain: true,
                kind,
                reason: "signal 11".to_owned(),
                signal: 11,
                remedy: kind.min(4),
                backtrace: "a\nb".to_owned(),
                plugin_id: "a.b".to_owned(),
                name: "N".to_owned(),
                vendor: "V".to_owned(),
                version: "1".to_owned(),
                state: "0a".repeat(32),
                position: 7,
                sample_rate: 48_000,
                unix_ms: 9,
            };
            let incident = from_signal(told.clone()).expect("a plugin");
            let out = remembered(Remembered { id: 1, song: "Sea".to_owned(), incident });
            assert_eq!(out.incident, Some(told));
        }
    }
}
