//! Grants across processes and restarts, and places that are none.

use std::{fs, os::unix::fs::symlink};

use super::*;

struct Home {
    folder: tempfile::TempDir,
    file: PathBuf,
    limits: Limits,
}

fn home() -> Home {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a path");
    for name in ["ann/Samples/Drums", "ann/.config/loophole", "ann/.clap", "ann/Song.loophole/media"] {
        fs::create_dir_all(root.join(name)).expect("made");
    }
    fs::write(root.join("ann/licence.key"), b"key").expect("written");
    symlink(root.join("ann/Samples"), root.join("ann/Library")).expect("linked");
    let own = root.join("ann/.config/loophole");
    let limits =
        Limits { home: Some(root.join("ann")), only_read: vec![own.clone(), root.join("ann/.clap")] };
    Home { folder, file: own.join("grants.json"), limits }
}

impl Home {
    fn path(&self, name: &str) -> String {
        let root = self.folder.path().canonicalize().expect("a path");
        root.join(name).to_str().expect("UTF-8").to_owned()
    }

    fn book(&self) -> GrantBook {
        GrantBook::new(Some(self.file.clone()), self.limits.clone())
    }

    fn place(&self, name: &str, writable: bool) -> GrantedPlace {
        GrantedPlace { path: self.path(name), leads_to: String::new(), writable }
    }

    fn places(&self, places: &[(&str, bool)]) -> Grants {
        let places = places.iter().map(|(name, writable)| self.place(name, *writable)).collect();
        Grants { places, ..Grants::default() }
    }
}

fn plugin(id: &str) -> ClapPlugin {
    ClapPlugin { plugin_id: id.to_owned(), bundle: "x.clap".to_owned(), extra: Default::default() }
}

#[test]
fn what_is_granted_lasts_until_it_is_revoked_and_others_hear_of_both() {
    let home = home();
    let (book, other) = (home.book(), home.book());
    let mut known = other.known();
    let wanted =
        Grants { network: true, ..home.places(&[("ann/Library", true), ("ann/licence.key", false)]) };
    let granted = book.set("a", wanted).expect("granted");
    assert_eq!(granted.places[0].leads_to, home.path("ann/Samples"), "links are followed");
    assert_eq!((book.of(&plugin("a")), book.of(&plugin("b"))), (granted.clone(), Grants::default()));
    assert_eq!(other.all()["a"], granted);
    assert!(known.has_changed().expect("it lives"));
    known.mark_unchanged();
    assert_eq!(home.book().of(&plugin("a")), granted, "it is known after a restart");
    other.set("a", Grants::default()).expect("revoked");
    assert!(book.all().is_empty() && home.book().all().is_empty());
    assert!(known.has_changed().expect("it lives"));
}

#[test]
fn places_that_would_let_a_plugin_out_are_refused_and_nothing_is_changed() {
    let home = home();
    let book = home.book();
    let before = book.set("a", home.places(&[("ann/Samples", false)])).expect("granted");
    let refused = |name: &str, writable| {
        let wanted = home.places(&[("ann/Samples/Drums", false), (name, writable)]);
        match book.set("a", wanted) {
            Err(GrantRefused::Place(refused)) => refused,
            other => panic!("{name}: {other:?}"),
        }
    };
    for (name, writable) in [("ann", false), ("", false), ("ann", true)] {
        assert!(matches!(refused(name, writable), PlaceRefused::TooMuch(_)), "{name}");
    }
    for name in ["ann/.config/loophole", "ann/.config", "ann/.clap", "ann/Song.loophole/media"] {
        assert!(matches!(refused(name, true), PlaceRefused::OnlyRead(_)), "{name}");
    }
    assert!(matches!(refused("ann/none", false), PlaceRefused::NotThere(_)));
    assert!(matches!(refused("ann/../ann/Samples", false), PlaceRefused::NotPlain(_)));
    for (path, is_system) in [("/", false), ("/proc/self", true), ("/dev/null", false), ("/run", true)] {
        let refused = home.limits.place(path, false).expect_err("refused");
        assert_eq!(matches!(refused, PlaceRefused::System(_)), is_system, "{refused}");
    }
    assert_eq!(home.limits.place("Samples", false), Err(PlaceRefused::NotPlain("Samples".to_owned())));
    assert_eq!(home.book().of(&plugin("a")), before);
}

#[test]
fn a_place_that_is_gone_for_now_stays_granted_and_one_is_granted_once() {
    let home = home();
    let book = home.book();
    book.set("a", home.places(&[("ann/Samples", false)])).expect("granted");
    fs::rename(home.path("ann/Samples"), home.path("ann/away")).expect("moved");
    let both = home.places(&[("ann/Samples", false), ("ann/away", false), ("ann/away", true)]);
    let granted = book.set("a", both).expect("granted");
    let names: Vec<_> = granted.places.iter().map(|place| (place.path.clone(), place.writable)).collect();
    assert_eq!(names, [(home.path("ann/Samples"), false), (home.path("ann/away"), true)]);
}

#[test]
fn what_can_not_be_written_down_is_not_granted() {
    let home = home();
    fs::remove_dir(home.path("ann/.config/loophole")).expect("removed");
    fs::write(home.path("ann/.config/loophole"), b"in the way").expect("written");
    let book = home.book();
    let refused = book.set("a", Grants { display: true, ..Grants::default() }).expect_err("refused");
    assert!(matches!(refused, GrantRefused::Unwritten(_)), "{refused}");
    assert!(book.of(&plugin("a")).is_empty());
}

#[test]
fn a_file_that_somebody_wrote_by_hand_grants_no_more_than_it_can_say() {
    let home = home();
    fs::write(&home.file, br#"{"a": {"places": [{"path": "b", "leads_to": "/b"}], "flight": true}}"#)
        .expect("written");
    assert!(home.book().of(&plugin("a")).is_empty());
    fs::write(&home.file, br#"{"a": {"network": "yes"}}"#).expect("written");
    assert!(home.book().all().is_empty() && home.file.with_extension("damaged").exists());
}
