import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { RunId } from '../../domain/job.ts';
import { runBounded } from '../../processes/boundedCommand.ts';
import type { RunPaths } from '../../runs/runFiles.ts';

/*
 * A transient scope of the user's systemd for each run: its cgroup is a second proof that nothing is left, told by the
 * kernel and not by our runner, and a second killer when the runner was killed. A scope lives under the user's manager: at
 * the last logout systemd ends it, unless lingering is on (`loginctl enable-linger`).
 */

/** A manager that does not answer by then is treated as if there were none. */
const PROBE_LIMIT_MS = 2_000;
/** systemd ends a scope at logout: the runner has its whole grace, and this long to write down how it went. */
const LAST_WORDS_S = 5;

/**
 * Options that newer managers take and older ones refuse, the best first.
 * 254: words of the trainer's command that begin with `$` stay as they are. 253: when the kernel's memory killer takes one
 * process, systemd leaves the others alone.
 */
const OPTIONS_BY_AGE: readonly (readonly string[])[] = [
  ['--expand-environment=no', '--property=OOMPolicy=continue'],
  ['--property=OOMPolicy=continue'],
  [],
];

/** A user manager of systemd that answers. */
export interface UserManager {
  /** Where systemd-run is; absolute, since a job may bring a PATH of its own. */
  readonly program: string;
  /** Options that this manager takes beside those every one takes. */
  readonly options: readonly string[];
  /** The directory in which the cgroups of new scopes are made. */
  readonly slice: string;
}

/** The scope of a run as `scope.json` in its directory remembers it. */
const scopeRecordSchema = z.object({ unit: z.string(), cgroup: z.string() });

/** Looks once whether a user manager answers; null at once, without a process, where there is plainly none. */
export function findUserManager(environment: NodeJS.ProcessEnv): Promise<UserManager | null> | null {
  const runtime = environment['XDG_RUNTIME_DIR'];
  if (process.platform !== 'linux' || runtime === undefined || !isAbsolute(runtime)) return null;
  if (!existsSync(join(runtime, 'systemd/private'))) return null;
  const program = programIn(environment['PATH'] ?? '', 'systemd-run');
  return program === null ? null : probe(program, environment);
}

/** The name of a run's scope. */
export function unitOf(run: RunId): string {
  return `trainyard-${run}.scope`;
}

/** What comes before the runner's own command line, so that it becomes the first process of its scope. */
export function scopeArguments({ options }: UserManager, run: RunId, graceMs: number): readonly string[] {
  return [
    '--user',
    '--scope',
    '--quiet',
    '--collect',
    `--unit=${unitOf(run)}`,
    // Without it the manager would write the whole command into its log, with whatever secrets it holds.
    `--description=Trainyard run ${run}`,
    `--property=TimeoutStopSec=${Math.ceil(graceMs / 1_000) + LAST_WORDS_S}`,
    ...options,
    '--',
  ];
}

/** The path of a process in the cgroup v2 tree, from the text of its `/proc/<pid>/cgroup`; null where it is in none. */
export function cgroupIn(text: string): string | null {
  const line = text.split('\n').find((each) => each.startsWith('0::/'));
  // A cgroup that was removed under a process is still shown, with a remark.
  return line === undefined ? null : line.slice('0::'.length).replace(/ \(deleted\)$/, '');
}

/** Where cgroup v2 is mounted, from the text of `/proc/self/mounts`; hybrid set-ups have it below another mount. */
export function cgroupMountsIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, place, kind] = line.split(' ');
    return kind === 'cgroup2' && place !== undefined ? [place] : [];
  });
}

/** The scope of one run. */
export class RunScope {
  readonly unit: string;
  readonly #cgroup: string;
  readonly #file: string;

  private constructor(unit: string, cgroup: string, file: string) {
    this.unit = unit;
    this.#cgroup = cgroup;
    this.#file = file;
  }

