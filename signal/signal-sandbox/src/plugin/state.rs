//! A plugin's own state, as a song keeps it. Knows no store.

use std::io::{self, Cursor, Write};

use clack_extensions::{
    state::PluginState,
    state_context::{PluginStateContext, StateContextType},
};
use clack_host::plugin::PluginMainThreadHandle;

use super::{LoadError, Plugin};

/// Bytes of one state, as the contract says.
pub const MAX_STATE_BYTES: u64 = 256 << 20;

impl Plugin {
    /// Whether it saves a state of its own.
    pub fn has_state(&mut self) -> bool {
        self.instance.plugin_handle().get_extension::<PluginState>().is_some()
    }

    /// Its state, at most [`MAX_STATE_BYTES`]. A plugin that tells purposes apart is asked for a song's.
    pub fn save(&mut self) -> Result<Vec<u8>, String> {
        let handle = self.instance.plugin_handle();
        let mut bytes = BoundedBytes(Vec::new());
        let saved = match extensions(&handle) {
            (_, Some(context)) => context.save(&handle, &mut bytes, StateContextType::ForProject).is_ok(),
            (Some(state), None) => state.save(&handle, &mut bytes).is_ok(),
            (None, None) => return Err("it has no state of its own".to_owned()),
        };
        if saved { Ok(bytes.0) } else { Err("it could not save its state".to_owned()) }
    }

    pub(super) fn restore(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        let handle = self.instance.plugin_handle();
        let mut bytes = Cursor::new(bytes);
        let restored = match extensions(&handle) {
            (_, Some(context)) => context.load(&handle, &mut bytes, StateContextType::ForProject).is_ok(),
            (Some(state), None) => state.load(&handle, &mut bytes).is_ok(),
            (None, None) => false,
        };
        let refused = || LoadError::Failed(format!("{} did not accept its saved state", self.identity.name));
        restored.then_some(()).ok_or_else(refused)
    }
}

fn extensions(handle: &PluginMainThreadHandle) -> (Option<PluginState>, Option<PluginStateContext>) {
    (handle.get_extension(), handle.get_extension())
}

/// A state on its way, refused when it is too large to be one.
struct BoundedBytes(Vec<u8>);

impl Write for BoundedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > MAX_STATE_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the state is too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_without_end_is_refused() {
        let mut bytes = BoundedBytes(vec![0; MAX_STATE_BYTES as usize]);
        assert!(bytes.write(&[0]).is_err());
    }
}
