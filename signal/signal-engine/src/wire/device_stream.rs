//! The stream of devices' states to whoever watches them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chorus::signal::v1 as wire;
use tokio::sync::{mpsc, watch};
use tonic::Status;

use crate::device_board::DeviceStatus;
use crate::wire::status;

/// The state of each device of the graph, by its id in the song.
pub type Board = BTreeMap<u64, Arc<DeviceStatus>>;

/// The state of every device, then what changes, as long as the client listens. A slow client skips states, never devices.
pub async fn send(
    mut devices: watch::Receiver<Board>,
    to_client: mpsc::Sender<Result<wire::WatchDevicesResponse, Status>>,
) {
    let mut sent = Board::new();
    loop {
        let now = devices.borrow_and_update().clone();
        let gone = sent.keys().filter(|device| !now.contains_key(device)).map(|device| {
            let status = wire::DeviceStatus { device: *device, ..Default::default() };
            wire::WatchDevicesResponse { status: Some(status), removed: true }
        });
        let is_new = |device: &u64, status: &Arc<DeviceStatus>| {
            !sent.get(device).is_some_and(|sent| Arc::ptr_eq(sent, status))
        };
        let changed = now.iter().filter(|(device, status)| is_new(device, status)).map(|(_, status)| {
            wire::WatchDevicesResponse { status: Some(status::device_status(status)), removed: false }
        });
        let messages: Vec<_> = gone.chain(changed).collect();
        for message in messages {
            if to_client.send(Ok(message)).await.is_err() {
                return;
            }
        }
        sent = now;
        tokio::select! {
            changed = devices.changed() => if changed.is_err() { return },
            () = to_client.closed() => return,
        }
    }
}
