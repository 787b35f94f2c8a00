//! A sound beside the song: what somebody listens to before they put it in.
//!
//! 1. [`Auditions::start`] reads the sound on a thread of its own, a minute at most, so that the audio thread needs no disk.
//! 2. [`Auditions::tick`] hands what was read to the audio thread. What another request overtook is not played.
//! 3. [`AuditionVoice::mix`] adds it to the device's output, past the mixer. Beginning, end and replacement are short fades.
//!
//! It knows no song and no transport: it sounds whether the song plays or not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use signal_nodes::meter::Meter;
use signal_nodes::sound::PcmFile;
use signal_rt::rtrb::{Consumer, Producer, RingBuffer};
use signal_rt::{Collector, Discard, discard_ring};

use crate::device::LARGEST_BLOCK_FRAMES;
use crate::main_loop::Reply;
use crate::refusal::Refusal;

/// The node whose meter shows what is auditioned: the largest id that a page can name, which no strip has.
pub const METER_NODE: u64 = (1 << 53) - 1;
/// Longest sound, in seconds: 23 MB at 48 kHz.
const MOST_SECONDS: u64 = 60;
/// Fade at the beginning, at the end and when another sound comes, in seconds.
const FADE_SECONDS: f32 = 0.005;
/// Orders the audio thread has not taken: more would be clicks by hand within a block.
const ORDERS: usize = 16;
/// Sounds read and not taken yet: requests of one look of the control thread.
const LOADED: usize = 64;
/// Frames read at once.
const STEP: usize = 8192;

/// What to listen to.
#[derive(Clone, Debug)]
pub struct AuditionRequest {
    /// Of decoded sound.
    pub path: PathBuf,
    /// Linear, 0 to 2.
    pub gain: f32,
    /// Where to begin, from 0.
    pub from_frame: u64,
}

/// A sound in memory and how far it is.
struct Sound {
    /// Interleaved stereo.
    samples: Box<[f32]>,
    frame: usize,
    gain: f32,
    /// 0 to 1, moving by a step each frame.
    level: f32,
    step: f32,
    is_ending: bool,
}

enum Order {
    Play(Box<Sound>),
    Stop,
}

struct Loaded {
    ticket: u64,
    sound: Result<Box<Sound>, Refusal>,
    reply: Reply<i64>,
}

/// The control thread's end of the ring to the voice. `[control]`
pub struct AuditionRing {
    orders: Producer<Order>,
    used: Collector<Box<Sound>>,
}

/// What the audio thread plays. `[audio]`
pub struct AuditionVoice {
    orders: Consumer<Order>,
    used: Discard<Box<Sound>>,
    playing: Option<Box<Sound>>,
    ending: Option<Box<Sound>>,
    /// Left and right of what is added to a block.
    mixed: [Box<[f32]>; 2],
    meter: Arc<Meter>,
}

/// Makes both ends. The voice shows its peaks in `meter`. `[control]`
pub fn audition(meter: Arc<Meter>) -> (AuditionRing, AuditionVoice) {
    let (orders, incoming) = RingBuffer::new(ORDERS);
    let (discard, used) = discard_ring(ORDERS + 2);
    let mixed = [(); 2].map(|()| vec![0.0; LARGEST_BLOCK_FRAMES as usize].into_boxed_slice());
    let voice = AuditionVoice { orders: incoming, used: discard, playing: None, ending: None, mixed, meter };
    (AuditionRing { orders, used }, voice)
}

impl AuditionRing {
    /// Frees what the voice is done with. To be called now and then.
    pub fn collect(&mut self) {
        self.used.collect();
    }

    fn send(&mut self, order: Order) -> Result<(), Refusal> {
        self.collect();
        self.orders.push(order).map_err(|_| Refusal::not_now("the device takes no sound just now"))
    }
}

/// Requests under way. `[control]`
pub struct Auditions {
    to_loop: SyncSender<Loaded>,
    loaded: Receiver<Loaded>,
    newest: u64,
}

impl Default for Auditions {
    fn default() -> Self {
        let (to_loop, loaded) = sync_channel(LOADED);
        Self { to_loop, loaded, newest: 0 }
    }
}

