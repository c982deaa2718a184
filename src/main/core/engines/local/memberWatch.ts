import type { MemberRecord } from '../../domain/receiptMembers.ts';
import type { KeptSecrets } from '../../domain/secretWords.ts';
import { descendantsOf } from '../../processes/processTable.ts';
import type { ProcessName, ProcessStat } from '../../processes/processTable.ts';
import { titleOf } from '../../processes/processTitle.ts';

/** A member that is gone is remembered so long: a driver may list it a little longer than the kernel. */
const REMEMBERED_MS = 120_000;
/** Once a stop has begun nobody is forgotten, up to so many: the receipt names them. */
const MOST_REMEMBERED = 2_000;
/** A process that has just begun is still a copy of its parent, and trainers change their titles as they go on. */
const TITLE_AGAIN_MS = 10_000;
/** A receipt lists fewer. The titles of a thousand processes take longer to read than the processes take to stop. */
const MOST_TITLES = 500;

interface Seen extends ProcessName {
  readonly session: number;
  readonly firstSeenAt: number;
  command: string;
  titleAt: number;
  /** On the steady clock. */
  seenAt: number;
  goneBy: number | null;
}

/** Every process below a runner that was seen while the runner lived. */
export class MemberWatch {
  readonly #seen = new Map<string, Seen>();
  readonly #secrets: KeptSecrets;
  /** Whether a stop has begun: from then on the dead are kept for the receipt. */
  keepsAll = false;

  /** `secrets` are those of the job: no title has them. */
  constructor(secrets: KeptSecrets) {
    this.#secrets = secrets;
  }

  /** Looks once at a process table that was read just now. Only where there is /proc. */
  look(runnerPid: number, table: readonly Omit<ProcessStat, 'state' | 'threads'>[]): void {
    if (process.platform !== 'linux') return;
    const now = performance.now();
    const at = Date.now();
    for (const { pid, start, session } of descendantsOf(runnerPid, table)) {
      const key = `${pid}/${start}`;
      const known = this.#seen.get(key);
      if (known === undefined) {
        const command = this.#seen.size < MOST_TITLES ? (titleOf(pid, this.#secrets) ?? '') : '';
        this.#seen.set(key, {
          pid,
          start,
          session,
          firstSeenAt: at,
          command,
          titleAt: Number.NEGATIVE_INFINITY,
          seenAt: now,
          goneBy: null,
        });
        continue;
      }
      known.seenAt = now;
      known.goneBy = null;
      if (known.command === '' || now - known.titleAt < TITLE_AGAIN_MS) continue;
      known.titleAt = now;
      known.command = titleOf(pid, this.#secrets) ?? known.command;
    }
    for (const [key, member] of this.#seen) {
      if (member.seenAt === now) continue;
      member.goneBy ??= at;
      const isKept = this.keepsAll && this.#seen.size <= MOST_REMEMBERED;
      if (!isKept && now - member.seenAt > REMEMBERED_MS) this.#seen.delete(key);
    }
  }

  /** Those that live, and those that have gone a short while ago. */
  get names(): readonly ProcessName[] {
    const now = performance.now();
    return [...this.#seen.values()]
      .filter(({ seenAt }) => now - seenAt <= REMEMBERED_MS)
      .map(({ pid, start }) => ({ pid, start }));
  }

  /** What was seen of each, for the receipt. */
  get records(): readonly MemberRecord[] {
    return [...this.#seen.values()].map(({ pid, command, session, firstSeenAt, goneBy }) => ({
      pid,
      command,
      session,
      firstSeenAt,
      goneBy,
    }));
  }
}
