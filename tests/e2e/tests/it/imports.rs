//! Files of other programs come in by the command line and sound.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use e2e::{Home, home::text, sound::Sound, sound::peak};

/// Three songs of Debian's package openttd-openmsx: types, lengths and instruments differ.
const SONGS: &str = "/usr/share/games/openttd/baseset/openmsx";
/// Loops of Debian's package sonic-pi-samples.
const LOOPS: [&str; 2] = ["loop_amen.flac", "loop_compus.flac"];

fn three_songs() -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(SONGS)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mid"))
        .collect();
    files.sort();
    files.truncate(3);
    ensure!(files.len() == 3, "{SONGS} holds {} MIDI files: install openttd-openmsx", files.len());
    Ok(files)
}

fn render(home: &Home, song: &Path) -> anyhow::Result<Sound> {
    let out = home.path("out.wav");
    home.run(&["render", text(song)?, "-o", text(&out)?, "--from", "1", "--to", "9", "--bits", "32f"])?;
    Sound::read(&out)
}

#[test]
fn three_midi_files_import_and_render() -> anyhow::Result<()> {
    let home = Home::new()?;
    for (index, file) in three_songs()?.iter().enumerate() {
        let song = home.path(&format!("{index}.loophole"));
        home.run(&["import", text(file)?, "-o", text(&song)?])?;
        let info = home.info(&song)?;
        assert!(info["notes"].as_u64() > Some(100), "{}: {info}", file.display());
        let sound = render(&home, &song)?;
        assert!(peak(&sound.left) > 0.001, "{} is silent", file.display());
        assert!(sound.left.iter().chain(&sound.right).all(|sample| sample.is_finite()));
    }
    Ok(())
}

#[test]
fn loops_of_another_rate_import_and_render() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.path("loops.loophole");
    let folder = Path::new("/usr/share/sonic-pi/samples");
    let files: Vec<String> =
        LOOPS.iter().map(|name| Ok(text(&folder.join(name))?.to_owned())).collect::<anyhow::Result<_>>()?;
    home.run(&["import", &files[0], &files[1], "-o", text(&song)?])?;
    let info = home.info(&song)?;
    assert_eq!((info["clips"].as_u64(), info["media"].as_u64()), (Some(2), Some(2)), "{info}");
    let sound = render(&home, &song)?;
    assert!(peak(&sound.left) > 0.05);
    Ok(())
}
