import type { JournalEntry } from '../../domain/runnerRecords.ts';
import { isAlive, waitsIn } from '../../processes/processTable.ts';
import { sendSignal } from '../../processes/signal.ts';
import type { Member } from './runMembers.ts';

/** SIGKILL is delivered once; it is repeated only for the case that something odd swallowed it. */
const AGAIN_MS = 1_000;
const REPORT_EVERY_MS = 1_000;
const STUCK_AFTER_MS = 4_000;
const STUCK_EVERY_MS = 5_000;
/** How many pids a line of the journal holds. */
export const LISTED = 32;

interface Shot {
  readonly firstAt: number;
  at: number;
  refused: boolean;
}

/** The killing rung of a sweep: rounds of SIGKILL, one journal line a second about them, and what will not go. */
export class Killing {
  readonly #now: () => number;
  readonly #onEntry: (entry: JournalEntry) => void;
  readonly #shots = new Map<string, Shot>();
  readonly #unreported = { pids: [] as number[], sent: 0, refused: 0 };
  #reportedAt: number | null = null;
  #stuck: readonly Member[] = [];
  #stuckAt: number | null = null;
  #rounds = 0;

  constructor(now: () => number, onEntry: (entry: JournalEntry) => void) {
    this.#now = now;
    this.#onEntry = onEntry;
  }

  /** How many rounds there were in which something lived. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Whether the kernel holds on to something that was killed long ago. */
  get isStuck(): boolean {
    return this.#stuck.length > 0;
  }

  /** One round: SIGKILL to every living member. */
  round(living: readonly Member[]): void {
    if (living.length > 0) this.#rounds += 1;
    for (const member of living) this.#kill(member);
    this.#report(false);
    this.#lookForStuck(living);
  }

  /** Nothing lives any more. */
  finish(): void {
    this.#report(true);
    this.#releaseStuck();
  }

  #kill(member: Member): void {
    const now = this.#now();
    const shot = this.#shots.get(member.key);
    if (shot !== undefined && !shot.refused && now - shot.at < AGAIN_MS) return;
    const result = sendSignal(member, 'SIGKILL');
    if (result !== 'sent' && result !== 'not-permitted') return;
    const refused = result === 'not-permitted';
    this.#shots.set(member.key, { firstAt: shot?.firstAt ?? now, at: now, refused });
    if (shot !== undefined) return;
    if (refused) this.#unreported.refused += 1;
    else this.#unreported.sent += 1;
    if (!refused && this.#unreported.pids.length < LISTED) this.#unreported.pids.push(member.pid);
  }

  #report(last: boolean): void {
    const { pids, sent, refused } = this.#unreported;
    const now = this.#now();
    if (sent === 0 && refused === 0) return;
    if (!last && this.#reportedAt !== null && now - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#onEntry({ at: now, event: 'signal', signal: 'SIGKILL', to: 'all', sent, refused, pids: [...pids] });
    Object.assign(this.#unreported, { pids: [], sent: 0, refused: 0 });
    this.#reportedAt = now;
  }

  #lookForStuck(living: readonly Member[]): void {
    const now = this.#now();
    this.#releaseStuck();
    if (this.#stuckAt !== null && now - this.#stuckAt < STUCK_EVERY_MS) return;
    const stuck = living.filter(({ key }) => now - (this.#shots.get(key)?.firstAt ?? now) >= STUCK_AFTER_MS);
    if (stuck.length === 0) return;
    const pids = stuck.slice(0, LISTED).map(({ pid, state, key }) => {
      const refused = this.#shots.get(key)?.refused === true ? { refused: true } : {};
      return { pid, state, wchan: waitsIn(pid), ...refused };
    });
    this.#onEntry({ at: now, event: 'stuck', pids });
    this.#stuck = stuck;
    this.#stuckAt = now;
  }

  #releaseStuck(): void {
    if (this.#stuck.length === 0 || this.#stuck.some(isAlive)) return;
    this.#onEntry({ at: this.#now(), event: 'unstuck' });
    this.#stuck = [];
    this.#stuckAt = null;
  }
}
