// What is selected: one track, and any number of clips.
export class Selection {
  track = $state(0);
  clips = $state.raw<ReadonlySet<number>>(new Set());

  selectTrack(id: number): void {
    this.track = id;
  }

  selectClip(id: number, track: number): void {
    this.clips = new Set([id]);
    this.track = track;
  }

  setClips(ids: Iterable<number>): void {
    this.clips = new Set(ids);
  }

  /** Adds a clip, or takes it out. */
  toggleClip(id: number, track: number): void {
    const clips = new Set(this.clips);
    if (!clips.delete(id)) clips.add(id);
    this.clips = clips;
    this.track = track;
  }

  clear(): void {
    if (this.clips.size) this.clips = new Set();
  }
}
