import { assertNever, required } from '../../../shared/result.ts';
import type { Job, JobId, LiveState, Ms, RunId } from '../domain/job.ts';
import type { Effect } from '../domain/transition.ts';
import type { Engine, RunOrder, RunToResume } from '../engines/engine.ts';

/** What effects act on. */
export interface EffectTargets {
  readonly engine: Engine;
  readonly schedule: () => void;
  /** Calls back when the run's time is up. */
  readonly armLimit: (job: JobId, run: RunId, at: Ms) => void;
}

/** Does what a committed transition of `job` asks for. Only called after the commit. */
export function runEffects(job: Job, effects: readonly Effect[], targets: EffectTargets): void {
  for (const effect of effects) {
    switch (effect.kind) {
      case 'start':
        targets.engine.start(orderOf(job));
        break;
      case 'stop':
        targets.engine.stop(effect.run, effect.graceMs);
        break;
      case 'force':
        targets.engine.force(effect.run);
        break;
      case 'extend':
        targets.engine.extend(effect.run, effect.byMs);
        break;
      case 'limit':
        targets.armLimit(job.id, effect.run, effect.at);
        break;
      case 'schedule':
        targets.schedule();
        break;
      default:
        assertNever(effect, 'effect');
    }
  }
}

/** The order that starts or finds the present run of a job. */
export function orderOf(job: Job): RunOrder {
  const run = required(job.state.status === 'queued' ? null : job.state.run, `job ${job.id} has a run`);
  return { run, jobId: job.id, spec: job.spec, gpus: job.state.status === 'queued' ? [] : job.state.gpus };
}

/** The order that takes up the run of a live job again; `claimedBootId` is the boot in which it was claimed. */
export function resumeOrderOf(job: Job & { readonly state: LiveState }, claimedBootId: string): RunToResume {
  const { state } = job;
  const known =
    state.status === 'running'
      ? { identity: state.identity, startedAt: state.startedAt }
      : { identity: state.identity ?? null, startedAt: null };
  return { ...orderOf(job), claimedBootId, stop: state.stop, ...known };
}
