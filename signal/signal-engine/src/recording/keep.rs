//! "Keep what I just played": takes made of what the recorder has in memory, placed where it was heard.
//!
//! What the song played last is kept, loops as passes; if it rested all the time, what was played lies at the playhead. No
//! track needs to be armed.

use super::plan::{Plan, RecordSession, Stretch};
use super::recorder::{NOTE_SECONDS, Recorder, Went, placed, reaches};
use super::setup::{PortChoice, RecordInput};
use super::take::{Take, unique};
use crate::refusal::{Refusal, disk_reason};

/// Below this a track was not played: -60 dB.
const SILENCE: f32 = 1e-3;

impl Recorder {
    /// Makes takes and says for which tracks.
    ///
    /// # Errors
    /// There is nothing to keep, or the disk refuses.
    pub(super) fn keep(&mut self, client: &str, track: u64) -> Result<Vec<u64>, Refusal> {
        let id = unique(1);
        let mut kept = Vec::new();
        for input in &self.listeners(track) {
            let stretches = self.played(input);
            let Some(first) = stretches.first() else { continue };
            let Some(origin) = self.origin(&id, client) else {
                return Err(Refusal::not_now("the song has no folder for takes"));
            };
            self.write_take(origin, input, first.position, &stretches).map_err(|error| {
                let reason = disk_reason(&error);
                Refusal::failed(format!("“{}” could not be kept yet: {reason}; try again", input.name))
            })?;
            kept.push(input.track);
        }
        if kept.is_empty() {
            return Err(Refusal::not_now(format!(
                "nothing was played on a track with an input in the last {NOTE_SECONDS} seconds"
            )));
        }
        self.kept_until = self.history.end();
        Ok(kept)
    }

    /// Armed tracks, or `track` if there are none; of other instruments what was played on them alone.
    fn listeners(&self, track: u64) -> Vec<RecordInput> {
        let any_armed = self.setup.inputs.iter().any(RecordInput::can_record);
        let is_meant = |it: &RecordInput| if any_armed { it.armed } else { it.track == track };
        let listener = |it: &RecordInput| match is_meant(it) {
            true => Some(it.clone()),
            false if it.note_player != 0 => Some(RecordInput { port: PortChoice::Nothing, ..it.clone() }),
            false => None,
        };
        self.setup.inputs.iter().filter_map(listener).collect()
    }

    fn write_take(
        &self,
        origin: super::take::Origin<'_>,
        input: &RecordInput,
        position: i64,
        stretches: &[Stretch],
    ) -> std::io::Result<()> {
        let mut take = Take::create(origin, input, position)?;
        for stretch in stretches {
            let midi = placed(&self.midi, &self.ports, input, stretch, 0);
            take.write(stretch, &self.history, &midi)?;
        }
        take.finish()
    }

    /// What was played on a track: stretches of frames as they came in; for notes with their own delay.
    fn played(&self, input: &RecordInput) -> Vec<Stretch> {
        let is_sound = !input.channels.is_empty();
        if !is_sound && input.note_player == 0 {
            return Vec::new();
        }
        let begin = self.kept_until.max(if is_sound { self.history.begin() } else { 0 });
        let delay = |went: &Went| match (is_sound, input.hears_notes()) {
            (true, _) => went.delay,
            (false, true) => 0,
            (false, false) => went.note_delay,
        };
        // A room is never silent: sound counts as played at rest only if the song did not play. Notes do by themselves.
        let run = self.last_run(begin, delay);
        let since = if is_sound { begin } else { run.last().map_or(begin, |last| last.to.max(begin)) };
        let heard_in_run = run.iter().any(|stretch| self.first_heard(input, stretch).is_some());
        let at_rest = if is_sound && heard_in_run { None } else { self.at_rest(input, since) };
        match at_rest {
            Some(stretch) => vec![stretch],
            None if heard_in_run => run,
            None => Vec::new(),
        }
    }

    /// The last time that the song played: its way from there on, with the frames that belong to it.
    fn last_run(&self, begin: u64, delay: impl Fn(&Went) -> u64) -> Vec<Stretch> {
        let mut last: Vec<&Went> = self
            .way
            .iter()
            .rev()
            .skip_while(|went| !went.piece.playing)
            .take_while(|went| went.piece.playing)
            .collect();
        last.reverse();
        let mut session =
            RecordSession { number: 1, client: String::new(), range: (0, i64::MAX), begins: i64::MIN };
        let mut plan = Plan::default();
        for went in last {
            plan.add(&mut session, went.frame, &went.piece, delay(went));
        }
        let end = self.history.end();
        let stretches = std::iter::from_fn(|| plan.next(end, u64::MAX));
        let cut = stretches.filter_map(|stretch| {
            let late = begin.saturating_sub(stretch.from);
            let from = stretch.from + late;
            (from < stretch.to).then_some(Stretch {
                from,
                position: stretch.position + late as i64,
                ..stretch
            })
        });
        let mut cut: Vec<Stretch> = cut.collect();
        if let Some(first) = cut.first_mut() {
            first.begins_pass = true;
        }
        cut
    }

    /// What was played while the song rested, at the playhead.
    fn at_rest(&self, input: &RecordInput, begin: u64) -> Option<Stretch> {
        let position = self.way.back()?.piece.position.max(0);
        let end = self.history.end();
        let oldest = end.saturating_sub(NOTE_SECONDS * u64::from(self.sample_rate()));
        let all = Stretch { from: begin.max(oldest), to: end, position, begins_pass: true, delay: 0 };
        let first = self.first_heard(input, &all)?;
        Some(Stretch { from: first, ..all })
    }

    fn first_heard(&self, input: &RecordInput, stretch: &Stretch) -> Option<u64> {
        let mut frames = stretch.from..stretch.to;
        if input.channels.is_empty() {
            let first = self.midi.partition_point(|(frame, _)| *frame < stretch.from);
            let mut notes = self.midi.range(first..).take_while(|(frame, _)| *frame < stretch.to);
            let begins = |(_, midi): &&(u64, super::feed::MidiIn)| {
                midi.data[0] & 0xF0 == 0x90 && midi.data[2] > 0 && reaches(&self.ports, input, midi)
            };
            return notes.find(begins).map(|(frame, _)| *frame);
        }
        let channels: Vec<_> = input.channels.iter().map(|number| self.history.channel(*number)).collect();
        frames.find(|frame| channels.iter().any(|channel| channel.sample(*frame).abs() > SILENCE))
    }
}
