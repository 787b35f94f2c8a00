//! Position and meters, read from the shared block about 60 times a second for all pages together. Writes nothing there,
//! and knows neither pages nor their messages.

use std::{sync::Arc, time::Duration};

use shm::telemetry::{Loudness, Meter, Reader, Transport};
use tokio::{sync::watch, time::MissedTickBehavior};

/// As often as a screen shows it.
const PERIOD: Duration = Duration::from_nanos(1_000_000_000 / 60);

/// One look at the block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telemetry {
    /// Where the playhead is and how Signal fares.
    pub transport: Transport,
    /// Peaks of all strips.
    pub meters: Vec<Meter>,
    /// Of the output; `None` if it makes no sense.
    pub loudness: Option<Loudness>,
}

impl Telemetry {
    /// Looks from now on, in a task of its own that ends with the last receiver. A look that makes no sense is skipped.
    /// Must be called within a tokio runtime.
    #[must_use]
    pub fn watch(reader: Reader) -> watch::Receiver<Arc<Self>> {
        let (sender, receiver) = watch::channel(Arc::default());
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                ticks.tick().await;
                if sender.is_closed() {
                    return;
                }
                if let Some(transport) = reader.transport() {
                    let (meters, loudness) = (reader.meters().collect(), reader.loudness());
                    let look = Self { transport, meters, loudness };
                    sender.send_if_modified(|last| {
                        let changed = **last != look;
                        if changed {
                            *last = Arc::new(look);
                        }
                        changed
                    });
                }
            }
        });
        receiver
    }
}
