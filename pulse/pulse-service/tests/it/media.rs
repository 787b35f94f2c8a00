//! Sound and MIDI files through the whole of Pulse: copied, decoded in a process of its own, drawn, derived.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chorus::{
    pulse::v1::{
        DeriveGraphRequest, DeriveGraphResponse, GetPeaksRequest, Media, derive_graph_response, entity::Kind,
    },
    signal::v1::AudioRegion,
};
use hound::{SampleFormat, WavSpec, WavWriter};
use tonic::Code;

use crate::{
    fixture::{Client, Place, import, info, track_names, whole_song},
    midi_files,
    random::Random,
};

/// A sine of 997 Hz as a WAV file.
fn write_wav(path: &Path, rate: u32, channels: u16, frames: u32) {
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec).expect("a file");
    for frame in 0..frames {
        let phase = std::f64::consts::TAU * 997.0 * f64::from(frame) / f64::from(rate);
        for channel in 0..channels {
            writer.write_sample((phase.sin() * 16_384.0) as i16 / (channel as i16 + 1)).expect("writes");
        }
    }
    writer.finalize().expect("finishes");
}

async fn media(client: &mut Client) -> Vec<Media> {
    let (_, entities) = whole_song(client).await;
    entities
        .into_iter()
        .filter_map(|entity| if let Some(Kind::Media(media)) = entity.kind { Some(media) } else { None })
        .collect()
}

async fn derive(client: &mut Client, sample_rate: u32) -> Vec<derive_graph_response::Kind> {
    let request = DeriveGraphRequest { sample_rate, ..Default::default() };
    let mut stream = client.derive_graph(request).await.expect("begins").into_inner();
    let mut parts = Vec::new();
    while let Some(DeriveGraphResponse { kind }) = stream.message().await.expect("goes on") {
        parts.push(kind.expect("a kind"));
    }
    parts
}

async fn audio_regions(client: &mut Client, sample_rate: u32) -> Vec<AudioRegion> {
    let parts = derive(client, sample_rate).await.into_iter();
    parts
        .filter_map(|part| match part {
            derive_graph_response::Kind::Graph(graph) => Some(graph.audio_regions),
            _ => None,
        })
        .flatten()
        .collect()
}

fn samples(pcm: &[u8]) -> Vec<f32> {
    if pcm[24] == 16 {
        let integers =
            pcm[64..].chunks_exact(2).map(|bytes| i16::from_le_bytes(bytes.try_into().expect("two")));
        return integers.map(|sample| f32::from(sample) / 32_768.0).collect();
    }
    pcm[64..].chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four"))).collect()
}

#[tokio::test]
async fn a_sound_is_stored_by_content_and_plays_at_every_rate() {
    let place = Place::new();
    let source = place.file("Loop 1.wav");
    write_wav(&source, 44_100, 2, 44_100);
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let imported = import(&mut client, &[source.clone(), source.clone()]).await;
    assert!(imported.iter().all(|it| it.error.is_empty() && it.warnings.is_empty()), "{imported:?}");
    assert_eq!((imported[0].tracks, imported[0].clips), (1, 1));
    assert_eq!(imported[0].media, imported[1].media, "one content, one media");
    let media = media(&mut client).await;
    assert_eq!(media.len(), 1);
    assert_eq!((media[0].sample_rate, media[0].channels, media[0].frames), (44_100, 2, 44_100));
    let original = fs::read(&source).expect("reads");
    assert_eq!(fs::read(place.song().join(&media[0].path)).expect("stored"), original);
    assert_eq!(media[0].hash, blake3::hash(&original).to_hex().as_str());
    for rate in [44_100, 48_000, 96_000] {
        let regions = audio_regions(&mut client, rate).await;
        assert_eq!(regions.len(), 2);
        assert_eq!(regions[0].length_samples, i64::from(rate));
        let pcm = fs::read(&regions[0].path).expect("in the cache");
        assert_eq!(&pcm[..8], b"LOOPPCM1");
        assert_eq!(pcm[24], if rate == 44_100 { 16 } else { 0 }, "what is not resampled stays of 16 bits");
        let samples = samples(&pcm);
        assert_eq!(samples.len(), 2 * rate as usize);
        let frame = rate as usize / 2;
        let expected = 0.5 * (std::f64::consts::TAU * 997.0 * 0.5).sin();
        assert!((f64::from(samples[2 * frame]) - expected).abs() < 1e-3, "{rate}");
    }
    pulse.end().await;
}

