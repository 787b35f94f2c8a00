//! `loophole grants`: what plugins may reach on this machine, as Pulse knows it. No song is opened; a Loophole that runs
//! hears of it within seconds.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::plugins::{ask_pulse, read};

/// `loophole grants`.
#[derive(clap::Args, Debug)]
pub(crate) struct Grants {
    /// Its id, as `loophole plugins` shows it.
    #[arg(value_name = "PLUGIN-ID")]
    plugin: Option<String>,
    /// Let it read a file, or a folder with all that is in it.
    #[arg(long, value_name = "PATH", requires = "plugin")]
    read: Vec<PathBuf>,
    /// Let it read and write it.
    #[arg(long, value_name = "PATH", requires = "plugin")]
    write: Vec<PathBuf>,
    /// Let it connect to other machines, and to servers on this one.
    #[arg(long, requires = "plugin")]
    network: bool,
    /// Let it open windows. Under X11 whoever does can see the screen, and every key that is pressed.
    #[arg(long, requires = "plugin")]
    display: bool,
    /// Take something back: `network`, `display`, `all`, or a path that was granted.
    #[arg(long, value_name = "WHAT", requires = "plugin")]
    revoke: Vec<String>,
    #[arg(long)]
    json: bool,
}

/// As Pulse writes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Granted {
    places: Vec<Place>,
    network: bool,
    display: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Place {
    path: PathBuf,
    writable: bool,
}

impl Granted {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For people, a line each.
    fn lines(&self) -> Vec<String> {
        let place = |Place { path, writable }: &Place| {
            format!("{}  {}", if *writable { "writes" } else { "reads " }, path.display())
        };
        let mut lines: Vec<String> = self.places.iter().map(place).collect();
        lines.extend(self.network.then(|| "connects to other machines (network)".to_owned()));
        lines.extend(self.display.then(|| "opens windows (display)".to_owned()));
        lines
    }
}

/// Shows, grants and revokes.
pub(super) async fn run(asked: Grants) -> anyhow::Result<ExitCode> {
    let json = asked.json;
    let all = listed(&ask_pulse(&["--grants"]).await?)?;
    let Some(plugin) = asked.plugin.clone() else {
        show(&all, json)?;
        return Ok(ExitCode::SUCCESS);
    };
    let before = all.get(&plugin).cloned().unwrap_or_default();
    let wished = wish(&before, asked)?;
    let after = if wished == before {
        all
    } else {
        let wished = serde_json::to_string(&wished)?;
        listed(&ask_pulse(&["--grant", &plugin, "--wished", &wished]).await?)?
    };
    let of_it = after.get(&plugin).cloned().unwrap_or_default();
    show(&BTreeMap::from([(plugin, of_it)]), json)?;
    Ok(ExitCode::SUCCESS)
}

fn listed(text: &str) -> anyhow::Result<BTreeMap<String, Granted>> {
    read(text)
}

/// What is to be granted from now on.
fn wish(before: &Granted, asked: Grants) -> anyhow::Result<Granted> {
    let mut wished = before.clone();
    for what in &asked.revoke {
        let path = std::path::absolute(what)?;
        match what.as_str() {
            "all" => wished = Granted::default(),
            "network" => wished.network = false,
            "display" => wished.display = false,
            _ if wished.places.iter().any(|place| place.path == path) => {
                wished.places.retain(|place| place.path != path);
            }
            _ => bail!("{what} was not granted: see `loophole grants PLUGIN-ID`"),
        }
    }
    let new = asked.read.iter().map(|path| (path, false)).chain(asked.write.iter().map(|path| (path, true)));
    for (path, writable) in new {
        let path = plain(path)?;
        wished.places.retain(|place| place.path != path);
        wished.places.push(Place { path, writable });
    }
    wished.network |= asked.network;
    wished.display |= asked.display;
    Ok(wished)
}

/// Absolute, without the dots of somebody who stands in a folder.
fn plain(path: &Path) -> anyhow::Result<PathBuf> {
    let has_dots = path.components().any(|part| part == std::path::Component::ParentDir);
    if has_dots {
        return path.canonicalize().with_context(|| format!("there is no {}", path.display()));
    }
    Ok(std::path::absolute(path)?)
}

fn show(all: &BTreeMap<String, Granted>, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(all)?);
        return Ok(());
    }
    if all.is_empty() {
        println!("No plugin was granted anything: each reads its own folder and the system's libraries.");
    }
    for (plugin, granted) in all {
        if granted.is_empty() {
            println!("{plugin} was granted nothing: it reads its own folder and the system's libraries.");
            continue;
        }
        println!("{plugin}");
        granted.lines().iter().for_each(|line| println!("  {line}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        grants: Grants,
    }

    fn wished(before: &Granted, line: &str) -> anyhow::Result<Granted> {
        let words = ["grants", "a.b"].into_iter().chain(line.split_whitespace());
        wish(before, Line::try_parse_from(words)?.grants)
    }

    #[test]
    fn what_is_asked_for_is_added_and_what_is_revoked_is_taken_away() {
        let some = wished(&Granted::default(), "--read /a --write /b --network").expect("a wish");
        let place = |path: &str, writable| Place { path: path.into(), writable };
        let both = vec![place("/a", false), place("/b", true)];
        assert_eq!(some, Granted { places: both, network: true, display: false });
        let other = wished(&some, "--revoke network --revoke /b --write /a --display").expect("a wish");
        assert_eq!(other, Granted { places: vec![place("/a", true)], network: false, display: true });
        assert!(wished(&other, "--revoke all").expect("a wish").is_empty());
        assert!(wished(&other, "--revoke /b").is_err_and(|error| error.to_string().contains("/b")));
    }
}
