import type { RunId } from '../../domain/job.ts';
import { isAlive, statOf } from '../../processes/processTable.ts';
import type { ProcessName } from '../../processes/processTable.ts';
import { RunMembers } from './runMembers.ts';
import type { RunScope } from './scope.ts';
import { sweep } from './sweep.ts';

/** The runner itself is in the scope too: it ends right after it has written its record… */
const RUNNER_LINGERS_MS = 2_000;
/** …and has made that last, which a disk with a large checkpoint on its way holds up. It is ours, and no leftover. */
const RUNNER_SYNCS_MS = 60_000;
/** The kernel takes a process out of its cgroup a moment before or after it is gone from the table. */
const SETTLES_MS = 100;
const LOOK_EVERY_MS = 5;
/** What a runner missed gets the stop signal at once and SIGKILL after this, as what main leaves behind does. */
const LEFTOVER_MS = 5_000;

/** What is asked of a run's scope when the run is over. */
export interface ScopeEnd {
  readonly run: RunId;
  readonly runner: ProcessName | null;
  readonly signal: NodeJS.Signals;
  readonly now: () => number;
  readonly forced: () => boolean;
}

/**
 * Resolves when the kernel says that the run's cgroup is empty, after ending what its runner has missed. Answers what was
 * observed, one sentence each.
 */
export async function proveScopeEmpty(scope: RunScope, order: ScopeEnd): Promise<readonly string[]> {
  const proof = 'Cgroup of the run: empty';
  if (await isSoonEmpty(scope, order.runner)) return [proof];
  const deadlineAt = order.now() + LEFTOVER_MS;
  const members = membersWithScope(order.run, null, [], scope);
  const { membersGone } = await sweep({
    ...order,
    main: null,
    remembered: [],
    members,
    deadlineAt: () => deadlineAt,
    onKill: () => scope.kill(),
    onEntry: () => undefined,
  });
  const ended = `Found in the run's cgroup when its runner was done, and ended: ${membersGone}`;
  return (await isSoonEmpty(scope, null)) ? [ended, proof] : [ended, 'Cgroup of the run: not empty'];
}

/** The members of a run, those included that only its cgroup knows of. */
export function membersWithScope(
  run: RunId,
  main: ProcessName | null,
  remembered: readonly ProcessName[],
  scope: RunScope | null,
): RunMembers {
  if (scope === null) return new RunMembers(run, main, remembered);
  return new RunMembers(run, main, remembered, () =>
    scope.pids().flatMap((pid) => {
      const stat = statOf(pid);
      return stat === null ? [] : [{ pid, start: stat.start }];
    }),
  );
}

async function isSoonEmpty(scope: RunScope, runner: ProcessName | null): Promise<boolean> {
  let left = SETTLES_MS;
  for (let waited = 0; waited < RUNNER_SYNCS_MS && left > 0; waited += LOOK_EVERY_MS) {
    if (scope.isEmpty()) return true;
    if (runner === null || !isAlive(runner)) left -= LOOK_EVERY_MS;
    else if (waited >= RUNNER_LINGERS_MS && scope.pids().some((pid) => pid !== runner.pid)) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return scope.isEmpty();
}
