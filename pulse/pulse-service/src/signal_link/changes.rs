//! What plugins change of themselves, as transactions: values that their windows move, and states.

use std::collections::{BTreeMap, HashMap};

use pulse_model::{Command, Id, NOBODY, SetDeviceState, SetParameter};
use tokio::sync::oneshot;

use super::Link;
use crate::{
    main_loop::{Edit, Event},
    song::Refusal,
    store::{durable, states},
};

/// States that wait for room on the disk; what is beyond is lost until its plugin changes again.
const MAX_UNSTORED_BYTES: usize = 256 << 20;

impl Link {
    pub(super) async fn set_parameters(&self, moves: HashMap<(u64, u32), f64>) {
        let mut devices: BTreeMap<u64, BTreeMap<u32, f64>> = BTreeMap::new();
        for ((device, parameter), value) in moves {
            devices.entry(device).or_default().insert(parameter, value);
        }
        for (device, values) in devices {
            let device = Id(device);
            let set = |(parameter, value)| Command::SetParameter(SetParameter { device, parameter, value });
            // What is refused stays as the plugin has it, and goes into the song with its state.
            let _ = self.edit(device, values.into_iter().map(set).collect(), String::new()).await;
        }
    }

    pub(super) async fn keep_state(&self, device: u64, state: Vec<u8>) {
        self.shared().unstored.remove(&device);
        let folder = self.around.folder.clone();
        let storing = move || (states::store(&folder, &state), state);
        let (hash, state) = match tokio::task::spawn_blocking(storing).await {
            Ok((Ok(hash), state)) => (hash, state),
            Ok((Err(error), state)) if durable::is_full(&error) => return self.keep_for_later(device, state),
            Ok((Err(error), _)) => {
                return tracing::error!("the state of device {device} could not be stored: {error}");
            }
            Err(error) => return tracing::error!("storing the state of device {device} failed: {error}"),
        };
        self.shared().known_states.given(device, hash.clone());
        let Some(view) = self.look(None).await else { return };
        let Some(name) = view.project.device(Id(device)).map(|device| device.name.clone()) else { return };
        let command = Command::SetDeviceState(SetDeviceState { device: Id(device), state: hash });
        let label = format!("Plugin state of {name}");
        if let Err(Refusal::Disk(_)) = self.edit(Id(device), vec![command], label).await {
            self.keep_for_later(device, state);
        }
    }

    fn keep_for_later(&self, device: u64, state: Vec<u8>) {
        tracing::warn!("the state of device {device} waits for room on the disk");
        let mut shared = self.shared();
        let unstored = &mut shared.unstored;
        let others: usize = unstored.values().map(Vec::len).sum();
        if others + state.len() <= MAX_UNSTORED_BYTES {
            unstored.insert(device, state);
        }
    }

    async fn edit(&self, device: Id, commands: Vec<Command>, label: String) -> Result<(), Refusal> {
        let (reply, answer) = oneshot::channel();
        let edit = Edit::OfPlugin { device, commands, label };
        let event = Event::Edit { client: NOBODY.to_owned(), edit, reply };
        if self.around.events.send(event).await.is_ok()
            && let Ok(Err(refusal)) = answer.await
        {
            tracing::warn!("what a plugin changed was refused: {refusal}");
            return Err(refusal);
        }
        Ok(())
    }
}
