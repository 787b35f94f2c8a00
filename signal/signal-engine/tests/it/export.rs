//! Exports: what is in the files, decoded by others than who wrote them.

use std::path::Path;

use chorus::signal::v1::export_setup::{Encoding, Normalise};
use chorus::signal::v1::*;

use crate::fixture::{Signal, assert_same_bits, wav};
use crate::graphs::{self, AUDIO, SYNTH};

/// A song of a synth and a sound, a second long.
fn song(signal: &Signal) -> GraphUpdate {
    let sweep = signal.path("sweep.pcm");
    graphs::write_sweep(&sweep, 500_000, 500_000);
    graphs::with_audio(graphs::with_synth(graphs::empty()), AUDIO, &sweep)
}

fn file(signal: &Signal, node: u64, name: &str) -> ExportFile {
    ExportFile { node, path: signal.path(name).to_str().expect("unicode").to_owned() }
}

fn to_wav(signal: &Signal, format: SampleFormat) -> ExportSetup {
    ExportSetup {
        files: vec![file(signal, 0, "out.wav")],
        encoding: Some(Encoding::Wav(format as i32)),
        ..Default::default()
    }
}

async fn export(
    signal: &mut Signal,
    graph: GraphUpdate,
    export: ExportSetup,
) -> Result<RenderResult, tonic::Status> {
    let setup = RenderSetup {
        sample_rate: 48_000,
        block_frames: 256,
        threads: 2,
        from_sample: 0,
        to_sample: 48_000,
        export: Some(export),
        ..Default::default()
    };
    let requests = [render_request::Kind::Setup(setup), render_request::Kind::Graph(graph)];
    let requests = tokio_stream::iter(requests.map(|kind| RenderRequest { kind: Some(kind) }));
    let mut up = signal.client.render(requests).await?.into_inner();
    while let Some(message) = up.message().await? {
        if let Some(render_response::Kind::Result(result)) = message.kind {
            return Ok(result);
        }
    }
    panic!("an export ends with a result or an error")
}

fn integers(path: &Path) -> Vec<i32> {
    hound::WavReader::open(path)
        .expect("a WAV file")
        .samples()
        .map(|sample| sample.expect("a sample"))
        .collect()
}

/// The samples of a FLAC file as symphonia reads them, as integers of `bits`.
fn flac(path: &Path, bits: u32) -> Vec<i32> {
    use symphonia::core::codecs::audio::AudioDecoderOptions;
    use symphonia::core::formats::probe::Hint;
    use symphonia::core::io::MediaSourceStream;
    let file = std::fs::File::open(path).expect("the file");
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .expect("FLAC");
    let track = format.default_track(symphonia::core::formats::TrackType::Audio).expect("a track");
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio()).expect("audio");
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default().verify(true))
        .expect("a decoder");
    let mut samples = Vec::new();
    while let Some(packet) = format.next_packet().expect("a packet") {
        let decoded = decoder.decode(&packet).expect("decoded");
        let mut block = vec![0_i32; decoded.samples_interleaved()];
        decoded.copy_to_slice_interleaved(&mut block);
        samples.extend(block.iter().map(|sample| sample >> (32 - bits)));
    }
    assert_ne!(decoder.finalize().verify_ok, Some(false), "its hash is that of its samples");
    samples
}

#[tokio::test]
async fn samples_of_an_export_are_those_of_a_render() {
    let mut signal = Signal::offline().await;
    for format in [SampleFormat::Int16, SampleFormat::Int24, SampleFormat::Float32] {
        let graph = song(&signal);
        let (_, rendered) = signal
            .render(song(&signal), "rendered.wav", |setup| setup.format = format as i32)
            .await
            .expect("done");
        let setup = to_wav(&signal, format);
        let exported = export(&mut signal, graph, setup).await.expect("exported");
        assert_eq!(exported.pcm_sha256, rendered.pcm_sha256, "{format:?}");
        assert_eq!((exported.frames, exported.peak_dbfs), (48_000, rendered.peak_dbfs));
        if format != SampleFormat::Float32 {
            assert_eq!(integers(&signal.path("out.wav")), integers(&signal.path("rendered.wav")));
        }
        std::fs::remove_file(signal.path("out.wav")).expect("removed");
    }
}

