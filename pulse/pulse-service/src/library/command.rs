//! `loophole-pulse plugins`: catalogue and incidents as JSON, without a song, for the command line.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::library::{
    self,
    catalogue::{Catalogue, Contents},
    grants::{self, GrantBook, Limits},
    incidents::{self, Incidents},
};

/// Between two looks at a scan.
const PERIOD: Duration = Duration::from_millis(50);

/// What is to be listed, or done instead.
#[derive(Clone, Debug, clap::Args)]
pub struct PluginsOptions {
    /// Describe every bundle anew.
    #[arg(long)]
    pub rescan: bool,
    /// List what went wrong with plugins instead.
    #[arg(long)]
    pub incidents: bool,
    /// Let the plugin of this id run as its songs say instead.
    #[arg(long)]
    pub forgive: Option<String>,
    /// List what plugins may reach instead.
    #[arg(long)]
    pub grants: bool,
    /// Grant the plugin of this id what `--wished` says, and nothing else.
    #[arg(long, requires = "wished", value_name = "PLUGIN-ID")]
    pub grant: Option<String>,
    /// Places, network and display, as JSON.
    #[arg(long)]
    pub wished: Option<String>,
    /// The program that hosts plugins.
    #[arg(long)]
    pub sandbox_binary: PathBuf,
}

/// Scans what is new, waits for it, and prints the catalogue; or does what is asked for instead.
///
/// # Errors
/// There is no runtime, nobody reads what is printed, the plugin to forgive does not run alone, or what is wished is not
/// granted.
pub fn run(options: PluginsOptions) -> anyhow::Result<()> {
    let incidents = Incidents::new(incidents::state_file());
    if let Some(plugin) = options.forgive {
        anyhow::ensure!(incidents.forgive(&plugin), "{plugin} does not run alone for a crash");
        return Ok(());
    }
    if options.incidents {
        println!("{}", serde_json::to_string(&incidents.all())?);
        return Ok(());
    }
    if options.grants || options.grant.is_some() {
        let book = GrantBook::new(grants::config_file(), Limits::of_this_user());
        if let (Some(plugin), Some(wished)) = (options.grant, options.wished) {
            book.set_from_json(&plugin, &wished)?;
        }
        println!("{}", book.to_json()?);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let catalogue = Arc::new(Catalogue::new(options.sandbox_binary));
    let contents = runtime.block_on(scanned(&catalogue, &incidents, options.rescan));
    println!("{}", serde_json::to_string(&contents)?);
    Ok(())
}

async fn scanned(catalogue: &Arc<Catalogue>, incidents: &Incidents, rescan: bool) -> Contents {
    let mut contents = library::plugins(catalogue, incidents, rescan);
    while contents.scanning {
        tokio::time::sleep(PERIOD).await;
        contents = library::plugins(catalogue, incidents, false);
    }
    contents
}
