import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { announcedIn, isGone, readStat, signalIdentity, until, untilFile, type Identity } from './process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RUNNER_SOURCES = join(ROOT, 'src/runner');
const HAZARD_SOURCES = join(ROOT, 'tests/fixtures/hazards');
const STRICT = ['-std=c11', '-O1', '-g', '-Wall', '-Wextra', '-Werror'];

export type Variant = 'plain' | 'sanitized';

/** Why the runner's tests cannot run here, or null. Printed, so that a skip is never silent. */
export const cannotRun: string | null = ((): string | null => {
  if (process.platform !== 'linux') return 'the native runner is for Linux';
  if (spawnSync('cc', ['--version']).status !== 0) return 'there is no C compiler (cc)';
  return null;
})();
if (cannotRun !== null) console.warn(`runner tests skipped: ${cannotRun}`);

function sourcesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.c') || name.endsWith('.h'))
    .toSorted()
    .map((name) => join(directory, name));
}

/** Builds once for each state of the sources, also when several test files ask at the same time. */
function builtOnce(name: string, sources: readonly string[], build: (into: string) => void): string {
  const hash = createHash('sha256').update(process.arch);
  for (const source of sources) hash.update(source).update(readFileSync(source));
  const base = join(tmpdir(), `trainyard-tests-${process.getuid?.() ?? 0}`);
  const final = join(base, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(final)) return final;
  mkdirSync(base, { recursive: true, mode: 0o755 });
  const temporary = mkdtempSync(join(base, 'build-'));
  build(temporary);
  spawnSync('chmod', ['-R', 'a+rX', temporary]);
  try {
    renameSync(temporary, final);
  } catch (error) {
    rmSync(temporary, { recursive: true });
    if (!existsSync(final)) throw error;
  }
  return final;
}

function compile(arguments_: readonly string[]): void {
  const result = spawnSync('cc', arguments_, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`cc ${arguments_.join(' ')}\n${result.stderr}`);
}

/** The path of the runner, compiled from the sources as they are now. */
export function compiledRunner(variant: Variant): string {
  const sources = sourcesIn(RUNNER_SOURCES);
  const extra =
    variant === 'sanitized'
      ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
      : [];
  const folder = builtOnce(`runner-${variant}`, sources, (into) => {
    compile([
      ...STRICT,
      ...extra,
      '-o',
      join(into, 'trainyard-runner'),
      ...sources.filter((file) => file.endsWith('.c')),
    ]);
  });
  return join(folder, 'trainyard-runner');
}

/** The path of a hazard program: compiled when it is C, the source itself when it is a script. */
export function hazard(name: string): string {
  if (name.includes('.')) return join(HAZARD_SOURCES, name);
  const folder = builtOnce('hazards', sourcesIn(HAZARD_SOURCES), (into) => {
    for (const source of readdirSync(HAZARD_SOURCES).filter((file) => file.endsWith('.c'))) {
      compile([
        ...STRICT,
        '-D_GNU_SOURCE',
        '-pthread',
        '-o',
        join(into, source.slice(0, -2)),
        join(HAZARD_SOURCES, source),
      ]);
    }
  });
  return join(folder, name);
}

/** A cgroup v2 of the test's own, as a witness that knows nothing of the runner; null where none can be made. */
class Witness {
  static make(): Witness | null {
    for (const base of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']) {
      if (!existsSync(join(base, 'cgroup.procs')) || !existsSync(join(base, 'cgroup.controllers'))) continue;
      try {
        return new Witness(mkdtempSync(join(base, 'trainyard-test-')));
      } catch {
        // Not allowed here.
      }
    }
    return null;
  }

  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  members(): Identity[] {
    return readFileSync(join(this.directory, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && line !== '0')
      .map((line) => ({ pid: Number(line), start: readStat(Number(line))?.start ?? '' }))
      .filter((identity) => identity.start !== '');
  }

  isEmpty(): boolean {
    return readFileSync(join(this.directory, 'cgroup.events'), 'utf8').includes('populated 0');
  }

  remove(): void {
    rmdirSync(this.directory);
  }
}

export interface ExitRecord {
  readonly code: number | null;
  readonly signal: string | null;
  readonly core_dumped: boolean;
  readonly never_started: boolean;
  readonly start_error: { stage: string; errno: number; code: string; message: string } | null;
  readonly started_at: number | null;
  readonly main_exited_at: number | null;
  readonly ended_at: number;
  readonly wall_ms: number;
  readonly user_cpu_ms: number;
  readonly system_cpu_ms: number;
  readonly max_rss_kib: number;
  readonly stopped: boolean;
  readonly forced: boolean;
  readonly leftovers: number;
  readonly members_seen: number;
  readonly reaped: number;
  readonly kill_rounds: number;
}

export interface IdentityRecord {
  readonly run: string;
  readonly boot_id: string;
  readonly pid_namespace: string;
  readonly runner: string;
  readonly runner_pid: number;
  readonly runner_start: string;
  readonly main_pid: number;
  readonly main_start: string;
  readonly started_at: number;
}

export interface JournalLine {
  readonly at: number;
  readonly event: string;
  readonly signal?: string;
  readonly to?: string;
  readonly sent?: number;
  readonly refused?: number;
  readonly reason?: string;
  readonly count?: number;
  readonly deadline_at?: number;
  readonly pids?: readonly (number | { pid: number; state: string; wchan: string | null; refused?: boolean })[];
}

export interface RunOptions {
  readonly variant?: Variant;
  readonly signal?: number;
  readonly graceMs?: number;
  readonly killAfterExitMs?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text of the control file before the runner starts. */
  readonly control?: string;
  /** What starts the runner: `[program, …]`, the runner's own command line is added. */
  readonly through?: readonly string[];
  readonly runDirectory?: string;
  /** No cgroup: for runs that go on in namespaces of their own. */
  readonly withoutWitness?: boolean;
}

/** `describe.each` over these: everything holds for the plain build and for the one that looks for memory errors. */
export const VARIANTS = ['plain', 'sanitized'] as const;

/** One run through the real runner. `await using` ends everything it started, by identity. */
export class Run {
  readonly directory: string;
  /** Where hazard programs write who they are. */
  readonly hazardDirectory: string;
  readonly process: ChildProcess;
  readonly witness: Witness | null;
  readonly runnerExit: Promise<number | null>;
  readonly #base: string;
  readonly #variant: Variant;