#[tokio::test]
async fn flac_holds_the_samples_of_the_wav_file() {
    let mut signal = Signal::offline().await;
    for (format, bits) in [(SampleFormat::Int16, 16), (SampleFormat::Int24, 24)] {
        let dithered = |setup| ExportSetup { dither_seed: Some(7), title: "Ä title".to_owned(), ..setup };
        let (graph, wav) = (song(&signal), dithered(to_wav(&signal, format)));
        export(&mut signal, graph, wav.clone()).await.expect("exported");
        let files = vec![file(&signal, 0, "out.flac")];
        let setup = ExportSetup { files, encoding: Some(Encoding::Flac(format as i32)), ..wav };
        let graph = song(&signal);
        export(&mut signal, graph, setup).await.expect("exported");
        let decoded = flac(&signal.path("out.flac"), bits);
        assert_eq!(decoded.len(), 96_000);
        assert!(decoded == integers(&signal.path("out.wav")), "{format:?}");
        std::fs::remove_file(signal.path("out.wav")).expect("removed");
        std::fs::remove_file(signal.path("out.flac")).expect("removed");
    }
}

#[tokio::test]
async fn ogg_sounds_like_what_went_into_it() {
    let mut signal = Signal::offline().await;
    let (sound, _) = signal.render(song(&signal), "rendered.wav", |_| ()).await.expect("rendered");
    let files = vec![file(&signal, 0, "out.ogg")];
    let setup = ExportSetup { files, encoding: Some(Encoding::VorbisQuality(0.9)), ..Default::default() };
    let graph = song(&signal);
    export(&mut signal, graph, setup).await.expect("exported");
    let ogg = std::fs::File::open(signal.path("out.ogg")).expect("the file");
    let mut decoder = vorbis_rs::VorbisDecoder::new(ogg).expect("Ogg Vorbis");
    let mut decoded = Vec::new();
    while let Some(block) = decoder.decode_audio_block().expect("a block") {
        let [left, right] = block.samples() else { panic!("two channels") };
        decoded.extend(left.iter().zip(*right).flat_map(|(left, right)| [*left, *right]));
    }
    assert_eq!(decoded.len(), sound.len());
    let power =
        |samples: &mut dyn Iterator<Item = f32>| samples.map(|sample| f64::from(sample).powi(2)).sum::<f64>();
    let error = power(&mut sound.iter().zip(&decoded).map(|(a, b)| a - b));
    let ratio = error / power(&mut sound.iter().copied());
    assert!(ratio < 0.01, "the error is 20 dB below the sound: {:.1} dB", 10.0 * ratio.log10());
}

#[tokio::test]
async fn stems_are_the_mix_together() {
    let mut signal = Signal::offline().await;
    let (graph, mut setup) = (song(&signal), to_wav(&signal, SampleFormat::Float32));
    setup.files.push(file(&signal, SYNTH, "synth.wav"));
    setup.files.push(file(&signal, AUDIO, "audio.wav"));
    setup.longest_tail_seconds = 1.0;
    let result = export(&mut signal, graph, setup).await.expect("exported");
    let frames: Vec<i64> = result.files.iter().map(|file| file.frames).collect();
    assert!(frames.iter().all(|frames| *frames == result.frames), "all are of one length: {frames:?}");
    let (mix, synth, audio) =
        (wav(&signal.path("out.wav")), wav(&signal.path("synth.wav")), wav(&signal.path("audio.wav")));
    assert!(synth.iter().chain(&audio).any(|sample| sample.abs() > 0.1));
    let off = mix.iter().zip(synth.iter().zip(&audio)).map(|(mix, (a, b))| (mix - (a + b)).abs());
    let worst = off.fold(0.0, f32::max);
    assert!(worst <= 2.0 * f32::EPSILON, "they sum to the mix but for its rounding: {worst:e}");
}

#[tokio::test]
async fn tail_rings_out_without_what_comes_after_the_range() {
    let mut signal = Signal::offline().await;
    // The synth goes on playing notes after the range; only the release of the last may be heard.
    let graph = graphs::with_synth(graphs::empty());
    let setup = ExportSetup { longest_tail_seconds: 5.0, ..to_wav(&signal, SampleFormat::Float32) };
    let result = export(&mut signal, graph.clone(), setup).await.expect("exported");
    let long = wav(&signal.path("out.wav"));
    let (whole, _) = signal.render(graph, "rendered.wav", |_| ()).await.expect("rendered");
    assert!(result.frames > 48_000 && result.frames < 5 * 48_000, "{}", result.frames);
    assert_same_bits(&long[..96_000], &whole);
    let last = long.last_chunk::<2>().expect("frames");
    assert!(last.iter().any(|sample| sample.abs() > 3e-5), "it ends with the last frame that is not silent");
}

