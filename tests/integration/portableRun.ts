import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { processesWithVariable } from '../../src/main/core/processes/processTable.ts';
import { announcedIn, isGone, signalIdentity, until, untilFile } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import type { IdentityRecord, JournalLine } from '../helpers/runner.ts';

const SCRIPT = resolve(import.meta.dirname, '../../src/main/core/engines/local/portableRunner.ts');

/** Starts its arguments detached and waits to be killed, as an app does. */
const PARENT = `
require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { detached: true, stdio: 'ignore' }).unref();
setInterval(() => undefined, 1000);`;

export interface ExitRecord {
  readonly code: number | null;
  readonly signal: string | null;
  readonly ended_at: number;
  readonly kill_rounds: number;
}

export interface PortableOptions {
  readonly signal?: number;
  readonly graceMs?: number;
  readonly killAfterExitMs?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text of the control file before the runner starts. */
  readonly control?: string;
  /** Something to do with the run's directory before the runner starts. */
  readonly prepare?: (runDirectory: string) => void;
  /** The runner is started by a process between the test and it. */
  readonly throughParent?: boolean;
  readonly run?: string;
  /** The run's directory, there already, instead of a new one. */
  readonly directory?: string;
}

/** The command of a run, made from the folder in which its processes announce themselves. */
export type Command = (folder: string) => readonly string[];

/** One run through the portable runner. `await using` ends everything it started, by identity. */
export class PortableRun {
  readonly directory: string;
  /** Where the programs of the tests write who they are. */
  readonly folder: string;
  /** Different in each test: the runner finds members by it. */
  readonly run: string;
  /** The runner, or the process between the test and it. */
  readonly process: ChildProcess;
  readonly processExit: Promise<number | null>;
  readonly #base: string;

  constructor(command: Command, options: PortableOptions = {}) {
    this.run = options.run ?? newRunId();
    this.#base = mkdtempSync(join(tmpdir(), 'trainyard-portable-'));
    this.directory = options.directory ?? join(this.#base, 'run');
    this.folder = join(this.#base, 'announced');
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    mkdirSync(this.folder);
    writeFileSync(this.path('control'), options.control ?? '');
    options.prepare?.(this.directory);
    const line = [
      process.execPath,
      SCRIPT,
      '--dir',
      this.directory,
      '--cwd',
      options.cwd ?? this.#base,
      '--run',
      this.run,
      '--boot',
      'a-boot',
      '--signal',
      String(options.signal ?? 15),
      '--grace-ms',
      String(options.graceMs ?? 5000),
      '--kill-after-exit-ms',
      String(options.killAfterExitMs ?? 1000),
      '--',
      ...command(this.folder),
    ];
    const [program = '', ...rest] = options.throughParent === true ? [process.execPath, '-e', PARENT, ...line] : line;
    this.process = spawn(program, rest, {
      cwd: this.directory,
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, ...options.env, TRAINYARD_RUN: this.run },
    });
    this.processExit = new Promise((done) => this.process.once('exit', done));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  announced(name: string): string {
    return join(this.folder, name);
  }

  /** The program says that all its processes exist. */
  async ready(): Promise<void> {
    await untilFile(this.announced('ready'));
  }

  /** Adds a whole line to the control file. */
  ask(line: string): void {
    appendFileSync(this.path('control'), `${line}\n`);
  }

  async identity(): Promise<IdentityRecord> {
    await untilFile(this.path('identity.json'));
    return this.#identity();
  }

  /** The runner's own process. */
  async runner(): Promise<Identity> {
    const { runner_pid: pid, runner_start: start } = await this.identity();
    return { pid, start };
  }

  journal(): JournalLine[] {
    if (!existsSync(this.path('journal.jsonl'))) return [];
    return readFileSync(this.path('journal.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as JournalLine);
  }

  events(): string[] {
    return this.journal().map(({ event }) => event);
  }

  async untilEvent(event: string): Promise<JournalLine> {
    return await until(`event ${event}`, () => this.journal().find((line) => line.event === event), this.directory);
  }

  log(): string {
    return readFileSync(this.path('output.log'), 'utf8');
  }

  /** Waits for the end; `exit.json` must be the last word but one, and nothing of the run may live by then. */
  async end(): Promise<ExitRecord> {
    const record = JSON.parse(await untilFile(this.path('exit.json'))) as ExitRecord;
    const survivors = this.survivors();
    if (survivors.length > 0)
      throw new Error(`exit.json is there, and so are ${survivors.map(({ pid }) => pid).join()}`);
    await this.untilEvent('exit');
    return record;
  }

  /** Processes of the run that live, by what they announced and by the run's tag; the runner itself is not one. */
  survivors(): Identity[] {
    const runner = existsSync(this.path('identity.json')) ? this.#identity().runner_pid : null;
    const found = [...announcedIn(this.folder), ...this.#tagged()].filter(
      (identity) => !isGone(identity) && identity.pid !== runner && identity.pid !== this.process.pid,
    );
    return [...new Map(found.map((identity) => [identity.pid, identity])).values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.processExit;
    if (existsSync(this.path('identity.json'))) signalIdentity(await this.runner(), 'SIGKILL');
    await until('the rest of the run to be gone', () => {
      const left = this.survivors();
      for (const identity of left) signalIdentity(identity, 'SIGKILL');
      return left.length === 0;
    });
    rmSync(this.#base, { recursive: true, force: true });
  }

  #identity(): IdentityRecord {
    return JSON.parse(readFileSync(this.path('identity.json'), 'utf8')) as IdentityRecord;
  }

  #tagged(): Identity[] {
    return processesWithVariable('TRAINYARD_RUN', this.run).map(({ pid, start }) => ({ pid, start }));
  }
}

export function newRunId(): string {
  return `portable-${randomUUID()}`;
}
