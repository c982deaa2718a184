import { performance } from 'node:perf_hooks';
import { HAS_PROC } from '../../processes/processTable.ts';
import { deliver, exitRecordOf } from './portable/exitRecord.ts';
import { closeInheritedFiles } from './portable/inheritedFiles.ts';
import { listenToControl, listenToSignals } from './portable/listen.ts';
import { directoryIn, parseRunnerOptions } from './portable/options.ts';
import type { RunnerOptions } from './portable/options.ts';
import { StopRequests } from './portable/stopRequests.ts';
import { identityOf, supervise } from './portable/supervise.ts';
import { startTrainer } from './portable/trainer.ts';
import type { Trainer } from './portable/trainer.ts';
import { complain, RunRecords } from './runnerFiles.ts';

/*
 * The runner for machines without the native one: the same files (src/runner/PROTOCOL.md), a weaker promise.
 * It finds members by the process tree, their sessions, memory and the environment tag. So a process that leaves the tree
 * and its session and wipes its environment before it was seen escapes. The trainer may run for a moment before
 * identity.json is there, and when it was never started there is none.
 */

const COULD_NOT_START = 125;

closeInheritedFiles();
const argv = process.argv.slice(2);
try {
  process.exitCode = await main(argv);
} catch (error) {
  complain(directoryIn(argv) ?? '', error instanceof Error ? error.message : String(error));
  process.exitCode = COULD_NOT_START;
}
// The records are on disk; nothing that is still open may keep this process.
process.exit();

async function main(args: readonly string[]): Promise<number> {
  const options = parseRunnerOptions(args);
  if (process.platform === 'linux' && !HAS_PROC) throw new Error('/proc is not that of this pid namespace');
  const records = new RunRecords(options.directory);
  const now = (): number => performance.now();
  const requests = new StopRequests({ now, graceMs: options.graceMs, journal: (entry) => records.journal(entry) });
  listenToSignals(requests);
  const control = listenToControl(options.directory, requests);
  try {
    const record = await run(options, records, requests, now);
    if (!(await deliver(records, record, requests))) return COULD_NOT_START;
    records.journal({ event: 'exit' });
    return 0;
  } finally {
    control[Symbol.dispose]();
  }
}

/** Everything between the first request and the last process; answers what exit.json is to say. */
async function run(
  options: RunnerOptions,
  records: RunRecords,
  requests: StopRequests,
  now: () => number,
): Promise<object> {
  // Signals that came while this was loading are handled before anything is started.
  await new Promise((resolve) => setImmediate(resolve));
  if (requests.stopped) {
    records.journal({ event: 'empty', reaped: 0 });
    return exitRecordOf({ options, requests, startError: null, started: null });
  }
  const startedAt = Date.now();
  const steadyStart = now();
  const trainer = await startTrainer(options);
  if ('stage' in trainer) return exitRecordOf({ options, requests, startError: trainer, started: null });
  // Keep no folder of the user's busy; and what this process starts itself is no member.
  process.chdir('/');
  introduce(options, records, requests, trainer, startedAt);
  const ending = await supervise({ options, trainer, requests, records, now });
  return exitRecordOf({
    options,
    requests,
    startError: null,
    started: { at: startedAt, wallMs: now() - steadyStart, ending },
  });
}

function introduce(
  options: RunnerOptions,
  records: RunRecords,
  requests: StopRequests,
  trainer: Trainer,
  startedAt: number,
): void {
  try {
    records.write('identity.json', identityOf(options, trainer, startedAt));
    records.journal({ event: 'started' });
  } catch (error) {
    // Nobody could find this run again: it must not go on.
    complain(options.directory, `identity.json: ${error instanceof Error ? error.message : String(error)}`);
    requests.handle({ kind: 'force' });
  }
}