#[tokio::test]
async fn level_is_brought_to_its_target() {
    let mut signal = Signal::offline().await;
    let (graph, mut setup) = (song(&signal), to_wav(&signal, SampleFormat::Float32));
    setup.normalise = Some(Normalise::LoudnessLufs(-16.0));
    let loud = export(&mut signal, graph, setup.clone()).await.expect("exported");
    assert!((loud.files[0].integrated_lufs + 16.0).abs() < 0.05, "{:?}", loud.files);
    assert!(loud.files[0].gain_db != 0.0);
    setup.files = vec![file(&signal, 0, "peak.wav")];
    setup.normalise = Some(Normalise::TruePeakDbtp(-1.0));
    let graph = song(&signal);
    let peak = export(&mut signal, graph, setup.clone()).await.expect("exported");
    assert!((peak.files[0].true_peak_dbtp + 1.0).abs() < 0.05, "{:?}", peak.files);
    setup.files = vec![file(&signal, 0, "silent.wav")];
    let refusal = export(&mut signal, graphs::empty(), setup).await.expect_err("silence has no peak");
    assert!(refusal.message().contains("too little sound"), "{}", refusal.message());
    assert!(!signal.path("silent.wav").exists());
}

#[tokio::test]
async fn converted_rate_has_its_length_and_loudness() {
    let mut signal = Signal::offline().await;
    let (graph, setup) = (song(&signal), to_wav(&signal, SampleFormat::Float32));
    let native = export(&mut signal, graph, setup.clone()).await.expect("exported");
    let files = vec![file(&signal, 0, "44.wav")];
    let setup = ExportSetup { file_rate: Some(44_100), files, ..setup };
    let graph = song(&signal);
    let converted = export(&mut signal, graph, setup).await.expect("exported");
    assert_eq!((converted.sample_rate, converted.frames), (44_100, 44_100));
    let spec = hound::WavReader::open(signal.path("44.wav")).expect("a WAV file").spec();
    assert_eq!(spec.sample_rate, 44_100);
    let off = converted.files[0].integrated_lufs - native.files[0].integrated_lufs;
    assert!(off.abs() < 0.1, "{off}");
}

#[tokio::test]
async fn what_can_not_be_exported_is_refused_and_leaves_nothing() {
    let mut signal = Signal::offline().await;
    let good = to_wav(&signal, SampleFormat::Int16);
    let cases = [
        (ExportSetup { files: vec![file(&signal, 999, "a.wav")], ..good.clone() }, "there is no strip 999"),
        (ExportSetup { files: Vec::new(), ..good.clone() }, "1 to 1024 files"),
        (ExportSetup { longest_tail_seconds: f64::NAN, ..good.clone() }, "a tail has"),
        (
            ExportSetup { encoding: Some(Encoding::Flac(SampleFormat::Float32 as i32)), ..good.clone() },
            "FLAC",
        ),
        (ExportSetup { encoding: Some(Encoding::VorbisQuality(f32::NAN)), ..good.clone() }, "quality"),
        (ExportSetup { encoding: None, ..good.clone() }, "no known format"),
        (ExportSetup { normalise: Some(Normalise::LoudnessLufs(12.0)), ..good.clone() }, "-60 to 0"),
    ];
    for (setup, reason) in cases {
        let refusal = export(&mut signal, graphs::empty(), setup).await.expect_err(reason);
        assert!(refusal.message().contains(reason), "{}", refusal.message());
    }
    let listed = std::fs::read_dir(signal.folder.path()).expect("listed").count();
    assert_eq!(listed, 0);
}

#[tokio::test]
async fn export_that_nobody_waits_for_leaves_no_file() {
    let mut signal = Signal::offline().await;
    let setup = RenderSetup {
        sample_rate: 48_000,
        block_frames: 64,
        threads: 1,
        to_sample: 1 << 34,
        export: Some(to_wav(&signal, SampleFormat::Int16)),
        ..Default::default()
    };
    let graph = graphs::with_synth(graphs::empty());
    let requests = [render_request::Kind::Setup(setup), render_request::Kind::Graph(graph)];
    let requests = tokio_stream::iter(requests.map(|kind| RenderRequest { kind: Some(kind) }));
    let mut up = signal.client.render(requests).await.expect("begun").into_inner();
    let first = up.message().await.expect("progress").and_then(|message| message.kind);
    assert!(matches!(first, Some(render_response::Kind::Progress(_))), "{first:?}");
    drop(up);
    signal
        .until("nothing is left of it", |signal| {
            std::fs::read_dir(signal.folder.path()).expect("listed").count() == 0
        })
        .await;
}
