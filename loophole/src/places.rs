//! Where things are on this machine: XDG folders, the programs of the other processes, the page. Creates nothing.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};

/// Names a folder with the programs of the other processes, for tests and packagers. Default: beside this program.
const PROGRAMS_VARIABLE: &str = "LOOPHOLE_PROGRAMS";
/// Names the folder of the built page.
const PAGE_VARIABLE: &str = "LOOPHOLE_PAGE";

/// `$XDG_DATA_HOME/loophole`: songs and the demo.
pub(crate) fn data_folder() -> anyhow::Result<PathBuf> {
    home_folder("XDG_DATA_HOME", ".local/share")
}

/// Where songs are made if nothing else is said.
pub(crate) fn songs_folder() -> anyhow::Result<PathBuf> {
    Ok(data_folder()?.join("songs"))
}

/// Songs are recognised by their ending.
pub(crate) fn is_song_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "loophole")
}

/// `$XDG_STATE_HOME/loophole`: the log, and which songs were opened last.
pub(crate) fn state_folder() -> anyhow::Result<PathBuf> {
    home_folder("XDG_STATE_HOME", ".local/state")
}

/// `$XDG_CONFIG_HOME/loophole`: what the user chose on this machine.
pub(crate) fn config_folder() -> anyhow::Result<PathBuf> {
    home_folder("XDG_CONFIG_HOME", ".config")
}

/// The log of all processes.
pub(crate) fn log_file() -> anyhow::Result<PathBuf> {
    Ok(state_folder()?.join("loophole.log"))
}

fn home_folder(variable: &str, below_home: &str) -> anyhow::Result<PathBuf> {
    // The XDG specification says to ignore relative paths.
    let base = match env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(base) => base,
        None => {
            let home = env::home_dir().filter(|home| home.is_absolute());
            home.with_context(|| format!("neither HOME nor {variable} is set"))?.join(below_home)
        }
    };
    Ok(base.join("loophole"))
}

/// Holds a folder for each running Loophole of this user.
pub(crate) fn runtime_base() -> PathBuf {
    match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(folder) if folder.is_absolute() && folder.is_dir() => folder.join("loophole"),
        _ => PathBuf::from(format!("/tmp/loophole-{}", rustix::process::geteuid().as_raw())),
    }
}

/// A program of another process.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let folder = match env::var_os(PROGRAMS_VARIABLE) {
        Some(folder) => std::path::absolute(folder)?,
        None => own_folder()?,
    };
    let path = folder.join(name);
    ensure!(path.is_file(), "{} is missing: Loophole is not completely built or installed", path.display());
    Ok(path)
}

/// The built page: as told, else from the environment, else beside the program or in the source tree.
pub(crate) fn page_folder(told: Option<&Path>) -> anyhow::Result<PathBuf> {
    let told = told.map(Path::to_owned).or_else(|| env::var_os(PAGE_VARIABLE).map(PathBuf::from));
    if let Some(folder) = told {
        return Ok(std::path::absolute(folder)?);
    }
    let own = own_folder()?;
    let installed = own.join("page");
    Ok(if installed.is_dir() { installed } else { own.join("../../aura/web/dist") })
}

fn own_folder() -> anyhow::Result<PathBuf> {
    let program = env::current_exe().context("cannot tell where this program is")?;
    Ok(program.parent().unwrap_or(Path::new("/")).to_owned())
}