/// The samples of a WAV file of 16 bits again, with the lengths of RF64, and a chunk behind them.
fn write_rf64(path: &Path, wav: &[u8]) {
    let data = &wav[44..];
    let lengths = [u64::MAX >> 1, data.len() as u64, data.len() as u64 / 4].map(u64::to_le_bytes).concat();
    let ds64 = [b"ds64\x1c\0\0\0".as_slice(), &lengths, &[0; 4]].concat();
    let head =
        [b"RF64\xff\xff\xff\xffWAVE".as_slice(), &ds64, &wav[12..36], b"data\xff\xff\xff\xff"].concat();
    fs::write(path, [&head, data, b"LIST\x04\0\0\0INFO"].concat()).expect("writes");
}

#[tokio::test]
async fn rf64_is_the_same_sound_as_wav() {
    let place = Place::new();
    let (wav, rf64, damaged) = (place.file("a.wav"), place.file("b.rf64"), place.file("c.wav"));
    write_wav(&wav, 44_100, 2, 10_000);
    let bytes = fs::read(&wav).expect("reads");
    write_rf64(&rf64, &bytes);
    fs::write(&damaged, b"RF64\xff\xff\xff\xffWAVEfmt \x01\0\0\0\0").expect("writes");
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let imported = import(&mut client, &[wav, rf64, damaged]).await;
    assert!(imported[..2].iter().all(|it| it.error.is_empty() && it.warnings.is_empty()), "{imported:?}");
    assert!(imported[2].error.contains("its header is damaged"), "{}", imported[2].error);
    assert!(media(&mut client).await.iter().all(|media| media.frames == 10_000));
    let regions = audio_regions(&mut client, 44_100).await;
    let pcm: Vec<Vec<u8>> =
        regions.iter().map(|region| fs::read(&region.path).expect("in the cache")).collect();
    assert_eq!(pcm.len(), 2);
    assert!(pcm[0] == pcm[1] && pcm[0][24] == 16, "bit for bit, and of 16 bits still");
    pulse.end().await;
}

#[tokio::test]
async fn the_cache_can_be_deleted_and_a_missing_sound_is_silent() {
    let place = Place::new();
    let source = place.file("a.wav");
    write_wav(&source, 48_000, 1, 10_000);
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let imported = import(&mut client, &[source]).await;
    let path = audio_regions(&mut client, 48_000).await.remove(0).path;
    let pcm = fs::read(&path).expect("reads");
    fs::remove_dir_all(place.song().join("cache")).expect("removes");
    fs::create_dir(place.song().join("cache")).expect("makes");
    assert_eq!(audio_regions(&mut client, 48_000).await.len(), 1);
    assert_eq!(fs::read(&path).expect("made again"), pcm);
    let request = GetPeaksRequest { media: imported[0].media };
    let mut peaks = client.get_peaks(request).await.expect("begins").into_inner();
    let part = peaks.message().await.expect("goes on").expect("a part");
    assert_eq!(
        (part.channels, part.frames_per_peak, part.peaks.len()),
        (1, 256, 2 * 10_000_usize.div_ceil(256))
    );
    assert!(part.last && part.peaks.iter().any(|peak| *peak as i8 == 64));
    pulse.end().await;

    fs::remove_dir_all(place.song().join("cache")).expect("removes");
    fs::remove_dir_all(place.song().join("media")).expect("removes");
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    assert_eq!(audio_regions(&mut client, 48_000).await, []);
    let diagnostics = info(&mut client).await.diagnostics;
    assert!(diagnostics.len() == 1 && diagnostics[0].contains("a.wav"), "{diagnostics:?}");
    assert_eq!(client.get_peaks(request).await.expect_err("refused").code(), Code::Unavailable);
    pulse.end().await;
}

