//! What flows to one page without being asked for: the song, device states, processes, what can be reached, telemetry.
//! Each is a task that ends when the page falls behind, and is dropped with the page.

use std::{collections::BTreeMap, sync::Arc};

use chorus::{
    aura::v1::{Processes, Services},
    pulse::v1::{SubscribeRequest, pulse_service_client::PulseServiceClient},
    signal::v1::{DeviceStatus, WatchDevicesResponse, WatchRecordingResponse},
    supervisor::v1::{ExportJob, WatchExportsResponse},
};
use link::{Connection, Connector, Hello};
use tokio::sync::watch;

use super::{
    message::{self, ToPage, encode},
    shared::{Shared, SignalView, stay_connected},
};
use crate::outbox::{FellBehind, Outbox};

/// One page's own connection to Pulse, and how much of the song it has.
#[derive(Clone, Debug, Default)]
pub(super) struct PulseView {
    /// `None`: away.
    pub connection: Option<Connection>,
    /// The last sequence the page was given; `None` before the whole song was.
    pub have_sequence: Option<u64>,
    /// The song it is of, as its first part said; empty: unknown.
    pub have_song: String,
}

/// Brings the song: whole at first, then each transaction; after Pulse was away, what the page missed. Never ends while
/// the page takes it.
pub(super) async fn song(
    pulse: Connector,
    client: String,
    view: watch::Sender<PulseView>,
    outbox: Arc<Outbox>,
) {
    let hello = Hello { process: "aura".to_owned(), client };
    let follow = |connection, view| subscribe(connection, view, Arc::clone(&outbox));
    stay_connected(pulse, hello, view, follow, |view| view.connection = None).await;
}

async fn subscribe(
    connection: Connection,
    view: watch::Sender<PulseView>,
    outbox: Arc<Outbox>,
) -> Result<(), tonic::Status> {
    let mut pulse = PulseServiceClient::new(connection.channel.clone());
    let PulseView { have_sequence, have_song, .. } = view.borrow().clone();
    let request = SubscribeRequest { have_sequence, song: have_song };
    let mut stream = pulse.subscribe(request).await?.into_inner();
    view.send_modify(|view| view.connection = Some(connection));
    while let Some(response) = stream.message().await? {
        let Some(message) = message::relayed(response) else { continue };
        let have_sequence = sequence_after(&message, view.borrow().have_sequence);
        let other_song = song_begun(&message);
        let is_bulk = matches!(message, ToPage::Part(_));
        let bytes = encode(0, message);
        let sent = if is_bulk { outbox.push_when_room(bytes).await } else { outbox.push(bytes) };
        if let Err(FellBehind) = sent {
            return Ok(());
        }
        view.send_if_modified(|view| {
            view.have_sequence = have_sequence;
            if let Some(song) = other_song {
                view.have_song = song;
            }
            false
        });
    }
    Ok(())
}

/// What the page has once it got this message. A song that stops halfway through is asked for again as a whole.
fn sequence_after(message: &ToPage, before: Option<u64>) -> Option<u64> {
    match message {
        ToPage::Part(part) => part.last.then_some(part.sequence),
        ToPage::Transaction(transaction) => Some(transaction.sequence),
        _ => before,
    }
}

/// The song whose first part this is.
fn song_begun(message: &ToPage) -> Option<String> {
    match message {
        ToPage::Part(part) if part.first => Some(part.song.clone()),
        _ => None,
    }
}

/// Says what can be reached, and which song is about to be opened, now and at each change.
pub(super) async fn services(
    mut pulse: watch::Receiver<PulseView>,
    shared: Arc<Shared>,
    outbox: Arc<Outbox>,
) -> Result<(), FellBehind> {
    let (mut signal, mut supervisor) = (shared.signal.clone(), shared.supervisor.clone());
    let mut told = None;
    loop {
        let opening_song = supervisor.borrow_and_update().song.opening_path.clone();
        let pulse_is_there = pulse.borrow_and_update().connection.is_some();
        let now = {
            let signal = signal.borrow_and_update();
            let audio_device = signal.audio_device.clone();
            Services {
                pulse: pulse_is_there,
                signal: signal.connection.is_some(),
                audio_device,
                opening_song,
            }
        };
        if told.as_ref() != Some(&now) {
            outbox.push(encode(0, ToPage::Services(now.clone())))?;
            told = Some(now);
        }
        let changed = tokio::select! {
            changed = pulse.changed() => changed,
            changed = signal.changed() => changed,
            changed = supervisor.changed() => changed,
        };
        if changed.is_err() {
            return Ok(());
        }
    }
}

