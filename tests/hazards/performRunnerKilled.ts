import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOK_EVERY_MS } from '../../src/main/core/engines/local/runFollower.ts';
import { TestYard } from '../helpers/core.ts';
import { isGone, signalIdentity, until } from '../helpers/process.ts';
import type { IdentityRecord } from '../helpers/runner.ts';
import type { RunnerKilled } from './catalogue.ts';
import { Bystanders, Witness } from './groundTruth.ts';
import type { Performance } from './performance.ts';
import type { TestRunner } from './runners.ts';

const GRACE_SECONDS = 0.3;
/** By then the app, which lives in this process, has noted the members of a run once more: its timer comes before this one. */
const LOOKED_MS = LOOK_EVERY_MS + 300;

/** Kills the runner of a job and tells whether the core ends what it looked after. */
export async function performRunnerKilled(hazard: RunnerKilled, runner: TestRunner): Promise<Performance> {
  await using stack = new AsyncDisposableStack();
  const bystanders = new Bystanders();
  stack.defer(() => bystanders.end());
  const witness = new Witness();
  const yard = stack.use(new TestYard(runner));
  stack.defer(() => witness.end(yard.announced));
  const job = await yard.submit(witness.around(hazard.program(yard.announced)), { graceSeconds: GRACE_SECONDS });
  await until('ready', () => existsSync(join(yard.announced, 'ready')), yard.announced);
  await yard.until(job.id, 'running');
  bystanders.add();
  const folder = (await yard.job(job.id)).runDirectory ?? '';
  const identity = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')) as IdentityRecord;
  if (hazard.afterLook) await new Promise((resolve) => setTimeout(resolve, LOOKED_MS));

  const problems: string[] = [];
  const before = witness.living(yard.announced).length;
  if (before !== hazard.processes) problems.push(`${before} processes run, not ${hazard.processes}`);
  const from = performance.now();
  const own = { pid: identity.runner_pid, start: identity.runner_start };
  signalIdentity(own, 'SIGKILL');
  await until('the runner to be gone', () => isGone(own));
  const ended = await yard.until(job.id, 'failed');
  const goneMs = performance.now() - from;
  const survivors = witness.living(yard.announced).length;
  if (ended.outcome?.kind !== 'lost') problems.push(`its outcome is ${ended.outcome?.kind ?? 'none'}, not lost`);
  return { survivors, wrongKills: bystanders.lost(), checkpointsLost: 0, ended: true, goneMs, problems };
}