  /** Writes down which scope the run is about to get, so that whoever adopts it knows. */
  static plan(manager: UserManager, run: RunId, paths: RunPaths): RunScope {
    const unit = unitOf(run);
    const scope = new RunScope(unit, join(manager.slice, unit), fileOf(paths));
    writeFileSync(scope.#file, `${JSON.stringify({ unit, cgroup: scope.#cgroup })}\n`, { mode: 0o600 });
    return scope;
  }

  /** The scope that an earlier core gave the run, or null. A file that names anything but this run's own scope counts as none. */
  static remembered(run: RunId, paths: RunPaths): RunScope | null {
    const text = readOrNull(fileOf(paths));
    if (text === null) return null;
    const record = parsed(text);
    if (record === null || record.unit !== unitOf(run) || !isAbsolute(record.cgroup)) return null;
    if (!record.cgroup.endsWith(`/${record.unit}`) || record.cgroup.includes('/../')) return null;
    return new RunScope(record.unit, record.cgroup, fileOf(paths));
  }

  /** The run did not get its scope after all. */
  forget(): void {
    rmSync(this.#file, { force: true });
  }

  /** Whether that process is in the scope. */
  holds(pid: number): boolean {
    const path = cgroupIn(readOrNull(`/proc/${pid}/cgroup`) ?? '');
    return path !== null && this.#cgroup.endsWith(path) && path.endsWith(`/${this.unit}`);
  }

  /** The kernel says that nothing is in the cgroup, or it is gone, which an occupied one never is. */
  isEmpty(): boolean {
    const events = readOrNull(join(this.#cgroup, 'cgroup.events'));
    return events === null ? !existsSync(this.#cgroup) : /^populated 0$/m.test(events);
  }

  /** Numbers of the processes in it, as they are now; those whose main thread has exited are among them. */
  pids(): readonly number[] {
    const text = readOrNull(join(this.#cgroup, 'cgroup.procs')) ?? '';
    // 0 stands for a process of another pid namespace.
    return text
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1);
  }

  /**
   * SIGKILL to everything in the cgroup, forks in progress included. Not enough alone: it misses a process whose main
   * thread has exited. Does nothing when this very process is in there.
   */
  kill(): void {
    const own = cgroupIn(readOrNull('/proc/self/cgroup') ?? '');
    if (own !== null && own.split('/').includes(this.unit)) return;
    try {
      writeFileSync(join(this.#cgroup, 'cgroup.kill'), '1', { flag: 'r+' });
    } catch {
      // Gone, an old kernel, or not ours: what is in it is killed one by one.
    }
  }
}

async function probe(program: string, environment: NodeJS.ProcessEnv): Promise<UserManager | null> {
  const began = Date.now();
  for (const options of OPTIONS_BY_AGE) {
    const limitMs = PROBE_LIMIT_MS - (Date.now() - began);
    if (limitMs <= 0) return null;
    // It answers where it was put: beside it is where the scopes of runs will be.
    const line = ['--user', '--scope', '--quiet', '--collect', ...options, '--', 'cat', '/proc/self/cgroup'];
    const { code, stdout } = await runBounded(program, line, { environment, cwd: '/', limitMs });
    const path = code === 0 ? cgroupIn(stdout) : null;
    if (path === null || !path.endsWith('.scope')) continue;
    const slice = cgroupMountsIn(readOrNull('/proc/self/mounts') ?? '')
      .map((mount) => join(mount, dirname(path)))
      .find((place) => existsSync(join(place, 'cgroup.procs')));
    return slice === undefined ? null : { program, options, slice };
  }
  return null;
}

function programIn(path: string, name: string): string | null {
  for (const place of path.split(delimiter).filter(isAbsolute)) {
    try {
      accessSync(join(place, name), constants.X_OK);
      return join(place, name);
    } catch {
      // Not here.
    }
  }
  return null;
}

function fileOf({ directory }: RunPaths): string {
  return join(directory, 'scope.json');
}

function parsed(text: string): z.output<typeof scopeRecordSchema> | null {
  try {
    return scopeRecordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