impl Auditions {
    /// Reads a sound to be played at `sample_rate`; answered, when it begins, with the frames that will be heard.
    pub fn start(&mut self, request: AuditionRequest, sample_rate: u32, reply: Reply<i64>) {
        self.newest += 1;
        let (ticket, to_loop) = (self.newest, self.to_loop.clone());
        tokio::task::spawn_blocking(move || {
            let sound = load(&request, sample_rate);
            if let Err(TrySendError::Full(loaded)) = to_loop.try_send(Loaded { ticket, sound, reply }) {
                let _ = loaded.reply.send(Err(Refusal::not_now("too many sounds are asked for at once")));
            }
        });
    }

    /// Ends what sounds, and forgets what is being read.
    ///
    /// # Errors
    /// The device takes no orders.
    pub fn stop(&mut self, ring: &mut AuditionRing) -> Result<(), Refusal> {
        self.newest += 1;
        ring.send(Order::Stop)
    }

    /// Hands over what was read. To be called now and then.
    pub fn tick(&mut self, ring: &mut AuditionRing) {
        ring.collect();
        while let Ok(Loaded { ticket, sound, reply }) = self.loaded.try_recv() {
            let played = sound.and_then(|sound| {
                if ticket != self.newest {
                    return Err(Refusal::not_now("another sound was asked for meanwhile"));
                }
                let frames = sound.frames() as i64;
                ring.send(Order::Play(sound)).map(|()| frames)
            });
            // Who asked and went away needs no answer.
            let _ = reply.send(played);
        }
    }
}

fn load(request: &AuditionRequest, sample_rate: u32) -> Result<Box<Sound>, Refusal> {
    if !(0.0..=2.0).contains(&request.gain) {
        return Err(Refusal::invalid("the gain must be 0 to 2"));
    }
    let samples = read(&request.path, request.from_frame, sample_rate)?;
    let step = 1.0 / (FADE_SECONDS * sample_rate as f32).max(1.0);
    Ok(Box::new(Sound { samples, frame: 0, gain: request.gain, level: 0.0, step, is_ending: false }))
}

fn read(path: &Path, from: u64, sample_rate: u32) -> Result<Box<[f32]>, Refusal> {
    if !path.is_absolute() {
        return Err(Refusal::invalid("the path has to be absolute"));
    }
    let file = PcmFile::open(path, sample_rate).map_err(Refusal::invalid)?;
    let frames = file.frames().saturating_sub(from).min(MOST_SECONDS * u64::from(sample_rate)) as usize;
    if frames == 0 {
        return Err(Refusal::invalid("there is no sound there"));
    }
    let mut samples = Vec::with_capacity(frames * 2);
    let (mut left, mut right) = (vec![0.0; STEP], vec![0.0; STEP]);
    while samples.len() < frames * 2 {
        let first = from as usize + samples.len() / 2;
        let count = STEP.min(frames - samples.len() / 2);
        let chunks: Vec<usize> = (first / STEP..=(first + count - 1) / STEP).collect();
        file.load(&chunks).map_err(Refusal::failed)?;
        if !file.read(first as i64, 1.0, &mut left[..count], &mut right[..count]) {
            return Err(Refusal::failed("the decoded sound could not be read"));
        }
        samples.extend(left[..count].iter().zip(&right[..count]).flat_map(|(left, right)| [*left, *right]));
    }
    Ok(samples.into_boxed_slice())
}

impl Sound {
    fn frames(&self) -> usize {
        self.samples.len() / 2
    }

    /// Adds frames until the buffers are full or the sound is over. Says whether it goes on. `[audio]`
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        // What is left is just enough to fade out.
        let fade_frames = (1.0 / self.step) as usize;
        for (left, right) in left.iter_mut().zip(right) {
            let frames_left = self.frames().saturating_sub(self.frame);
            let falls = self.is_ending || frames_left <= fade_frames;
            self.level = (self.level + if falls { -self.step } else { self.step }).clamp(0.0, 1.0);
            if frames_left == 0 || (falls && self.level <= 0.0) {
                return false;
            }
            *left += self.samples[self.frame * 2] * self.gain * self.level;
            *right += self.samples[self.frame * 2 + 1] * self.gain * self.level;
            self.frame += 1;
        }
        true
    }
}

