//! `loophole-pulse plugins`: the catalogue as JSON, without a song, for the command line.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::library::catalogue::{Catalogue, Contents};

/// Between two looks at a scan.
const PERIOD: Duration = Duration::from_millis(50);

/// What is to be listed.
#[derive(Clone, Debug, clap::Args)]
pub struct PluginsOptions {
    /// Describe every bundle anew.
    #[arg(long)]
    pub rescan: bool,
    /// The program that hosts plugins.
    #[arg(long)]
    pub sandbox_binary: PathBuf,
}

/// Scans what is new, waits for it, and prints the catalogue.
///
/// # Errors
/// There is no runtime, or nobody reads what is printed.
pub fn run(options: PluginsOptions) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let contents =
        runtime.block_on(scanned(Arc::new(Catalogue::new(options.sandbox_binary)), options.rescan));
    println!("{}", serde_json::to_string(&contents)?);
    Ok(())
}

async fn scanned(catalogue: Arc<Catalogue>, rescan: bool) -> Contents {
    let mut contents = catalogue.contents(rescan);
    while contents.scanning {
        tokio::time::sleep(PERIOD).await;
        contents = catalogue.contents(false);
    }
    contents
}
