//! Places for what tasks write, used again as soon as the last reader is done.

use super::TaskPlan;
use crate::schedule::{Source, Step};

/// Where each task reads and writes.
#[derive(Debug)]
pub(crate) struct Places {
    pub tasks: Vec<TaskPlaces>,
    pub buffers: usize,
    pub event_buffers: usize,
}

/// Where one task reads and writes.
#[derive(Debug)]
pub(crate) struct TaskPlaces {
    pub audio: Source,
    pub events: Source,
    pub output: Option<usize>,
    pub events_out: Option<usize>,
}

/// Buffers that are free, and how many there are.
#[derive(Debug, Default)]
struct Pool {
    free: Vec<usize>,
    size: usize,
    /// To be free after a stage.
    due: Vec<Vec<usize>>,
}

impl Pool {
    fn new(stages: usize) -> Self {
        Self { due: vec![Vec::new(); stages], ..Self::default() }
    }

    /// The buffer written last is taken first: it is in the cache.
    fn take(&mut self, until: Option<usize>) -> usize {
        let buffer = self.free.pop().unwrap_or_else(|| {
            self.size += 1;
            self.size - 1
        });
        if let Some(stage) = until {
            self.due[stage].push(buffer);
        }
        buffer
    }

    fn end(&mut self, stage: usize) {
        self.free.append(&mut self.due[stage]);
    }
}

/// [control] Gives every task its places. A buffer is written again only in a later stage than it was last read in.
pub(super) fn place(tasks: &[TaskPlan], stages: &[Vec<Step>]) -> Places {
    let ends = last_reads(tasks, stages);
    let (mut audio, mut events) = (Pool::new(stages.len()), Pool::new(stages.len()));
    let mut places: Vec<Option<TaskPlaces>> = tasks.iter().map(|_| None).collect();
    let done = processed_in(tasks.len(), stages);
    for (stage, steps) in stages.iter().enumerate() {
        for step in steps {
            let (Step::Submit(at) | Step::Process(at)) = *step;
            let task = &tasks[at];
            let mut place = places[at].take().unwrap_or_else(|| TaskPlaces {
                audio: source(&task.audio, &places, |place| place.output, &mut audio, done[at]),
                events: source(&task.events, &places, |place| place.events_out, &mut events, done[at]),
                output: None,
                events_out: None,
            });
            if matches!(step, Step::Process(_)) {
                let until = if task.is_output { None } else { Some(ends[at].max(stage)) };
                place.output = task.has_audio_out.then(|| audio.take(until));
                place.events_out = task.has_events_out.then(|| events.take(Some(ends[at].max(stage))));
            }
            places[at] = Some(place);
        }
        audio.end(stage);
        events.end(stage);
    }
    let tasks = places.into_iter().flatten().collect();
    Places { tasks, buffers: audio.size, event_buffers: events.size }
}

fn source(
    sources: &[usize],
    places: &[Option<TaskPlaces>],
    written: impl Fn(&TaskPlaces) -> Option<usize>,
    pool: &mut Pool,
    until: usize,
) -> Source {
    let place = |at: &usize| places[*at].as_ref().and_then(&written);
    let buffers: Vec<usize> = sources.iter().filter_map(place).collect();
    match buffers.as_slice() {
        [] => Source::Nothing,
        [one] => Source::One(*one),
        _ => Source::Several { into: pool.take(Some(until)), sources: buffers.into() },
    }
}

/// The stage each task is processed in.
fn processed_in(tasks: usize, stages: &[Vec<Step>]) -> Vec<usize> {
    let mut done = vec![0; tasks];
    for (stage, steps) in stages.iter().enumerate() {
        for step in steps {
            if let Step::Process(task) = step {
                done[*task] = stage;
            }
        }
    }
    done
}

/// The last stage in which something reads what each task wrote.
fn last_reads(tasks: &[TaskPlan], stages: &[Vec<Step>]) -> Vec<usize> {
    let done = processed_in(tasks.len(), stages);
    let mut last = vec![0; tasks.len()];
    for (at, task) in tasks.iter().enumerate() {
        for source in task.audio.iter().chain(&task.events) {
            last[*source] = last[*source].max(done[at]);
        }
    }
    last
}