impl AuditionVoice {
    /// Adds what is auditioned to a block. Neither allocates nor frees nor waits.
    pub fn mix(&mut self, left: &mut [f32], right: &mut [f32]) {
        while self.used.has_room()
            && let Ok(order) = self.orders.pop()
        {
            self.end_playing();
            if let Order::Play(sound) = order {
                self.playing = Some(sound);
            }
        }
        if self.playing.is_none() && self.ending.is_none() {
            return;
        }
        let frames = left.len().min(LARGEST_BLOCK_FRAMES as usize);
        let [mixed_left, mixed_right] = &mut self.mixed;
        let (mixed_left, mixed_right) = (&mut mixed_left[..frames], &mut mixed_right[..frames]);
        mixed_left.fill(0.0);
        mixed_right.fill(0.0);
        for place in [&mut self.playing, &mut self.ending] {
            if place.as_mut().is_some_and(|sound| !sound.add(mixed_left, mixed_right))
                && self.used.has_room()
                && let Some(sound) = place.take()
            {
                let _ = self.used.push(sound);
            }
        }
        self.meter.publish(mixed_left, mixed_right);
        for (out, mixed) in [(left, mixed_left), (right, mixed_right)] {
            for (out, mixed) in out.iter_mut().zip(mixed.iter()) {
                *out += *mixed;
            }
        }
    }

    /// What plays begins to fade; what faded already makes room for it.
    fn end_playing(&mut self) {
        let Some(mut sound) = self.playing.take() else { return };
        sound.is_ending = true;
        if let Some(before) = self.ending.replace(sound) {
            // There is room: it was asked for before the order was taken.
            let _ = self.used.push(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use signal_rt::audio_scope;

    use super::*;

    const RATE: u32 = 48_000;
    const BLOCK: usize = 256;

    fn file(folder: &tempfile::TempDir, frames: u64, value: f32) -> PathBuf {
        let path = folder.path().join(format!("{value}.pcm"));
        let mut bytes = Vec::new();
        bytes.extend(b"LOOPPCM1");
        bytes.extend(RATE.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(frames.to_le_bytes());
        bytes.resize(64, 0);
        (0..frames).for_each(|_| bytes.extend(value.to_le_bytes()));
        std::fs::write(&path, bytes).expect("written");
        path
    }

    fn sound(path: PathBuf, from_frame: u64) -> Box<Sound> {
        load(&AuditionRequest { path, gain: 0.5, from_frame }, RATE).expect("loaded")
    }

    fn heard(voice: &mut AuditionVoice, blocks: usize) -> Vec<f32> {
        let mut heard = Vec::new();
        for _ in 0..blocks {
            let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
            audio_scope(|| voice.mix(&mut left, &mut right));
            assert_eq!(left, right, "mono is heard on both sides");
            heard.extend(left);
        }
        heard
    }

    fn largest_step(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_sound_begins_and_ends_without_a_click_and_is_then_freed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut ring, mut voice) = audition(Arc::default());
        ring.send(Order::Play(sound(file(&folder, 10_000, 0.8), 0))).expect("sent");
        let heard = heard(&mut voice, 60);
        assert!((heard[5_000] - 0.4).abs() < 1e-6);
        assert!(largest_step(&heard) < 0.01, "{}", largest_step(&heard));
        assert!(heard[10_000..].iter().all(|sample| *sample == 0.0));
        assert_eq!(ring.used.collect(), 1);
    }

    #[test]
    fn another_sound_and_stop_fade() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut ring, mut voice) = audition(Arc::default());
        let (first, second) = (file(&folder, 50_000, 0.8), file(&folder, 50_000, -0.8));
        ring.send(Order::Play(sound(first, 0))).expect("sent");
        let mut all = heard(&mut voice, 8);
        ring.send(Order::Play(sound(second, 30_000))).expect("sent");
        all.extend(heard(&mut voice, 8));
        assert!((all.last().expect("a sample") + 0.4).abs() < 1e-6);
        ring.send(Order::Stop).expect("sent");
        all.extend(heard(&mut voice, 8));
        assert_eq!(all.last(), Some(&0.0));
        assert!(largest_step(&all) < 0.01, "{}", largest_step(&all));
    }

    #[test]
    fn what_is_no_sound_of_this_rate_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(&folder, 100, 0.5);
        let refused = |path: &Path, gain, from_frame, rate| {
            let request = AuditionRequest { path: path.to_owned(), gain, from_frame };
            load(&request, rate).err().expect("refused").reason
        };
        assert!(refused(&path, 0.5, 0, 44_100).contains("44100"));
        assert!(refused(&path, 0.5, 100, RATE).contains("no sound"));
        assert!(refused(&path, f32::NAN, 0, RATE).contains("gain"));
        assert!(refused(Path::new("a.pcm"), 0.5, 0, RATE).contains("absolute"));
        assert!(refused(Path::new("/etc/hostname"), 0.5, 0, RATE).contains("decoded sound"));
    }
}
