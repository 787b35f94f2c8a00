//! What pages remember of this user on this machine, such as that the tour was seen: small named texts in
//! `$XDG_CONFIG_HOME/loophole/page.json`. Not part of any song, and knows no meaning of a name.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes of a name.
const MAX_NAME_BYTES: usize = 64;
/// Bytes of a text: enough for the layout of every panel.
const MAX_VALUE_BYTES: usize = 4096;
/// Names in all: pages have a few dozen; more is a page gone wrong.
const MAX_NAMES: usize = 128;

/// Why a preference was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreferenceError {
    /// Too long, too many, or without a name.
    #[error(
        "a preference has a name of 1 to {MAX_NAME_BYTES} bytes and a text of up to {MAX_VALUE_BYTES}, and there are at \
         most {MAX_NAMES}"
    )]
    TooMuch,
    /// The file cannot be written.
    #[error("cannot write {path}: {error}")]
    Unwritable { path: String, error: io::Error },
}

/// The preferences and their file. One value each; every change is written at once.
pub(crate) struct Preferences {
    file: PathBuf,
    values: BTreeMap<String, String>,
}

impl Preferences {
    /// Reads the file. One that is missing is empty; one that cannot be read is put aside as `….damaged`, and what went
    /// wrong is given for the log.
    pub fn read(file: PathBuf) -> (Self, Option<String>) {
        let (values, trouble) = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => (BTreeMap::new(), None),
            Err(error) => (BTreeMap::new(), Some(format!("cannot read {}: {error}", file.display()))),
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(values) => (values, None),
                Err(error) => (BTreeMap::new(), Some(put_aside(&file, &error))),
            },
        };
        (Self { file, values }, trouble)
    }

    /// All of them, by name.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// Keeps a text under a name; an empty text forgets the name.
    ///
    /// # Errors
    /// See [`PreferenceError`]; then nothing is changed.
    pub fn keep(&mut self, name: &str, value: &str) -> Result<(), PreferenceError> {
        let fits = (1..=MAX_NAME_BYTES).contains(&name.len()) && value.len() <= MAX_VALUE_BYTES;
        let is_known = self.values.contains_key(name);
        if !fits || (!is_known && self.values.len() >= MAX_NAMES) {
            return Err(PreferenceError::TooMuch);
        }
        let mut values = self.values.clone();
        if value.is_empty() {
            values.remove(name);
        } else {
            values.insert(name.to_owned(), value.to_owned());
        }
        write(&self.file, &values)
            .map_err(|error| PreferenceError::Unwritable { path: self.file.display().to_string(), error })?;
        self.values = values;
        Ok(())
    }
}

fn put_aside(file: &Path, error: &serde_json::Error) -> String {
    let aside = file.with_extension("json.damaged");
    match fs::rename(file, &aside) {
        Ok(()) => format!("{} is damaged ({error}) and now called {}", file.display(), aside.display()),
        Err(_) => format!("{} is damaged ({error}): remove it", file.display()),
    }
}

/// Beside it first, so that the file is whole at any moment.
fn write(file: &Path, values: &BTreeMap<String, String>) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let new = file.with_extension("json.new");
    fs::write(&new, serde_json::to_vec_pretty(values)?)?;
    fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reopened(file: &Path) -> BTreeMap<String, String> {
        Preferences::read(file.to_owned()).0.all().clone()
    }

    #[test]
    fn what_is_kept_is_there_again_and_what_is_emptied_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("below/page.json");
        let (mut preferences, trouble) = Preferences::read(file.clone());
        assert_eq!(trouble, None);
        preferences.keep("tour", "seen").unwrap();
        preferences.keep("panel", "230").unwrap();
        assert_eq!(reopened(&file).get("tour").map(String::as_str), Some("seen"));
        preferences.keep("tour", "").unwrap();
        assert_eq!(reopened(&file).keys().collect::<Vec<_>>(), ["panel"]);
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.json");
        fs::write(&file, "{\"tour\": ").unwrap();
        let (mut preferences, trouble) = Preferences::read(file.clone());
        assert!(trouble.is_some_and(|text| text.contains("page.json.damaged")));
        assert_eq!(fs::read(folder.path().join("page.json.damaged")).unwrap(), b"{\"tour\": ");
        preferences.keep("tour", "seen").unwrap();
        assert_eq!(reopened(&file).len(), 1);
    }

    #[test]
    fn too_much_is_refused_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.json");
        let (mut preferences, _) = Preferences::read(file.clone());
        for index in 0..MAX_NAMES {
            preferences.keep(&index.to_string(), "x").unwrap();
        }
        for (name, value) in [("one more", "x"), ("", "x"), (&"n".repeat(65), "x"), ("1", &"v".repeat(4097))]
        {
            assert!(matches!(preferences.keep(name, value), Err(PreferenceError::TooMuch)), "{name}");
        }
        assert_eq!(reopened(&file).len(), MAX_NAMES);
        assert_eq!(reopened(&file)["1"], "x");
    }

    #[test]
    fn a_folder_in_the_way_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.json");
        fs::create_dir(&file).unwrap();
        let error = Preferences::read(file).0.keep("tour", "seen").unwrap_err().to_string();
        assert!(error.contains("page.json"), "{error}");
    }
}
