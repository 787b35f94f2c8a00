// What is selected: one track, and any number of clips.
export class Selection {
  track = $state(0);
  /** The clip that arrow keys go on from. */
  active = $state(0);
  clips = $state.raw<ReadonlySet<number>>(new Set());

  selectTrack(id: number): void {
    this.track = id;
  }

  selectClip(id: number, track: number): void {
    this.clips = new Set([id]);
    this.active = id;
    this.track = track;
  }

  /** Goes on from a clip without changing what is selected. */
  focusClip(id: number, track: number): void {
    this.active = id;
    this.track = track;
  }

  setClips(ids: Iterable<number>): void {
    this.clips = new Set(ids);
    const [first = 0] = this.clips;
    if (!this.clips.has(this.active)) this.active = first;
  }

  /** Adds a clip, or takes it out. */
  toggleClip(id: number, track: number): void {
    const clips = new Set(this.clips);
    if (!clips.delete(id)) clips.add(id);
    this.clips = clips;
    this.active = id;
    this.track = track;
  }

  /** Nothing of the song that was open is selected in the next. */
  forget(): void {
    this.track = 0;
    this.active = 0;
    this.clips = new Set();
  }

  clear(): void {
    if (this.clips.size) this.clips = new Set();
  }
}
