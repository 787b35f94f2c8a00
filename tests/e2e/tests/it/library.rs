//! What can be put into a song: plugins that are looked at in processes of their own, files that are shown, heard and sent.

use chorus::{
    pulse::v1::{
        BeginUploadRequest, FileKind, FinishUploadRequest, ImportPlace, ListFilesRequest,
        PrepareAuditionRequest, UploadPartRequest,
    },
    signal::v1::AuditionRequest,
};
use e2e::{
    Home,
    home::{program, text},
    song::{BAR, LEFT, builtins_only},
    until,
};
use serde_json::Value;

/// Lists plugins where only the test bundle, a broken one and a text file are.
fn plugins(home: &Home, told: &str, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = home
        .loophole()?
        .args(["plugins", "--json"])
        .args(arguments)
        .env("CLAP_PATH", home.path("clap"))
        .env("LOOPHOLE_TEST_PLUGIN", told)
        .output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn of<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    let all = list.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|entry| entry[key].as_str().is_some_and(|it| it.ends_with(value))).unwrap_or(&Value::Null)
}

#[test]
fn a_bundle_that_crashes_is_listed_with_its_reason_and_looked_at_once() -> anyhow::Result<()> {
    let home = Home::new()?;
    let inner = home.path("clap/Vendor");
    std::fs::create_dir_all(&inner)?;
    std::fs::copy(program("libtest_plugin.so")?, inner.join("test.clap"))?;
    std::fs::write(home.path("clap/broken.clap"), b"this is no library")?;
    let list = plugins(&home, "crash", &[])?;
    let gain = of(&list["plugins"], "plugin_id", "test.gain");
    assert_eq!(gain["bundle"], "test.clap");
    assert_eq!(gain["trouble"], "");
    assert!(gain["parameters"].as_u64() > Some(3), "{gain}");
    let crash = of(&list["plugins"], "plugin_id", "test.crash");
    assert!(crash["trouble"].as_str().is_some_and(|it| it.contains("crashed")), "{crash}");
    let broken = of(&list["failed"], "path", "broken.clap");
    assert!(broken["reason"].as_str().is_some_and(|it| it.contains("can not be loaded")), "{broken}");

    let remembered = plugins(&home, "", &[])?;
    assert_eq!(remembered, list, "nothing changed on the disk, so nothing is looked at");
    let rescanned = plugins(&home, "", &["--rescan"])?;
    assert_eq!(of(&rescanned["plugins"], "plugin_id", "test.crash")["trouble"], "");
    let words = home.loophole()?.arg("plugins").env("CLAP_PATH", home.path("clap")).output()?;
    assert!(String::from_utf8(words.stdout)?.contains("test.gain in test.clap"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_found_heard_and_sent_to_a_place_in_the_song() -> anyhow::Result<()> {
    let home = Home::new()?;
    let song = home.make_song("builtins", &builtins_only())?;
    let sounds = home.path("Music/Loops");
    std::fs::create_dir_all(&sounds)?;
    let rendered = sounds.join("Two bars.wav");
    home.run(&["render", text(&song)?, "-o", text(&rendered)?, "--from", "1", "--to", "3", "--bits", "16"])?;
    let running = home.open(&song).await?;
    running.devices_running(1).await?;
    let (mut pulse, mut signal) = (running.pulse().await?, running.signal().await?);

    let folder = text(&home.path("Music"))?.to_owned();
    let search = ListFilesRequest { folder: folder.clone(), search: "two BARS".to_owned() };
    let found = pulse.list_files(search).await?.into_inner().entries;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind(), found[0].name.as_str()), (FileKind::Sound, "Two bars.wav"));
    let places = pulse.list_files(ListFilesRequest::default()).await?.into_inner().entries;
    assert!(places.iter().any(|place| place.name == "Music") && places[0].name == "This song");
    for hostile in ["/etc", "/proc/self", "../..", &format!("{folder}/../../..")] {
        let request = ListFilesRequest { folder: hostile.to_owned(), search: String::new() };
        pulse.list_files(request).await.expect_err(hostile);
        let request = PrepareAuditionRequest { path: format!("{hostile}/passwd"), sample_rate: 48_000 };
        pulse.prepare_audition(request).await.expect_err(hostile);
    }

    let request = PrepareAuditionRequest { path: found[0].path.clone(), sample_rate: 48_000 };
    let prepared = pulse.prepare_audition(request).await?.into_inner();
    assert_eq!((prepared.frames, prepared.channels), (192_000, 2));
    let request = AuditionRequest { pcm_path: prepared.pcm_path, gain: 1.0, from_frame: 0 };
    assert_eq!(signal.audition(request).await?.into_inner().frames, 192_000);
    let telemetry = running.telemetry()?;
    until("it is heard", || async {
        telemetry.meters().find(|meter| meter.node == (1 << 53) - 1 && meter.left > 0.01).map(|_| ())
    })
    .await?;

    let bytes = std::fs::read(&rendered)?;
    let begin = BeginUploadRequest { name: "Sent.wav".to_owned(), total_bytes: bytes.len() as u64 };
    let upload = pulse.begin_upload(begin).await?.into_inner().upload;
    let mut offset = 0;
    for part in bytes.chunks(100_000) {
        let request = UploadPartRequest { upload, offset, data: part.to_vec() };
        offset = pulse.upload_part(request).await?.into_inner().received_bytes;
    }
    // The track is one of notes, so the sound goes to a new one above it.
    let place = ImportPlace { start: 4 * BAR, track: LEFT, before: LEFT };
    let finish = FinishUploadRequest { upload, place: Some(place), media_only: false };
    let imported = pulse.finish_upload(finish).await?.into_inner().imported.unwrap_or_default();
    assert_eq!((imported.error.as_str(), imported.tracks, imported.clips), ("", 1, 1));
    pulse
        .finish_upload(FinishUploadRequest { upload, ..Default::default() })
        .await
        .expect_err("it is used up");
    drop(running);
    let dumped = std::fs::read_dir(song.join("tracks"))?
        .map(|file| Ok(std::fs::read_to_string(file?.path())?))
        .collect::<anyhow::Result<String>>()?;
    assert!(dumped.contains("Sent") || home.info(&song)?["media"] == 1);
    Ok(())
}
