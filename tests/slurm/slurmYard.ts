import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteInput } from '../../src/shared/contract.ts';
import type { JobView } from '../../src/shared/job.ts';
import { TestYard } from '../helpers/core.ts';
import { isGone, readStat, until } from '../helpers/process.ts';
import { startSlurm } from '../helpers/slurmCluster.ts';
import type { SlurmCluster, SlurmClusterOptions } from '../helpers/slurmCluster.ts';

/** A core whose settings name a real Slurm of this machine. */
export class SlurmYard {
  readonly cluster: SlurmCluster;
  readonly yard: TestYard;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  private constructor(
    cluster: SlurmCluster,
    yard: TestYard,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.cluster = cluster;
    this.yard = yard;
    this.#environment = environment;
  }

  static async start(options: SlurmClusterOptions = {}): Promise<SlurmYard> {
    const cluster = await startSlurm(options);
    const before = Object.fromEntries(Object.keys(cluster.env).map((name) => [name, process.env[name]]));
    // The core takes Slurm from its own environment, as a user's would.
    Object.assign(process.env, cluster.env);
    const yard = new TestYard();
    await yard.get('settings.set', { slurmTarget: 'host' });
    return new SlurmYard(cluster, yard, before);
  }

  /** Submits a command to Slurm. */
  submit(command: readonly string[], more: Partial<RouteInput<'jobs.submit'>> = {}): Promise<JobView> {
    return this.yard.submit(command, { target: 'slurm', ...more });
  }

  /** A job that says what reaches it: `sh` text that runs until it is ended. */
  get notes(): string {
    const folder = join(this.yard.home, 'notes');
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Slurm's number of a job. */
  async slurmId(id: number): Promise<number> {
    const { cluster } = await this.yard.job(id);
    if (cluster === null) throw new Error(`#${id} has no number of Slurm yet`);
    return cluster.jobId;
  }

  /** Slurm's own word on a job, such as `RUNNING`. */
  async stateOf(slurmId: number): Promise<string> {
    const text = await this.cluster.run('squeue', ['-h', '-t', 'all', '-j', String(slurmId), '-o', '%T']);
    return text.trim();
  }

  /** Resolves when Slurm knows nothing of the job any more. */
  async untilForgotten(slurmId: number): Promise<void> {
    const limit = Date.now() + 120_000;
    while ((await this.cluster.run('scontrol', ['show', 'job', String(slurmId)]).catch(() => '')) !== '') {
      if (Date.now() > limit) throw new Error(`Slurm remembers its job ${slurmId}`);
      await sleep(200);
    }
  }

  /** From now on each call of one of Slurm's commands is written down; the function answers their arguments. */
  countCalls(command: string): () => readonly string[] {
    const folder = join(this.yard.home, 'counted');
    const calls = join(folder, `${command}.calls`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(calls, '');
    const real = (process.env['PATH'] ?? '')
      .split(':')
      .map((path) => join(path, command))
      .find((path) => existsSync(path));
    writeFileSync(join(folder, command), `#!/bin/sh\necho "$*" >> ${calls}\nexec ${real} "$@"\n`, { mode: 0o755 });
    void this.yard.get('settings.set', { slurmCommands: folder });
    return () => readFileSync(calls, 'utf8').split('\n').filter(Boolean);
  }

  log(id: number): Promise<string> {
    return this.yard.get('log.read', { jobId: id, offset: 0, limit: 1_048_576 }).then(({ text }) => text);
  }

  /** Resolves when the log has the text. */
  async untilLog(id: number, text: string): Promise<void> {
    const limit = Date.now() + 60_000;
    while (!(await this.log(id)).includes(text)) {
      if (Date.now() > limit) throw new Error(`the log of #${id} never said ${text}: ${await this.log(id)}`);
      await sleep(50);
    }
  }

  /** Resolves when so much of the log is here. */
  async untilLogSize(id: number, bytes: number): Promise<void> {
    const limit = Date.now() + 120_000;
    while ((await this.yard.get('log.read', { jobId: id, limit: 1 })).size < bytes) {
      if (Date.now() > limit) throw new Error(`the log of #${id} never had ${bytes} bytes`);
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.yard[Symbol.asyncDispose]();
    } finally {
      await this.cluster.close();
      for (const [name, value] of Object.entries(this.#environment)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }
}

/** A shell command that runs until something ends it, in small steps so that the shell hears signals. */
export function sleeper(before = ''): readonly string[] {
  return ['sh', '-c', `${before}\nwhile :; do sleep 0.1; done`];
}

/** A Python trainer that saves on SIGTERM after a moment and says so. */
export const SAVES_ON_TERM = `
import os, signal, sys, time
def save(signum, frame):
    time.sleep(0.3)
    open(os.environ['SAVED'], 'w').write('step 7')
    print('saved on', signal.Signals(signum).name, flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print('epoch 1 of 9', flush=True)
while True: time.sleep(0.05)
`;

/** Writes a program of a test. */
export function programIn(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Resolves when none is left; Slurm's word may be a moment ahead of the kernel where it follows processes without cgroups. */
export async function untilNoneTagged(name: string, value: string): Promise<void> {
  await until(`no process with ${name}=${value}`, () => processesTagged(name, value).length === 0);
}

/** Living processes whose environment has that value; the second witness beside Slurm. */
export function processesTagged(name: string, value: string): readonly number[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`)) return [];
    } catch {
      return [];
    }
    const stat = readStat(Number(pid));
    return stat === null || isGone(stat) ? [] : [stat.pid];
  });
}