#[tokio::test]
async fn real_loops_import() {
    let folder = Path::new("/usr/share/sonic-pi/samples");
    let mut loops: Vec<PathBuf> = fs::read_dir(folder)
        .expect("install the Debian package sonic-pi-samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("loop_")))
        .collect();
    loops.sort();
    assert!(loops.len() >= 10);
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    for imported in import(&mut client, &loops).await {
        assert!(imported.error.is_empty() && imported.clips == 1, "{imported:?}");
    }
    assert_eq!(audio_regions(&mut client, 48_000).await.len(), loops.len());
    pulse.end().await;
}

#[tokio::test]
async fn more_channels_than_two_are_reported() {
    let place = Place::new();
    let source = place.file("surround.wav");
    write_wav(&source, 48_000, 6, 1000);
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let imported = import(&mut client, &[source]).await;
    assert_eq!(imported[0].warnings, ["of its 6 channels the first two are used"]);
    assert_eq!(media(&mut client).await[0].channels, 2);
    pulse.end().await;
}

#[tokio::test]
async fn what_is_no_sound_is_refused_and_leaves_nothing() {
    let place = Place::new();
    write_wav(&place.file("good.wav"), 48_000, 1, 500);
    let good = fs::read(place.file("good.wav")).expect("reads");
    let mut random = Random::new(3);
    let mut files = vec![place.file("missing.wav"), place.song()];
    for number in 0..12 {
        let mut bytes = good.clone();
        match number % 3 {
            0 => bytes.truncate(random.below(44) as usize),
            1 => bytes[..64].iter_mut().for_each(|byte| *byte = random.below(256) as u8),
            _ => bytes = [b"fLaC".as_slice(), &good[4..200]].concat(),
        }
        let path = place.file(&format!("{number}.wav"));
        fs::write(&path, bytes).expect("writes");
        files.push(path);
    }
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let imported = import(&mut client, &files).await;
    assert_eq!(imported.len(), files.len());
    assert!(imported.iter().all(|it| !it.error.is_empty() && it.tracks == 0), "{imported:?}");
    assert_eq!(info(&mut client).await.transactions, 0);
    for folder in ["media", "cache"] {
        assert_eq!(fs::read_dir(place.song().join(folder)).expect("lists").count(), 0, "{folder}");
    }
    pulse.end().await;
}

#[tokio::test]
async fn damaged_sounds_never_end_pulse() {
    let place = Place::new();
    write_wav(&place.file("good.wav"), 48_000, 2, 500);
    let good = fs::read(place.file("good.wav")).expect("reads");
    let mut random = Random::new(5);
    let mut files = Vec::new();
    for number in 0..30 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(8) {
            let at = random.below(if number % 2 == 0 { 48 } else { bytes.len() as u64 });
            bytes[at as usize] = random.below(256) as u8;
        }
        let path = place.file(&format!("{number}.wav"));
        fs::write(&path, bytes).expect("writes");
        files.push(path);
    }
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    assert_eq!(import(&mut client, &files).await.len(), files.len());
    info(&mut client).await;
    pulse.end().await;
}

#[tokio::test]
async fn every_real_midi_file_imports_with_all_its_notes() {
    let files = midi_files::real_files();
    let place = Place::new();
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let mut notes = 0;
    for (imported, path) in import(&mut client, &files).await.iter().zip(&files) {
        assert_eq!(imported.error, "", "{}", path.display());
        assert_eq!(imported.notes, midi_files::count_note_ons(&fs::read(path).expect("reads")) as u64);
        notes += imported.notes;
    }
    let info = info(&mut client).await;
    assert_eq!((info.notes, info.transactions), (notes, files.len() as u64));
    assert_eq!(info.devices, info.clips, "every track sounds");
    pulse.kill().await;
    let pulse = place.pulse();
    assert_eq!(crate::fixture::info(&mut pulse.client("anna").await).await.notes, notes);
    pulse.end().await;
}

#[tokio::test]
async fn the_first_midi_file_sets_tempo_and_signature() {
    let conductor = [
        &[0, 0xFF, 0x58, 4, 3, 2, 24, 8][..],
        &[0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40],
        &[0x83, 0x60, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20, 0, 0xFF, 0x2F, 0],
    ]
    .concat();
    let notes = [0, 0xFF, 0x03, 4, b'L', b'e', b'a', b'd', 0, 0x90, 60, 1, 96, 60, 0, 0, 0xFF, 0x2F, 0];
    let place = Place::new();
    let source = place.file("song.mid");
    fs::write(&source, midi_files::smf_file(1, 96, &[&conductor, &notes])).expect("writes");
    let pulse = place.pulse();
    let mut client = pulse.client("anna").await;
    let imported = import(&mut client, &[source]).await;
    assert_eq!((imported[0].tracks, imported[0].notes, imported[0].error.as_str()), (1, 1, ""));
    assert_eq!(track_names(&mut client).await, ["Master", "Lead"]);
    let info = info(&mut client).await;
    let tempo: Vec<_> = info.tempo_map.iter().map(|it| (it.position, it.superclocks_per_quarter)).collect();
    assert_eq!(tempo, [(0, 282_240_000), (5 * crate::fixture::QUARTER, 141_120_000)]);
    assert_eq!((info.signature_map[0].numerator, info.signature_map[0].denominator), (3, 4));
    pulse.end().await;
}
