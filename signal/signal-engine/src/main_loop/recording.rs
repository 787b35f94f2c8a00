//! Record, as the control thread carries it out: sessions, count-in and pre-roll, with the transport.

use signal_graph::Command;

use super::{Parts, Reply};
use crate::audio_thread::DeviceHangs;

impl Parts {
    /// Records from now on, or plays first; see `RecordRequest`.
    pub(super) fn record(
        &mut self,
        enabled: bool,
        client: String,
        reply: Reply<()>,
    ) -> Result<(), DeviceHangs> {
        if !enabled {
            self.recording.end();
            let _ = reply.send(Ok(()));
            return Ok(());
        }
        if self.recording.is_on() {
            let _ = reply.send(Ok(()));
            return Ok(());
        }
        let rests = !self.transport.plays();
        let position = self.transport.position(&self.audio);
        let pre_roll = self.recording.setup().pre_roll_bars;
        let pre_rolls = rests && pre_roll > 0;
        if let Err(refusal) = self.recording.begin(client, pre_rolls.then_some(position)) {
            let _ = reply.send(Err(refusal));
            return Ok(());
        }
        if !rests {
            let _ = reply.send(Ok(()));
            return Ok(());
        }
        let timeline = &self.graph.spec().timeline;
        let start = if pre_rolls { timeline.bars_before(position, pre_roll) } else { position };
        let counts_in = self.recording.setup().count_in_bars > 0;
        self.transport.begin_at(start, counts_in, &self.audio, &self.disk, reply);
        Ok(())
    }

    /// Clicks bars, or plays at once, when the transport has come so far.
    pub(super) fn count_in(&mut self) -> Result<(), DeviceHangs> {
        if let Some(position) = self.transport.take_count_in()
            && !self.recording.count_in(&self.graph.spec().timeline, position)
        {
            self.audio.send(Command::Play)?;
        }
        Ok(())
    }
}
