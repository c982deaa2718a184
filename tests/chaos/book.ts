/** A job as the clients know it. */
export interface KnownJob {
  readonly id: number;
  readonly name: string;
}

/** What all clients were told: the checker holds the core to it. */
export class Book {
  /** Submits that were answered with a number. */
  readonly accepted: KnownJob[] = [];
  readonly eventsHeard: { readonly seq: number; readonly kind: string }[] = [];
  /** How often each kind of answer came. */
  readonly answers = new Map<string, number>();
  readonly #cancelled = new Set<number>();
  readonly #requeueAsked = new Set<number>();

  count(what: string): void {
    this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
  }

  /** The job that `pick` (0…1) stands for: mostly one of the latest, since old ones have ended. */
  pick(pick: number): KnownJob | undefined {
    const { length } = this.accepted;
    const reach = pick < 0.9 ? Math.min(length, 24) : length;
    return this.accepted[length - 1 - Math.floor(((pick * 997) % 1) * reach)];
  }

  cancelAccepted(id: number): void {
    this.#cancelled.add(id);
  }

  /** From now on it may be anything again. */
  requeueAsked(id: number): void {
    this.#requeueAsked.add(id);
  }

  /** Jobs whose cancel was accepted and which nobody has asked to queue again. */
  get surelyCancelled(): readonly number[] {
    return [...this.#cancelled].filter((id) => !this.#requeueAsked.has(id));
  }
}
