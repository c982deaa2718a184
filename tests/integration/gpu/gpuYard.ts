import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GpuSnapshot } from '../../../src/shared/gpu.ts';
import type { RouteInput } from '../../../src/shared/contract.ts';
import type { JobView } from '../../../src/shared/job.ts';
import type { DeskTiming } from '../../../src/main/core/gpu/deskTiming.ts';
import { program, TestYard } from '../../helpers/core.ts';
import { createSimulator } from './simulator.ts';
import type { Scenario, Simulator } from './simulator.ts';

/** Short enough for tests, long enough for a machine with two slow cores. */
const TIMING: Partial<DeskTiming> = {
  intervalMs: 400,
  releaseBoundMs: 20_000,
  askEveryMs: 50,
  askSlowestMs: 300,
  settleMs: 1_000,
  quarantineEveryMs: 200,
};

/** What a trainer wrote down itself about the GPUs it was given. */
export interface TrainerRecord {
  readonly job: number;
  readonly gpus: readonly string[];
  readonly startedAt: number;
}

/** A core on a simulated machine. */
export class GpuYard extends TestYard {
  readonly simulator: Simulator;
  /** Everything the core told about GPUs. */
  readonly samples: GpuSnapshot[] = [];
  /** Every sentence about a job that waits. */
  readonly sentences: string[] = [];
  #scenario: Scenario;
  readonly #waiting = new Set<() => void>();

  constructor(scenario: Scenario, timing: Partial<DeskTiming> = {}) {
    const simulator = createSimulator(scenario);
    // The core gives its own environment to nvidia-smi; trainers see none of TRAINYARD_*.
    process.env['TRAINYARD_SIM_SCENARIO'] = simulator.env['TRAINYARD_SIM_SCENARIO'];
    super('native', { gpuTiming: { ...TIMING, ...timing } });
    this.simulator = simulator;
    this.#scenario = scenario;
    this.#listen();
  }

  /** A yard whose driver has answered. */
  static async on(scenario: Scenario, timing: Partial<DeskTiming> = {}): Promise<GpuYard> {
    const yard = new GpuYard(scenario, timing);
    await yard.get('settings.set', { nvidiaSmiPath: yard.simulator.command });
    await yard.untilGpus(({ state, processesSampledAt }) => state === 'ok' && processesSampledAt !== null);
    return yard;
  }

  /** Opens the core again after {@link close}. */
  reopen(): void {
    this.open();
    this.#listen();
  }

  /** UUID of the GPU with that number. */
  uuid(index: number): string {
    const gpu = this.samples.at(-1)?.gpus.find((each) => each.index === index);
    if (gpu === undefined) throw new Error(`there is no GPU ${index}`);
    return gpu.uuid;
  }

  /** Changes some of the simulated machine. */
  change(scenario: Scenario): void {
    this.#scenario = { ...this.#scenario, ...scenario };
    this.simulator.set(this.#scenario);
  }

  /** Submits a trainer that holds so much memory on each GPU it gets. */
  train(mib: number, options: readonly string[] = [], more: Partial<RouteInput<'jobs.submit'>> = {}): Promise<JobView> {
    return this.submit(program('gpuTrainer.mjs', ...options), {
      gpus: 1,
      graceSeconds: 5,
      ...more,
      env: { SIM_GPU_MIB: String(mib) },
    });
  }

  /** Resolves with the first snapshot from now on that fits; the present one counts. */
  untilGpus(fits: (snapshot: GpuSnapshot) => boolean, what = 'the GPUs', limitMs = 20_000): Promise<GpuSnapshot> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const latest = this.samples.at(-1);
        if (latest === undefined || !fits(latest)) return;
        clearTimeout(limit);
        this.#waiting.delete(check);
        resolve(latest);
      };
      const limit = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`${what}: ${JSON.stringify(this.samples.at(-1))} after ${limitMs} ms`));
      }, limitMs);
      this.#waiting.add(check);
      check();
    });
  }

  /** Resolves when a job's trainer is listed with so much memory. */
  untilListed(job: number, mib: number): Promise<GpuSnapshot> {
    return this.untilGpus(
      ({ gpus, processes }) =>
        processes.some(({ jobId, memoryUsedMiB }) => jobId === job && memoryUsedMiB === mib) &&
        gpus.some(({ memoryUsedMiB }) => (memoryUsedMiB ?? 0) >= mib),
      `#${job} listed with ${mib} MiB`,
    );
  }

  /** What the trainers wrote down. */
  get trainers(): readonly TrainerRecord[] {
    return readdirSync(this.announced)
      .filter((name) => name.startsWith('gpu-') && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(this.announced, name), 'utf8')) as TrainerRecord);
  }

  /** Memory in use on each GPU as the simulated driver tells it now, MiB. */
  async usedMiB(): Promise<readonly number[]> {
    const { stdout } = await this.simulator.run('--query-gpu=memory.used', '--format=csv,noheader,nounits');
    return stdout.trim().split('\n').map(Number);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.change({ failure: null, hang: [], delayMs: 0, releaseAfterMs: 0, raw: {} });
    await super[Symbol.asyncDispose]();
    this.simulator.remove();
  }

  #listen(): void {
    this.core.setPace('watched');
    this.core.on('gpus', (snapshot) => {
      this.samples.push(snapshot);
      for (const check of this.#waiting) check();
    });
    this.core.on('blockers', (blockers) => this.sentences.push(...blockers.map(({ sentence }) => sentence)));
  }
}
