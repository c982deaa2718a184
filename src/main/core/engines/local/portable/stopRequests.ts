import type { ControlRequest } from '../runnerFiles.ts';
import { LONGEST_MS } from '../runnerFiles.ts';

/** What the state of a stop stands on. `now` is steady: it never jumps with the clock on the wall. */
export interface StopParts {
  readonly now: () => number;
  readonly graceMs: number;
  readonly journal: (entry: Readonly<Record<string, unknown>>) => void;
}

/** Signals to the runner itself that mean stop. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** Whether and by when a run is to end, as requests come in. */
export class StopRequests {
  /** Resolves at the first stop or force. */
  readonly asked: Promise<void>;
  readonly #parts: StopParts;
  readonly #tellAsked: () => void;
  #stopped = false;
  #forced = false;
  #deadlineAt: number | null = null;
  #terminations = 0;
  #closed = false;

  constructor(parts: StopParts) {
    this.#parts = parts;
    const { promise, resolve } = withResolvers();
    this.asked = promise;
    this.#tellAsked = resolve;
  }

  /** A stop was accepted while anything lived. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** A `force` (or the second signal) began the killing. */
  get forced(): boolean {
    return this.#forced;
  }

  /** When SIGKILL follows, on the steady clock; never while nobody asked. */
  get deadlineAt(): number {
    return this.#deadlineAt ?? Number.POSITIVE_INFINITY;
  }

  /** How many SIGTERM and SIGINT have come. */
  get terminations(): number {
    return this.#terminations;
  }

  handle(request: ControlRequest): void {
    if (this.#closed) return;
    switch (request.kind) {
      case 'stop':
        return this.#stop(request.graceMs);
      case 'force':
        return this.#force();
      case 'extend':
        return this.#extend(request.byMs);
    }
  }

  /** SIGHUP never forces: systemd and terminals send it together with SIGTERM and mean one stop. */
  signalled(signal: StopSignal): void {
    if (signal !== 'SIGHUP') this.#terminations += 1;
    const again = signal !== 'SIGHUP' && this.#terminations > 1;
    this.handle(again ? { kind: 'force' } : { kind: 'stop', graceMs: this.#parts.graceMs });
  }

  /** Main has ended by itself and left members: they have this long. */
  beginLeftovers(graceMs: number): void {
    this.#deadlineAt ??= this.#parts.now() + graceMs;
  }

  /** Nothing lives any more: later requests are for nobody. */
  close(): void {
    this.#closed = true;
  }

  #stop(graceMs: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // What main left has begun to be stopped: no more time than was left to it.
    this.#deadlineAt = Math.min(this.deadlineAt, this.#parts.now() + graceMs);
    this.#parts.journal({ event: 'stop', grace_ms: graceMs, deadline_at: this.#unixDeadline() });
    this.#tellAsked();
  }

  #force(): void {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#parts.journal({ event: 'stop', grace_ms: 0, deadline_at: Date.now() });
    }
    if (!this.#isKilling()) this.#forced = true;
    this.#deadlineAt ??= this.#parts.now();
    this.#tellAsked();
  }

  #extend(byMs: number): void {
    if (this.#deadlineAt === null || this.#isKilling()) return;
    this.#deadlineAt = Math.min(this.#deadlineAt + byMs, this.#parts.now() + LONGEST_MS);
    this.#parts.journal({ event: 'extended', deadline_at: this.#unixDeadline() });
  }

  #isKilling(): boolean {
    return this.#forced || this.#parts.now() >= this.deadlineAt;
  }

  #unixDeadline(): number {
    return Math.round(Date.now() + this.deadlineAt - this.#parts.now());
  }
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
