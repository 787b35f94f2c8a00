//! The order of steps: remote nodes are handed their blocks as early and collected as late as the graph allows.
//!
//! Steps that become ready are taken by urgency: submits first, then what leads to another submit, then the rest, then
//! collects. Among equals a sequential schedule takes what became ready last, so that a strip follows its player while the
//! buffer is in the cache.

use super::{Order, TaskPlan};
use crate::schedule::Step;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Collect,
    Compute,
    LeadsToRemote,
    Submit,
}

struct Ready {
    urgency: Urgency,
    step: Step,
    since: usize,
}

/// [control] Stages, each of steps that do not depend on each other; sequential ones hold one step.
pub(super) fn stages(tasks: &[TaskPlan], order: Order) -> Vec<Vec<Step>> {
    let readers = readers(tasks);
    let leads_to_remote = leads_to_remote(tasks);
    let mut missing: Vec<usize> = tasks.iter().map(|task| task.audio.len() + task.events.len()).collect();
    let mut ready = Vec::new();
    let mut since = 0;
    let mut enter = |ready: &mut Vec<Ready>, task: usize| {
        let (urgency, step) = if tasks[task].remote {
            (Urgency::Submit, Step::Submit(task))
        } else if leads_to_remote[task] {
            (Urgency::LeadsToRemote, Step::Process(task))
        } else {
            (Urgency::Compute, Step::Process(task))
        };
        ready.push(Ready { urgency, step, since });
        since += 1;
    };
    for task in (0..tasks.len()).rev().filter(|task| missing[*task] == 0) {
        enter(&mut ready, task);
    }
    let mut stages = Vec::new();
    while !ready.is_empty() {
        let stage = take(&mut ready, order);
        for step in &stage {
            match step {
                Step::Submit(task) => {
                    ready.push(Ready { urgency: Urgency::Collect, step: Step::Process(*task), since: 0 });
                }
                Step::Process(task) => {
                    for reader in &readers[*task] {
                        missing[*reader] -= 1;
                        if missing[*reader] == 0 {
                            enter(&mut ready, *reader);
                        }
                    }
                }
            }
        }
        stages.push(stage);
    }
    stages
}

/// One step, or all that may run at once: collects only when nothing else is left, or others would wait for a process.
fn take(ready: &mut Vec<Ready>, order: Order) -> Vec<Step> {
    ready.sort_by_key(|ready| (ready.urgency, ready.since));
    match order {
        Order::Sequential => ready.pop().map(|ready| ready.step).into_iter().collect(),
        Order::Parallel => {
            let collects = ready.partition_point(|ready| ready.urgency == Urgency::Collect);
            let from = if collects < ready.len() { collects } else { 0 };
            ready.drain(from..).rev().map(|ready| ready.step).collect()
        }
    }
}

fn readers(tasks: &[TaskPlan]) -> Vec<Vec<usize>> {
    let mut readers = vec![Vec::new(); tasks.len()];
    for (at, task) in tasks.iter().enumerate() {
        for source in task.audio.iter().chain(&task.events) {
            readers[*source].push(at);
        }
    }
    readers
}

fn leads_to_remote(tasks: &[TaskPlan]) -> Vec<bool> {
    let mut leads = vec![false; tasks.len()];
    let mut open: Vec<usize> = (0..tasks.len()).filter(|task| tasks[*task].remote).collect();
    while let Some(task) = open.pop() {
        for source in tasks[task].audio.iter().chain(&tasks[task].events) {
            if !leads[*source] {
                leads[*source] = true;
                open.push(*source);
            }
        }
    }
    leads
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::TaskKey;

    fn task(remote: bool, audio: &[usize]) -> TaskPlan {
        TaskPlan {
            key: TaskKey::Node(0),
            remote,
            audio: audio.to_vec(),
            events: Vec::new(),
            has_audio_out: true,
            has_events_out: false,
            is_output: false,
        }
    }

    /// Two tracks of player, remote chain and strip, a third of built-ins, and a sum.
    fn song() -> Vec<TaskPlan> {
        vec![
            task(false, &[]),
            task(true, &[0]),
            task(false, &[1]),
            task(false, &[]),
            task(true, &[3]),
            task(false, &[4]),
            task(false, &[]),
            task(false, &[6]),
            task(false, &[2, 5, 7]),
        ]
    }

    #[test]
    fn remote_nodes_are_submitted_before_and_collected_after_what_computes_here() {
        use Step::{Process, Submit};
        let steps = stages(&song(), Order::Sequential).concat();
        let at = |step: Step| steps.iter().position(|other| *other == step).expect("every step is there");
        assert_eq!(steps.len(), 11);
        assert!(at(Submit(4)) < at(Process(6)) && at(Submit(1)) < at(Process(6)));
        assert!(at(Process(7)) < at(Process(1)) && at(Process(7)) < at(Process(4)));
        assert_eq!(steps.last(), Some(&Process(8)));
    }

    #[test]
    fn stages_hold_all_that_may_run_at_once() {
        let stages = stages(&song(), Order::Parallel);
        let sizes: Vec<usize> = stages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [3, 3, 2, 2, 1]);
    }
}