/// Says how each device is, now and at each change.
pub(super) async fn devices(
    mut signal: watch::Receiver<SignalView>,
    outbox: Arc<Outbox>,
) -> Result<(), FellBehind> {
    let mut told = BTreeMap::new();
    loop {
        let now = signal.borrow_and_update().devices.clone();
        for change in changes(&told, &now) {
            outbox.push(encode(0, ToPage::Device(change)))?;
        }
        told = now;
        if signal.changed().await.is_err() {
            return Ok(());
        }
    }
}

type Devices = BTreeMap<u64, Arc<WatchDevicesResponse>>;

fn changes(told: &Devices, now: &Devices) -> Vec<WatchDevicesResponse> {
    let removal = |&device: &u64| WatchDevicesResponse {
        status: Some(DeviceStatus { device, ..DeviceStatus::default() }),
        removed: true,
    };
    let is_news = |(device, status): &(&u64, &Arc<WatchDevicesResponse>)| {
        told.get(device).is_none_or(|told| !Arc::ptr_eq(told, status))
    };
    let removed = told.keys().filter(|device| !now.contains_key(device)).map(removal);
    removed.chain(now.iter().filter(is_news).map(|(_, status)| (**status).clone())).collect()
}

/// Shows what is being recorded, now and at each change.
pub(super) async fn recording(
    mut signal: watch::Receiver<SignalView>,
    outbox: Arc<Outbox>,
) -> Result<(), FellBehind> {
    let mut told: Option<Arc<WatchRecordingResponse>> = None;
    loop {
        let now = signal.borrow_and_update().recording.clone();
        let is_news = !told.as_ref().is_some_and(|told| Arc::ptr_eq(told, &now));
        if is_news {
            outbox.push(encode(0, ToPage::Recording(now.as_ref().clone())))?;
            told = Some(now);
        }
        if signal.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Shows the process tree, now and at each change.
pub(super) async fn processes(shared: Arc<Shared>, outbox: Arc<Outbox>) -> Result<(), FellBehind> {
    let mut supervisor = shared.supervisor.clone();
    loop {
        let processes = supervisor.borrow_and_update().processes.as_ref().clone();
        outbox.push(encode(0, ToPage::Processes(Processes { processes })))?;
        if supervisor.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Shows how exports fare, now and at each change.
pub(super) async fn exports(shared: Arc<Shared>, outbox: Arc<Outbox>) -> Result<(), FellBehind> {
    let mut supervisor = shared.supervisor.clone();
    let mut told: Option<Arc<Vec<ExportJob>>> = None;
    loop {
        let exports = Arc::clone(&supervisor.borrow_and_update().exports);
        if told.as_ref().is_none_or(|told| !Arc::ptr_eq(told, &exports)) {
            let message = WatchExportsResponse { exports: exports.as_ref().clone() };
            outbox.push(encode(0, ToPage::Exports(message)))?;
            told = Some(exports);
        }
        if supervisor.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Shows position and meters, as often as they change and the page takes them.
pub(super) async fn telemetry(shared: Arc<Shared>, outbox: Arc<Outbox>) -> Result<(), FellBehind> {
    let mut looks = shared.telemetry.clone();
    loop {
        let look = Arc::clone(&looks.borrow_and_update());
        outbox.set_telemetry(message::telemetry(&look));
        if looks.changed().await.is_err() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use chorus::pulse::v1::{SongPart, Transaction};

    use super::*;

    fn part(last: bool) -> ToPage {
        ToPage::Part(SongPart { last, sequence: 7, ..SongPart::default() })
    }

    #[test]
    fn a_song_counts_only_once_it_is_whole() {
        assert_eq!(sequence_after(&part(false), Some(3)), None);
        assert_eq!(sequence_after(&part(true), None), Some(7));
        let begun = ToPage::Part(SongPart { first: true, song: "b".to_owned(), ..SongPart::default() });
        assert_eq!((song_begun(&begun).as_deref(), song_begun(&part(true))), (Some("b"), None));
        let next = ToPage::Transaction(Transaction { sequence: 8, ..Transaction::default() });
        assert_eq!(sequence_after(&next, Some(7)), Some(8));
    }

    fn device(pid: u32) -> Arc<WatchDevicesResponse> {
        let status = DeviceStatus { device: 1, pid, ..DeviceStatus::default() };
        Arc::new(WatchDevicesResponse { status: Some(status), removed: false })
    }

    #[test]
    fn a_page_is_told_new_changed_and_removed_devices_and_no_others() {
        let (one, other) = (device(1), device(2));
        let map = |status: &Arc<WatchDevicesResponse>| Devices::from([(1, Arc::clone(status))]);
        assert_eq!(changes(&Devices::new(), &map(&one)), [(*one).clone()]);
        assert_eq!(changes(&map(&one), &map(&one)), []);
        assert_eq!(changes(&map(&one), &map(&other)), [(*other).clone()]);
        let removed = changes(&map(&one), &Devices::new());
        assert!(removed[0].removed && removed[0].status.as_ref().is_some_and(|status| status.device == 1));
    }
}
