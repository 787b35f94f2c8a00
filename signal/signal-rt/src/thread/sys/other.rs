//! Systems without an implementation: threads keep their normal priority. Untested.

use std::io;

/// [control] Refuses.
///
/// # Errors
/// Always.
pub fn set_fifo(_priority: i32) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}
