//! The fixture of the end-to-end tests: a real Loophole in a home folder of its own.
//!
//! 1. [`Home::new`] makes an empty home; [`Home::run`] runs command lines in it; [`Home::make_song`] makes a song.
//! 2. [`Home::open`] starts `loophole` on a song and waits until everything answers.
//! 3. The test plays, edits, captures and kills through [`Running`], and looks at sound and bytes.
//! 4. Dropping it ends everything; [`Home::survivors`] says who did not go.
//!
//! It waits for outcomes, up to [`PATIENCE`], and never asserts how long a thing took.

pub mod control_loop;
pub mod server;
pub mod small_disk;
pub mod song;
pub mod sound;

pub mod home;
mod running;

pub use home::Home;
pub use running::Running;

use std::{future::Future, time::Duration};

/// How long an outcome may take before a test gives up: ten times what it takes on a slow, busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer.
///
/// # Errors
/// There was none within [`PATIENCE`]; the text says what was waited for.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> anyhow::Result<T> {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return Ok(answer);
        }
        anyhow::ensure!(tokio::time::Instant::now() < end, "waited in vain until {what}");
        tokio::time::sleep(POLL).await;
    }
}
