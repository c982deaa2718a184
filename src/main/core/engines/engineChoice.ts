import type { Target } from '../../../shared/slurm.ts';
import type { RunId } from '../domain/job.ts';
import type { Engine, RunOrder, RunToResume } from './engine.ts';

/** One engine for each place that jobs can run at. */
export type Engines = Readonly<Record<Target['kind'], Engine>>;

/** Hands each run to the engine of its job's target; to the queue it is one engine. */
export class EngineChoice implements Engine {
  readonly #engines: Engines;
  readonly #engineOf = new Map<RunId, Engine>();

  constructor(engines: Engines) {
    this.#engines = engines;
  }

  start(order: RunOrder): void {
    this.#chosen(order).start(order);
  }

  stop(run: RunId, graceMs: number): void {
    this.#engineOf.get(run)?.stop(run, graceMs);
  }

  force(run: RunId): void {
    this.#engineOf.get(run)?.force(run);
  }

  extend(run: RunId, byMs: number): void {
    this.#engineOf.get(run)?.extend(run, byMs);
  }

  resume(run: RunToResume): void {
    this.#chosen(run).resume(run);
  }

  memberPids(): ReturnType<Engine['memberPids']> {
    return this.#engines.local.memberPids();
  }

  /** The run has ended. */
  forget(run: RunId): void {
    this.#engineOf.delete(run);
  }

  [Symbol.dispose](): void {
    for (const engine of Object.values(this.#engines)) engine[Symbol.dispose]();
  }

  #chosen({ run, spec }: RunOrder): Engine {
    const engine = this.#engines[spec.target.kind];
    this.#engineOf.set(run, engine);
    return engine;
  }
}
