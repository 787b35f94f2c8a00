//! Which clips lie on top of which.
//!
//! Of two audio clips that overlap, the one that starts later lies on top, and nothing of the other is heard there; unless
//! the fade out of the earlier and the fade in of the later overlap, which is a cross-fade, and both are heard. Muted clips
//! and takes cover nothing. Of two that start together the one with the higher id lies on top.

use pulse_model::{Clip, ClipContent, Id, Project};
use std::collections::HashMap;
use units::Ticks;

/// A half-open stretch of the song.
pub(crate) type Span = (Ticks, Ticks);

/// What is covered of each clip, worked out track by track as it is asked for.
pub(crate) struct Layers<'a> {
    project: &'a Project,
    tracks: HashMap<Id, HashMap<Id, Vec<Span>>>,
}

impl<'a> Layers<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, tracks: HashMap::new() }
    }

    pub(crate) fn project(&self) -> &'a Project {
        self.project
    }

    /// Where other clips lie on top of a clip: ascending, apart.
    pub(crate) fn covered(&mut self, clip: &Clip) -> &[Span] {
        let project = self.project;
        let track = self.tracks.entry(clip.track).or_insert_with(|| covers(project, clip.track));
        track.get(&clip.id).map_or(&[], Vec::as_slice)
    }
}

fn covers(project: &Project, track: Id) -> HashMap<Id, Vec<Span>> {
    let is_heard =
        |clip: &&Clip| clip.lane == 0 && !clip.mute && matches!(clip.content, ClipContent::Audio(_));
    // By start, then id: whatever comes later lies on top.
    let clips: Vec<&Clip> = project.clips_of(track).filter(is_heard).collect();
    let mut covers: HashMap<Id, Vec<Span>> = HashMap::new();
    for (index, lower) in clips.iter().enumerate() {
        for upper in clips[index + 1..].iter().take_while(|upper| upper.start < lower.end()) {
            if !cross_fade(lower, upper) {
                let spans = covers.entry(lower.id).or_default();
                add(spans, (upper.start, upper.end().min(lower.end())));
            }
        }
    }
    covers
}

fn cross_fade(earlier: &Clip, later: &Clip) -> bool {
    let (out, into) = (earlier.end() - earlier.fade_out, later.start + later.fade_in);
    earlier.fade_out > Ticks::ZERO && later.fade_in > Ticks::ZERO && out < into
}

/// Adds a span that starts no earlier than the last.
fn add(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
        _ => spans.push(span),
    }
}
