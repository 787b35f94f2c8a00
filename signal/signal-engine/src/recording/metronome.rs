//! Clicks on the beats of the song, and the bars that are counted in before a recording begins.
//!
//! Clicks go straight to the device, beside the graph, to the channels chosen for them ([`ClickOutput`]): no strip, plugin,
//! capture or measurement of loudness has them. They come as late as what is played, so that they fall on its beats.

use signal_graph::{Piece, Timeline};

use super::click_output::ClickOutput;

/// Length of a click in seconds.
const CLICK_SECONDS: f64 = 0.03;
/// Frequencies of the first beat of a bar and of the others, in hertz.
const PITCHES: [f64; 2] = [1760.0, 1320.0];
/// Clicks under way: those that wait for the playback's delay.
const MOST_CLICKS: usize = 32;

/// A click that sounds, or will.
#[derive(Clone, Copy, Debug)]
struct Click {
    /// Frames until it begins.
    wait: usize,
    /// Frames of it that sounded.
    done: usize,
    first: bool,
}

/// Bars to click before play begins, as frames from the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountIn {
    /// Where the clicks are, and whether they begin a bar; ascending.
    pub clicks: Vec<(u64, bool)>,
    /// All of it.
    pub frames: u64,
}

impl CountIn {
    /// Bars in the tempo and signature at `position`; `None` for no bars. Its length is whole blocks, silence comes first,
    /// so that play can begin with a block.
    pub fn new(timeline: &Timeline, position: i64, bars: u32, block_frames: u32) -> Option<Self> {
        let at = timeline.at(position);
        let beat = 60.0 / at.bpm * 4.0 / f64::from(at.denominator.max(1)) * f64::from(timeline.sample_rate);
        let beats = u64::from(bars) * u64::from(at.numerator.max(1));
        let frames = (beats as f64 * beat).round() as u64;
        let block = u64::from(block_frames.max(1));
        let silence = frames.next_multiple_of(block) - frames;
        let click = |number: u64| {
            let frame = silence + (number as f64 * beat).round() as u64;
            (frame, number.is_multiple_of(u64::from(at.numerator.max(1))))
        };
        (beats > 0).then(|| Self { clicks: (0..beats).map(click).collect(), frames: silence + frames })
    }
}

/// The metronome. `[audio]`
#[derive(Debug)]
pub struct Metronome {
    sounds: [Vec<f32>; 2],
    clicks: Vec<Click>,
    /// Clicks while the song plays.
    pub on: bool,
    /// Linear.
    pub gain: f32,
    /// Where it is heard.
    pub output: ClickOutput,
    was_playing: bool,
}

impl Metronome {
    /// Off, at unity. `[control]`
    pub fn new(sample_rate: u32) -> Self {
        let sound = |pitch: f64| {
            let frames = (CLICK_SECONDS * f64::from(sample_rate)) as usize;
            let sample = |frame: usize| {
                let phase = std::f64::consts::TAU * pitch * frame as f64 / f64::from(sample_rate);
                let left = 1.0 - frame as f64 / frames as f64;
                (0.5 * libm::sin(phase) * left * left * left) as f32
            };
            (0..frames).map(sample).collect()
        };
        let clicks = Vec::with_capacity(MOST_CLICKS);
        let output = ClickOutput::default();
        Self { sounds: PITCHES.map(sound), clicks, on: false, gain: 1.0, output, was_playing: false }
    }

    /// Takes note of the beats of a block; what is played comes `delay` frames after the song position.
    pub fn follow(&mut self, timeline: &Timeline, pieces: &[Piece], delay: u32) {
        let mut passed = 0;
        for piece in pieces {
            if piece.playing && self.on {
                let end = piece.position + piece.frames as i64;
                let (mut beat, mut first) = timeline.next_beat(piece.position);
                while beat < end {
                    let wait = passed + (beat - piece.position) as usize + delay as usize;
                    self.add(wait, first);
                    (beat, first) = timeline.next_beat(beat + 1);
                }
            }
            if self.was_playing && !piece.playing {
                self.clicks.retain(|click| click.wait == 0);
            }
            self.was_playing = piece.playing;
            passed += piece.frames;
        }
    }

