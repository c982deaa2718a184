import { statOf } from '../../../processes/processTable.ts';
import { RunMembers } from '../runMembers.ts';
import type { RunRecords } from '../runnerFiles.ts';
import { sweep } from '../sweep.ts';
import type { Swept } from '../sweep.ts';
import { killTree } from '../treeKiller.ts';
import type { RunnerOptions } from './options.ts';
import type { StopRequests } from './stopRequests.ts';
import type { MainEnd, Trainer } from './trainer.ts';

/** How often members are looked for while the run goes on: what was seen once is found again. */
const REMEMBER_EVERY_MS = 500;
const WINDOWS_AGAIN_MS = 1_000;

/** How a run that was started came to its end. */
export interface Ending {
  readonly main: MainEnd;
  readonly leftovers: number;
  readonly membersSeen: number;
  readonly killRounds: number;
}

/** What a run is supervised with. `now` is the steady clock that `requests` goes by. */
export interface Supervision {
  readonly options: RunnerOptions;
  readonly trainer: Trainer;
  readonly requests: StopRequests;
  readonly records: RunRecords;
  readonly now: () => number;
}

/** Remembers the run's members while it goes on and ends all of them when it is stopped or main has ended. */
export async function supervise(parts: Supervision): Promise<Ending> {
  const { options, trainer, requests, records } = parts;
  const members = new RunMembers(options.run, trainer, []);
  members.look();
  const remembering = setInterval(() => members.look(), REMEMBER_EVERY_MS);
  const ended = trainer.ended.then((end) => {
    records.journal({ event: 'main-exit', ...(end.signal === null ? { code: end.code } : { signal: end.signal }) });
    return end;
  });
  await Promise.race([ended, requests.asked]);
  clearInterval(remembering);
  const leftovers = requests.stopped ? 0 : leftoversOf(parts, members);
  const swept = await (process.platform === 'win32' ? endOnWindows(parts) : sweepRun(parts, members));
  const main = await ended;
  requests.close();
  // Only main is this process's own child; the ends of the others were seen in the process table.
  records.journal({ event: 'empty', reaped: 1 });
  return { main, leftovers, membersSeen: swept.membersGone, killRounds: swept.killRounds };
}

/** identity.json: who the run is. The trainer runs already when it is written, unlike with the native runner. */
export function identityOf({ run, bootId }: RunnerOptions, trainer: Trainer, startedAt: number): object {
  return {
    protocol: 1,
    run,
    boot_id: bootId,
    runner: 'portable',
    runner_pid: process.pid,
    runner_start: statOf(process.pid)?.start ?? '0',
    main_pid: trainer.pid,
    main_start: trainer.start,
    started_at: startedAt,
  };
}

function leftoversOf({ options, requests, records }: Supervision, members: RunMembers): number {
  const count = members.look().length;
  if (count > 0) records.journal({ event: 'leftovers', count });
  requests.beginLeftovers(options.killAfterExitMs);
  return count;
}

function sweepRun({ options, trainer, requests, records, now }: Supervision, members: RunMembers): Promise<Swept> {
  return sweep({
    run: options.run,
    main: trainer,
    remembered: [],
    members,
    signal: options.stopSignal,
    deadlineAt: () => requests.deadlineAt,
    now,
    forced: () => requests.forced,
    deadlineReason: () => (requests.stopped ? 'deadline' : 'leftovers'),
    // The sweep tells steady time, the journal that of the wall.
    onEntry: (entry) => records.journal({ ...entry, at: Date.now() }),
  });
}

/**
 * Windows has no stop signal and no process table that Node can read: a stop is `taskkill /T /F` on main until it has
 * ended. Main is our child, so its number stays its own until then. Written to documentation, not run by our tests.
 */
async function endOnWindows({ trainer, requests, records }: Supervision): Promise<Swept> {
  const isOver = (waitMs: number): Promise<boolean> =>
    Promise.race([trainer.ended.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, waitMs, false))]);
  let killRounds = 0;
  for (; !(await isOver(killRounds === 0 ? 0 : WINDOWS_AGAIN_MS)); killRounds += 1) {
    if (killRounds === 0) records.journal({ event: 'killing', reason: requests.forced ? 'force' : 'deadline' });
    records.journal({ event: 'signal', signal: 'SIGKILL', to: 'all', sent: 1, refused: 0, pids: [trainer.pid] });
    await killTree(trainer.pid);
  }
  return { membersGone: 1, killRounds };
}
