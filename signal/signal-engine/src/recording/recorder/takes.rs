//! The takes that are open: begun when their first frame is due, written, brought to the disk, closed.

use std::time::Instant;

use super::{Recorder, SYNC_INTERVAL, placed};
use crate::recording::plan::Stretch;
use crate::recording::setup::RecordInput;
use crate::recording::take::Take;
use crate::refusal::disk_reason;

impl Recorder {
    pub(super) fn write_stretch(&mut self, stretch: &Stretch) {
        let mut failed = Vec::new();
        for (at, take) in self.takes.iter_mut().enumerate() {
            // Who hears the notes plays them early enough by ear (E13).
            let lead = if take.input.hears_notes() { stretch.delay } else { self.note_lead };
            let midi = match take.input.takes_notes() {
                true => placed(&self.midi, &self.ports, &take.input, stretch, lead),
                false => Vec::new(),
            };
            if let Err(error) = take.write(stretch, &self.history, &midi) {
                failed.push((at, error));
            }
        }
        for (at, error) in failed.into_iter().rev() {
            self.fail(at, &error);
        }
    }

    pub(super) fn open_takes(&mut self, position: i64) {
        let Some((session, id)) = self.session.clone() else { return };
        let waiting: Vec<RecordInput> = self
            .setup
            .inputs
            .iter()
            .filter(|input| input.can_record() && !self.failed.contains(&input.track))
            .filter(|input| !self.takes.iter().any(|take| take.input.track == input.track))
            .cloned()
            .collect();
        for input in waiting {
            let Some(origin) = self.origin(&id, &session.client) else { return };
            let made = self
                .check_channels(&input)
                .and_then(|()| Take::create(origin, &input, position).map_err(|error| disk_reason(&error)));
            match made {
                Ok(take) => self.takes.push(take),
                Err(reason) => {
                    self.failed.insert(input.track);
                    self.status.add(input.track, format!("“{}” is not recorded: {reason}", input.name));
                }
            }
        }
    }

    fn check_channels(&self, input: &RecordInput) -> Result<(), String> {
        match input.channels.iter().find(|channel| **channel >= self.device_inputs) {
            Some(channel) => Err(format!("the device has no input {}", channel + 1)),
            None => Ok(()),
        }
    }

    fn fail(&mut self, at: usize, error: &std::io::Error) {
        let reason = disk_reason(error);
        let take = self.takes.swap_remove(at);
        let status = take.status();
        let seconds = status.frames as f64 / f64::from(self.sample_rate);
        let text = format!(
            "“{}” is recorded no further: {reason}. What was recorded is kept, {seconds:.1} s of this pass, and comes \
             into the song by itself. Make room on the disk, then record again",
            take.input.name
        );
        self.failed.insert(take.input.track);
        self.status.add(take.input.track, text);
        take.give_up(&reason);
        (self.words.closed)();
    }

    /// Says that a session is over of which nothing can be recorded any more, until somebody has heard it.
    pub(super) fn end_what_failed(&mut self) {
        let Some((session, _)) = &self.session else { return };
        let goes_on = |input: &RecordInput| input.can_record() && !self.failed.contains(&input.track);
        let is_over = !self.failed.is_empty() && !self.setup.inputs.iter().any(goes_on);
        if is_over && self.ended != session.number && (self.words.ended)(session.number) {
            self.ended = session.number;
        }
    }

    pub(super) fn sync(&mut self) {
        if self.takes.is_empty() || self.synced.elapsed() < SYNC_INTERVAL {
            return;
        }
        let results: Vec<_> = self.takes.iter_mut().map(Take::sync).collect();
        for (at, result) in results.into_iter().enumerate().rev() {
            if let Err(error) = result {
                self.fail(at, &error);
            }
        }
        self.synced = Instant::now();
    }

    pub(super) fn close_takes(&mut self) {
        self.tell_losses();
        let takes = std::mem::take(&mut self.takes);
        self.finish(takes);
    }

    pub(super) fn finish(&mut self, takes: Vec<Take>) {
        let any = !takes.is_empty();
        for take in takes {
            let (track, name) = (take.input.track, take.input.name.clone());
            if let Err(error) = take.finish() {
                let reason = disk_reason(&error);
                self.status.add(track, format!("“{name}”: its end could not be written: {reason}"));
            }
        }
        if any {
            // What was recorded needs not be kept again.
            self.kept_until = self.history.end();
            (self.words.closed)();
        }
    }
}