    /// A click after `wait` frames.
    pub fn add(&mut self, wait: usize, first: bool) {
        if self.clicks.len() < MOST_CLICKS {
            self.clicks.push(Click { wait, done: 0, first });
        }
    }

    /// No click that has not begun will sound.
    pub fn cancel(&mut self) {
        self.clicks.retain(|click| click.wait == 0);
    }

    /// Adds the clicks of a block of `frames` to its channels among those of the device. Clicks go by also where nobody hears
    /// them.
    pub fn sound(&mut self, frames: usize, device: &mut [&mut [f32]]) {
        let channels = self.output.channels(device.len());
        let (sounds, gain) = (&self.sounds, self.gain);
        self.clicks.retain_mut(|click| {
            let sound = &sounds[usize::from(!click.first)];
            let rest = &sound[click.done..];
            let from = click.wait.min(frames);
            for channel in &mut device[channels.clone()] {
                for (output, sample) in channel[from..].iter_mut().zip(rest) {
                    *output += sample * gain;
                }
            }
            click.done += (frames - from).min(rest.len());
            click.wait -= from;
            click.done < sound.len()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn onsets(delay: u32, blocks: &[usize]) -> Vec<usize> {
        let timeline = Timeline::constant(48_000);
        let mut metronome = Metronome::new(48_000);
        metronome.on = true;
        let (mut heard, mut position) = (Vec::new(), 0);
        for frames in blocks {
            let piece = Piece { frames: *frames, position, playing: true };
            metronome.follow(&timeline, &[piece], delay);
            let mut output = vec![0.0; *frames];
            metronome.sound(*frames, &mut [&mut output]);
            heard.extend(output);
            position += *frames as i64;
        }
        // A click begins with a sample of 0: the one before the first that is heard.
        (1..heard.len())
            .filter(|at| heard[*at] != 0.0 && heard[..*at].iter().rev().take(1000).all(|s| *s == 0.0))
            .map(|at| at - 1)
            .collect()
    }

    #[test]
    fn clicks_fall_on_beats_whatever_the_blocks() {
        assert_eq!(onsets(0, &[60_000]), [0, 24_000, 48_000]);
        assert_eq!(onsets(0, &[100; 600]), [0, 24_000, 48_000]);
        assert_eq!(onsets(300, &[256; 200]), [300, 24_300, 48_300], "as late as what is played");
    }

    #[test]
    fn only_the_chosen_channels_click() {
        let heard = |chosen: ClickOutput| -> Vec<bool> {
            let mut metronome = Metronome::new(48_000);
            metronome.output = chosen;
            metronome.add(10, true);
            let mut channels = vec![vec![0.0; 100]; 4];
            let mut device: Vec<&mut [f32]> = channels.iter_mut().map(Vec::as_mut_slice).collect();
            metronome.sound(100, &mut device);
            assert_eq!(metronome.clicks[0].done, 90, "it goes by in any case");
            channels.iter().map(|channel| channel.iter().any(|sample| *sample != 0.0)).collect()
        };
        assert_eq!(heard(ClickOutput::Main), [true, true, false, false]);
        assert_eq!(heard(ClickOutput::Pair(2)), [false, false, true, true]);
        assert_eq!(heard(ClickOutput::One(1)), [false, true, false, false]);
        assert_eq!(heard(ClickOutput::Nowhere), [false; 4]);
        assert_eq!(heard(ClickOutput::Pair(3)), [false; 4], "a pair that the device has not whole");
    }

    #[test]
    fn bars_are_counted_in_whole_blocks() {
        let timeline = Timeline::constant(48_000);
        let count = CountIn::new(&timeline, 0, 1, 256).expect("a bar");
        assert_eq!(count.frames % 256, 0);
        let silence = count.frames - 96_000;
        let clicks: Vec<u64> = count.clicks.iter().map(|(frame, _)| frame - silence).collect();
        assert_eq!(clicks, [0, 24_000, 48_000, 72_000]);
        assert_eq!(CountIn::new(&timeline, 0, 0, 256), None);
    }
}
