//! One take of one track: its log, and for sound the file beside it.
//!
//! It is told which frames belong to it; it decides nothing.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::history::History;
use super::plan::Stretch;
use super::setup::RecordInput;
use super::status::TakeStatus;
use super::take_log::{FORMAT, TakeHead, TakeLine, TakeLog};
use super::wave::WaveWriter;

/// Frames of one dot of the outline that watchers see.
const FRAMES_PER_PEAK: u32 = 2048;
/// Dots of the outline: three minutes at 48 kHz. Longer passes show their beginning.
const MOST_PEAKS: usize = 4096;

/// What takes of one recording share.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The song's folder for takes.
    pub folder: &'a Path,
    /// Names the recording, hex.
    pub session: &'a str,
    /// Whose undo takes it back.
    pub client: &'a str,
    /// Hertz.
    pub sample_rate: u32,
}

/// A take under way.
#[derive(Debug)]
pub struct Take {
    /// The track.
    pub input: RecordInput,
    log: TakeLog,
    sound: Option<WaveWriter>,
    status: TakeStatus,
    peak: f32,
    peak_frames: u32,
}

/// A message of a keyboard, placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedMidi {
    /// Song position.
    pub sample: i64,
    /// Status byte first.
    pub data: [u8; 3],
}

impl Take {
    /// Begins a take whose first frame belongs to song position `position`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn create(origin: Origin<'_>, input: &RecordInput, position: i64) -> io::Result<Self> {
        std::fs::create_dir_all(origin.folder)?;
        let id = unique(input.track);
        let name = format!("{}-{}", &origin.session[..origin.session.len().min(16)], input.track);
        let name = format!("{name}-{}", &id[..8]);
        let sound_name = format!("{name}.wav");
        let has_sound = !input.channels.is_empty();
        let head = TakeHead {
            format: FORMAT,
            id: &id,
            session: origin.session,
            client: origin.client,
            track: input.track,
            sample_rate: origin.sample_rate,
            sound: has_sound.then_some(sound_name.as_str()),
        };
        // The log comes first: a sound without one is nobody's.
        let log_path = origin.folder.join(format!("{name}.take"));
        let log = TakeLog::create(&log_path, head)?;
        let sound_path = origin.folder.join(&sound_name);
        let sound = match input.channels.len() {
            0 => None,
            count => match WaveWriter::create(&sound_path, origin.sample_rate, count as u16, position) {
                Ok(sound) => Some(sound),
                Err(error) => {
                    // Nothing is in it; what can't be removed either is taken in as a take without sound.
                    let _ = std::fs::remove_file(&sound_path).and_then(|()| std::fs::remove_file(&log_path));
                    return Err(error);
                }
            },
        };
        let status =
            TakeStatus { track: input.track, frames_per_peak: FRAMES_PER_PEAK, ..TakeStatus::default() };
        Ok(Self { input: input.clone(), log, sound, status, peak: 0.0, peak_frames: 0 })
    }

    /// How far it is.
    pub fn status(&self) -> &TakeStatus {
        &self.status
    }

    /// Writes a stretch of what came in, and what keyboards sent during it.
    ///
    /// # Errors
    /// The disk is full, or refuses.
    pub fn write(&mut self, stretch: &Stretch, history: &History, midi: &[PlacedMidi]) -> io::Result<()> {
        if stretch.begins_pass || self.status.pass == 0 {
            self.begin_pass(stretch.position)?;
        }
        let frames = stretch.to - stretch.from;
        if let Some(wave) = &mut self.sound {
            let channels: Vec<_> =
                self.input.channels.iter().map(|number| history.channel(*number)).collect();
            let frame = |frame| channels.iter().map(move |channel| channel.sample(frame));
            wave.write((stretch.from..stretch.to).flat_map(frame))?;
            for frame in stretch.from..stretch.to {
                self.outline(channels.iter().map(|channel| channel.sample(frame).abs()));
            }
        } else {
            let event = |midi: &PlacedMidi| TakeLine::Event { sample: midi.sample, data: hex(midi.data) };
            let lines: Vec<_> = midi.iter().map(event).collect();
            self.log.add(&lines)?;
        }
        self.status.frames += frames as i64;
        Ok(())
    }

    fn begin_pass(&mut self, position: i64) -> io::Result<()> {
        self.status.pass += 1;
        self.status.start = position;
        self.status.frames = 0;
        self.status.peaks.clear();
        (self.peak, self.peak_frames) = (0.0, 0);
        self.log.add(&[TakeLine::Pass { sample: position, frame: self.frames() }])
    }

    fn outline(&mut self, samples: impl Iterator<Item = f32>) {
        self.peak = samples.fold(self.peak, f32::max);
        self.peak_frames += 1;
        if self.peak_frames == FRAMES_PER_PEAK {
            if self.status.peaks.len() < MOST_PEAKS {
                self.status.peaks.push((self.peak.min(1.0) * 127.0) as u8);
            }
            (self.peak, self.peak_frames) = (0.0, 0);
        }
    }

    fn frames(&self) -> u64 {
        self.sound.as_ref().map_or(0, WaveWriter::frames)
    }

    /// Says that frames did not get here in time.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn note_loss(&mut self, frames: u64) -> io::Result<()> {
        self.log.add(&[TakeLine::Lost { frames }])
    }

    /// What was written is on disk when this returns.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sync(&mut self) -> io::Result<()> {
        if let Some(sound) = &self.sound {
            sound.sync()?;
        }
        if self.status.pass > 0 {
            self.log.add(&[TakeLine::Until { sample: self.status.start + self.status.frames }])?;
        }
        self.log.sync()
    }

    /// Ends it: whoever looks after takes may have it.
    ///
    /// # Errors
    /// The disk refuses; what was written before stays.
    pub fn finish(mut self) -> io::Result<()> {
        self.sync()?;
        self.log.add(&[TakeLine::End { frames: self.frames() }])?;
        self.log.sync()
    }

    /// Ends it after the disk refused, with what there is.
    pub fn give_up(mut self, reason: &str) {
        // A disk that is full takes neither; what was written is found all the same.
        let _ = self.sync();
        let _ = self.log.add(&[TakeLine::Failed { reason }, TakeLine::End { frames: self.frames() }]);
    }
}

/// Two to three bytes, as many as the message has.
fn hex(data: [u8; 3]) -> String {
    let bytes = if matches!(data[0] & 0xF0, 0xC0 | 0xD0) { 2 } else { 3 };
    data[..bytes].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 32 hex digits that nothing else has.
pub fn unique(seed: u64) -> String {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let text = format!("{now} {} {count} {seed}", std::process::id());
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}
