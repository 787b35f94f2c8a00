// How far a file is that is being sent, and whether it was given up.

export class Sending {
  /** Undefined while nothing is sent. */
  now = $state.raw<{ name: string; done: number; total: number } | undefined>(undefined);
  givenUp = false;

  begin(name: string, total: number): void {
    this.givenUp = false;
    this.now = { name, done: 0, total };
  }

  sent(done: number): void {
    if (this.now) this.now = { ...this.now, done };
  }

  giveUp(): void {
    this.givenUp = true;
  }

  end(): void {
    this.now = undefined;
  }
}
