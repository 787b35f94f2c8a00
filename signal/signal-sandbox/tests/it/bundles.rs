//! Our own plugins' files, built anew if they are not there or older than their sources: `cargo test` for one package
//! does not see to the others.

use std::path::{Path, PathBuf};

use crate::peer::LENT_PROGRAMS;

/// The file of a package of `tests/`.
pub fn built(package: &str) -> String {
    let name = format!("lib{}.so", package.replace('-', "_"));
    if let Some(lent) = std::env::var_os(LENT_PROGRAMS) {
        return Path::new(&lent).join(name).to_str().unwrap().to_owned();
    }
    let folder: PathBuf = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    let file = folder.join(name);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(package).join("src");
    let changed = |path: &Path| path.metadata().and_then(|it| it.modified()).ok();
    let files = std::fs::read_dir(sources).unwrap().filter_map(|file| changed(&file.ok()?.path()));
    if changed(&file) < files.max() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = std::process::Command::new(cargo).args(["build", "-p", package]).status().unwrap();
        assert!(built.success());
    }
    file.to_str().unwrap().to_owned()
}