  constructor(command: (hazardDirectory: string, runDirectory: string) => readonly string[], options: RunOptions) {
    this.#variant = options.variant ?? 'plain';
    const runner = compiledRunner(this.#variant);
    this.#base = mkdtempSync(join(tmpdir(), 'trainyard-run-'));
    this.directory = options.runDirectory ?? join(this.#base, 'run');
    this.hazardDirectory = join(this.#base, 'hazard');
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    mkdirSync(this.hazardDirectory);
    if (options.control !== undefined) writeFileSync(join(this.directory, 'control'), options.control);
    let trainer: readonly string[];
    try {
      trainer = command(this.hazardDirectory, this.directory);
    } catch (error) {
      rmSync(this.#base, { recursive: true });
      throw error;
    }
    this.witness = options.withoutWitness === true ? null : Witness.make();
    const line = [
      ...(options.through ?? []),
      runner,
      '--dir',
      this.directory,
      '--cwd',
      options.cwd ?? this.#base,
      '--run',
      'test-run',
      '--boot',
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      '--signal',
      String(options.signal ?? 15),
      '--grace-ms',
      String(options.graceMs ?? 5000),
      '--kill-after-exit-ms',
      String(options.killAfterExitMs ?? 1000),
      '--',
      ...trainer,
    ];
    const enter = this.witness === null ? '' : `echo 0 > ${this.witness.directory}/cgroup.procs && `;
    this.process = spawn('/bin/sh', ['-c', `${enter}exec "$@"`, 'sh', ...line], {
      detached: true,
      stdio: 'ignore',
      env: {
        ...(options.env ?? process.env),
        ASAN_OPTIONS: `log_path=${this.#base}/sanitizer`,
        UBSAN_OPTIONS: `log_path=${this.#base}/sanitizer:print_stacktrace=1`,
      },
    });
    this.runnerExit = new Promise((done) => this.process.once('exit', (code) => done(code)));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  hazardPath(name: string): string {
    return join(this.hazardDirectory, name);
  }

  /** The hazard program says that all its processes exist. Everything it announced is asked about at the end. */
  async ready(): Promise<void> {
    await untilFile(this.hazardPath('ready'));
  }

  ask(line: string): void {
    appendFileSync(this.path('control'), `${line}\n`);
  }

  async identity(): Promise<IdentityRecord> {
    return JSON.parse(await untilFile(this.path('identity.json'))) as IdentityRecord;
  }

  journal(): JournalLine[] {
    if (!existsSync(this.path('journal.jsonl'))) return [];
    return readFileSync(this.path('journal.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as JournalLine);
  }

  async untilEvent(event: string, limitMs?: number): Promise<JournalLine> {
    return await until(
      `event ${event}`,
      () => this.journal().find((line) => line.event === event),
      this.directory,
      limitMs,
    );
  }

  log(): string {
    return readFileSync(this.path('output.log'), 'utf8');
  }

  /** Waits for the end and asks the kernel, not the runner, whether anything is left. */
  async end(limitMs?: number): Promise<ExitRecord> {
    const record = JSON.parse(await untilFile(this.path('exit.json'), limitMs)) as ExitRecord;
    // The leak check at the end of a sanitized runner is a process of its own for a moment.
    if (this.#variant === 'sanitized') await this.runnerExit;
    const survivors = this.survivors();
    if (survivors.length > 0) {
      throw new Error(
        `exit.json is there, and so are ${survivors.map(({ pid }) => `${pid} ${readFileSync(`/proc/${pid}/stat`, 'utf8')}`).join()}`,
      );
    }
    const code = await this.runnerExit;
    if (code !== 0) throw new Error(`the runner ended with ${code}`);
    if (this.witness !== null) {
      const { witness } = this;
      await until('the cgroup empty', () => witness.isEmpty(), undefined, 2000);
    }
    this.assertSanitizersSilent();
    return record;
  }

  /** Processes of the run that live, by the pid files and by the cgroup; the runner itself is not one. */
  survivors(): Identity[] {
    const announced = announcedIn(this.hazardDirectory);
    const inGroup = this.witness?.members().filter(({ pid }) => pid !== this.process.pid) ?? [];
    return [...announced, ...inGroup].filter((identity) => !isGone(identity));
  }

  assertSanitizersSilent(): void {
    const reports = readdirSync(this.#base).filter((name) => name.startsWith('sanitizer'));
    if (reports.length > 0)
      throw new Error(reports.map((name) => readFileSync(join(this.#base, name), 'utf8')).join('\n'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.runnerExit;
    await until('the rest of the run to be gone', () => {
      const left = this.survivors();
      for (const identity of left) signalIdentity(identity, 'SIGKILL');
      return left.length === 0 && (this.witness === null || this.witness.isEmpty());
    });
    this.witness?.remove();
    rmSync(this.#base, { recursive: true, force: true });
  }
}

/** Starts a command through the runner. The command is made from the folder in which hazard programs announce themselves. */
export function startRun(
  command: (hazardDirectory: string, runDirectory: string) => readonly string[],
  options: RunOptions = {},
): Run {
  return new Run(command, options);
}
