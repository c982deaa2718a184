import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlurmEngine } from '../../src/main/core/engines/slurm/slurmEngine.ts';
import type { SlurmPlace } from '../../src/main/core/engines/slurm/slurmTargets.ts';
import type { EngineReport, RunOrder } from '../../src/main/core/engines/engine.ts';
import type { JobStatus } from '../../src/shared/job.ts';
import { spec } from '../unit/domain/jobs.ts';

/** Slurm’s commands as small programs on files: a job is a file with its mark and its state. `D` is the folder. */
const COMMANDS = {
  ssh: `for word do last=$word; done; exec sh -c "$last"`,
  sbatch: `
cat > "$D/script.$$"
echo "$*" >> "$D/sbatch.calls"
while [ -e "$D/sbatch-waits" ]; do sleep 0.02; done
[ -e "$D/sbatch-fails" ] && { echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1; }
for word do case "$word" in --comment=*) mark=\${word#--comment=};; esac; done
until mkdir "$D/lock" 2>/dev/null; do sleep 0.01; done
id=$(($(cat "$D/last") + 1)); echo $id > "$D/last"
rmdir "$D/lock"
mv "$D/script.$$" "$D/script.$id"
echo "$mark PENDING" > "$D/jobs/$id"
[ -e "$D/sbatch-mumbles" ] && { echo 'Submitted, good luck'; exit 0; }
echo $id`,
  squeue: `
echo "$*" >> "$D/squeue.calls"
printf '{"jobs": ['
comma=
[ -e "$D/squeue-sees-nothing" ] || for job in "$D"/jobs/*; do
  [ -e "$job" ] || continue
  read -r mark state < "$job"
  printf '%s{"job_id":%s,"job_state":"%s","comment":"%s","partition":"gpu","nodes":"","start_time":0,"end_time":0,"exit_code":0}' \\
    "$comma" "\${job##*/}" "$state" "$mark"
  comma=,
done
echo ']}'`,
  scancel: `
echo "$*" >> "$D/scancel.calls"
for word do
  [ -e "$D/jobs/$word" ] || continue
  read -r mark state < "$D/jobs/$word"
  echo "$mark CANCELLED" > "$D/jobs/$word"
done`,
  scontrol: `
case "$*" in
  *config*) printf 'ClusterName = %s\\nKillWait = 30 sec\\nMinJobAge = 300 sec\\n' "$(cat "$D/cluster")";;
  *'show job'*) echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1;;
esac`,
};

/** The engine on made-up commands, its clock in the hands of the test. */
export class StubSlurm {
  readonly folder = mkdtempSync(join(tmpdir(), 'trainyard-stub-slurm-'));
  readonly reports: EngineReport[] = [];
  readonly bugs: unknown[] = [];
  readonly statuses = new Map<number, JobStatus>();
  /** Which Slurm the settings name. */
  place: SlurmPlace;
  /** What the engine’s clock is ahead of the machine’s. */
  aheadMs = 0;
  #engine: SlurmEngine | null = null;

  constructor() {
    this.place = { via: 'host', commands: join(this.folder, 'bin'), folder: null };
    mkdirSync(join(this.folder, 'bin'));
    mkdirSync(join(this.folder, 'jobs'));
    this.write('last', '100');
    this.write('cluster', 'yard');
    for (const [name, text] of Object.entries(COMMANDS)) {
      const path = join(this.folder, 'bin', name);
      writeFileSync(path, `#!/bin/sh\nD='${this.folder}'\n${text.trim()}\n`);
      chmodSync(path, 0o755);
    }
  }

  /** The engine; made when it is asked for the first time, and after {@link end}. */
  get engine(): SlurmEngine {
    this.#engine ??= new SlurmEngine({
      dataFolder: join(this.folder, 'data'),
      now: () => Date.now() + this.aheadMs,
      place: () => this.place,
      statusOf: (id) => this.statuses.get(id) ?? null,
      report: (report) => {
        this.reports.push(report);
        if (report.type === 'accepted') this.statuses.set(report.jobId, 'pending');
      },
      onLogWhole: async () => undefined,
      onView: () => undefined,
      onBug: (error) => this.bugs.push(error),
    });
    return this.#engine;
  }

  /** As the end of the app does. */
  end(): void {
    this.#engine?.[Symbol.dispose]();
    this.#engine = null;
  }

  write(name: string, text = ''): void {
    writeFileSync(join(this.folder, name), text);
  }

  remove(name: string): void {
    rmSync(join(this.folder, name), { force: true });
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** The arguments of every call of a command so far. */
  calls(command: string): readonly string[] {
    return this.has(`${command}.calls`)
      ? readFileSync(join(this.folder, `${command}.calls`), 'utf8')
          .split('\n')
          .filter(Boolean)
      : [];
  }

  /** The batch script of one of its jobs. */
  script(id: number): string {
    return readFileSync(join(this.folder, `script.${id}`), 'utf8');
  }

  /** The latest report of that kind on a job. */
  told<T extends EngineReport['type']>(type: T, jobId: number): Extract<EngineReport, { type: T }> | undefined {
    return this.reports.findLast(
      (report): report is Extract<EngineReport, { type: T }> => report.type === type && report.jobId === jobId,
    );
  }

  /** Resolves when it is so. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const limit = Date.now() + 100_000;
    while (!isSo()) {
      if (Date.now() > limit) throw new Error(`never: ${what}; ${JSON.stringify(this.reports)} ${String(this.bugs)}`);
      await sleep(20);
    }
  }

  [Symbol.dispose](): void {
    this.end();
    // A command that was under way may write once more.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 50 });
  }
}

/** A run of a job for Slurm. */
export function slurmOrder(jobId: number, over: Parameters<typeof spec>[0] = {}): RunOrder {
  const target = { kind: 'slurm', partition: null, gpuType: null, memoryMiB: null, args: [] } as const;
  return { run: `${jobId}-1-a`, jobId, gpus: [], spec: spec({ target: { ...target, args: [] }, ...over }) };
}
