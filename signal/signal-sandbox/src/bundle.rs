//! Where a bundle lies on disk. Opens none.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The file of a bundle: `bundle` itself where it is an absolute path, else the first of that name in the folders where
/// the CLAP standard puts plugins: `$CLAP_PATH`, `~/.clap`, `/usr/lib/clap`. `None`: there is no such file.
pub fn find_bundle(bundle: &str) -> Option<PathBuf> {
    let path = Path::new(bundle);
    if path.is_absolute() {
        return path.is_file().then(|| path.to_owned());
    }
    let is_name = path.components().count() == 1 && path.file_name().is_some();
    plugin_folders()
        .into_iter()
        .filter(|_| is_name)
        .map(|folder| folder.join(path))
        .find(|file| file.is_file())
}

/// Where the CLAP standard puts plugins, in the order of search. Not all of them need be there.
pub fn plugin_folders() -> Vec<PathBuf> {
    let extra = env::var_os("CLAP_PATH").unwrap_or_default();
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".clap"));
    let extra = env::split_paths(&extra).filter(|folder| folder.is_absolute());
    extra.chain(home).chain([PathBuf::from("/usr/lib/clap")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_the_plugin_folders() {
        assert_eq!(find_bundle("../../etc/passwd"), None);
        assert_eq!(find_bundle(".."), None);
        assert_eq!(find_bundle(""), None);
        assert_eq!(find_bundle("/no/such/file.clap"), None);
    }

    #[test]
    fn an_absolute_path_to_a_file_is_taken_as_it_is() {
        let own = env::current_exe().unwrap();
        assert_eq!(find_bundle(own.to_str().unwrap()), Some(own));
    }
}
