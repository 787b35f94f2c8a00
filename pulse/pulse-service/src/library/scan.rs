//! Describing one bundle: starts a sandbox that only looks, and limits its time.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{io::AsyncReadExt as _, process::Command};

use crate::wire::bundle::{self, Said};

/// ZamVerb takes 5 s in some hosts; a bundle that takes longer than this never returns.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);
/// What a bundle may say: 500 plugins at their longest fit.
const MAX_BYTES: u64 = 8 << 20;

/// A plugin of a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginFacts {
    /// Its own id.
    pub plugin_id: String,
    /// For people.
    pub name: String,
    /// For people.
    pub vendor: String,
    /// For people.
    pub version: String,
    /// For people.
    pub description: String,
    /// Of the CLAP standard, and others.
    pub features: Vec<String>,
    /// How many it has.
    pub parameters: u32,
    /// Why it can't be used; empty if it can.
    pub trouble: String,
}

/// What became of looking at a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its plugins.
    Described(Vec<PluginFacts>),
    /// Why it can't be used.
    Failed(String),
}

/// Has a bundle described by `sandbox`, the program that hosts plugins.
pub async fn describe(sandbox: &Path, bundle: &Path) -> Outcome {
    let child = Command::new(sandbox)
        .arg("--describe")
        .arg(bundle)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return Outcome::Failed(format!("{} can't be started: {error}", sandbox.display())),
    };
    let mut bytes = Vec::new();
    let reading = async {
        if let Some(output) = child.stdout.take() {
            // What was said before the pipe broke counts.
            let _ = output.take(MAX_BYTES).read_to_end(&mut bytes).await;
        }
        child.wait().await
    };
    let ended = tokio::time::timeout(TIME_LIMIT, reading).await;
    let cut_short = match ended {
        Ok(Ok(status)) if status.success() => None,
        Ok(Ok(status)) => Some(death(status)),
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("it did not answer for {} seconds", TIME_LIMIT.as_secs())),
    };
    outcome(bundle::read(&bytes), cut_short)
}

fn death(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(signal) => format!("it crashed while it was looked at (signal {signal})"),
        None => format!("it ended while it was looked at ({status})"),
    }
}

/// Plugins are made in the order they are listed: the first of which nothing more was said is the one that broke off.
fn outcome(said: Vec<Said>, cut_short: Option<String>) -> Outcome {
    let mut plugins: Vec<PluginFacts> = Vec::new();
    let mut started = 0;
    let mut is_whole = false;
    for said in said {
        match said {
            Said::Listed(plugin) => plugins.push(plugin),
            Said::Started { plugin_id, parameters, error } => {
                if let Some(plugin) = plugins.iter_mut().find(|plugin| plugin.plugin_id == plugin_id) {
                    (plugin.parameters, plugin.trouble) = (parameters, error);
                }
                started += 1;
            }
            Said::Error(error) => return Outcome::Failed(error),
            Said::End => is_whole = true,
        }
    }
    // A bundle that crashes when it is unloaded has said everything.
    if is_whole {
        return Outcome::Described(plugins);
    }
    let reason = cut_short.unwrap_or_else(|| "it ended before it had said everything".to_owned());
    match plugins.get_mut(started..) {
        Some([first, rest @ ..]) => {
            first.trouble = reason;
            for plugin in rest {
                plugin.trouble = "a plugin before it in its bundle broke off".to_owned();
            }
            Outcome::Described(plugins)
        }
        _ => Outcome::Failed(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str) -> Said {
        Said::Listed(PluginFacts { plugin_id: id.to_owned(), ..PluginFacts::default() })
    }

    #[test]
    fn the_plugin_that_broke_off_is_told_from_the_others() {
        let started = Said::Started { plugin_id: "a".to_owned(), parameters: 3, error: String::new() };
        let said = vec![listed("a"), listed("b"), listed("c"), started];
        let Outcome::Described(plugins) = outcome(said, Some("it crashed".to_owned())) else {
            panic!("its plugins are known")
        };
        let troubles: Vec<&str> = plugins.iter().map(|plugin| plugin.trouble.as_str()).collect();
        assert_eq!(troubles, ["", "it crashed", "a plugin before it in its bundle broke off"]);
        assert_eq!(plugins[0].parameters, 3);
    }

    #[test]
    fn a_bundle_that_says_nothing_has_failed() {
        assert_eq!(outcome(vec![], Some("it hung".to_owned())), Outcome::Failed("it hung".to_owned()));
        let error = vec![Said::Error("no plugins".to_owned())];
        assert_eq!(outcome(error, None), Outcome::Failed("no plugins".to_owned()));
        assert_eq!(outcome(vec![Said::End], None), Outcome::Described(vec![]));
    }
}
