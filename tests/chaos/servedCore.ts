import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Place } from './place.ts';
import { ROOT } from './place.ts';

/** How to reach a core. */
interface Door {
  readonly port: number;
  readonly token: string;
}

/** What a request came to; without a status nobody answered. */
export interface Answer {
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** No answer for so long, while the core runs, is a hang. */
const ANSWER_LIMIT_MS = 90_000;
const START_LIMIT_MS = 120_000;

/** The core under test, started and killed again and again on one data folder. */
export class ServedCore {
  readonly #place: Place;
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #onHang: (what: string) => void;
  #child: ChildProcess | null = null;
  #door: Door | null = null;
  /** Counts starts and freezes: a request that saw none of them and was not answered has found a hang. */
  #upheavals = 0;
  starts = 0;
  readonly logPath: string;
  /** The real app: where it cannot start it says so in a dialog and waits for somebody to close it. */
  readonly isApp: boolean;

  constructor(place: Place, env: NodeJS.ProcessEnv, app: boolean, onHang: (what: string) => void) {
    this.#place = place;
    this.#onHang = onHang;
    this.isApp = app;
    this.logPath = join(place.home, 'core.log');
    const electron = app ? electronOf() : null;
    this.#command =
      electron === null
        ? [process.execPath, join(place.app, 'src/main/cli.ts'), 'serve']
        : [electron.executable, ...electron.electronArgs, place.app];
    this.#env = {
      ...env,
      ...(electron?.sqliteBinding == null ? {} : { TRAINYARD_SQLITE_BINDING: electron.sqliteBinding }),
      TRAINYARD_HOME: place.data,
      PATH: [join(ROOT, 'tests/fixtures'), join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      LD_PRELOAD: place.preload,
      CHAOS_PAGE: place.page,
      CHAOS_LEDGER: place.ledger,
    };
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get isUp(): boolean {
    return this.#door !== null;
  }

  /** Starts it. Resolves with null when it answers, or with its last words when it ended instead. */
  async start(): Promise<string | null> {
    const [program = '', ...words] = this.#command;
    const log = openSync(this.logPath, 'a');
    const before = existsSync(this.logPath) ? readFileSync(this.logPath).length : 0;
    const child = spawn(program, words, { env: this.#env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#upheavals += 1;
    const limit = performance.now() + START_LIMIT_MS;
    const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
    while (!ended()) {
      const door = this.#readDoor(child.pid);
      if (door !== null && (await this.#fetch(door, 'GET', '/api/health')).status === 200) {
        this.#door = door;
        this.starts += 1;
        return null;
      }
      if (performance.now() > limit) {
        this.#onHang(`the core did not answer within ${START_LIMIT_MS} ms of its start`);
        child.kill('SIGKILL');
      }
      await new Promise((done) => setTimeout(done, 25));
    }
    this.#child = null;
    return readFileSync(this.logPath).subarray(before).toString();
  }

  /** Ends it with a signal and resolves when it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#door = null;
    this.#upheavals += 1;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    const limit = setTimeout(() => {
      this.#onHang(`the core did not end within ${ANSWER_LIMIT_MS} ms of ${signal}`);
      child.kill('SIGKILL');
    }, ANSWER_LIMIT_MS);
    await gone;
    clearTimeout(limit);
    this.#child = null;
  }

  /** Stops it in its tracks for a while, as a suspended machine does. */
  async freeze(ms: number): Promise<void> {
    this.#upheavals += 1;
    this.#child?.kill('SIGSTOP');
    await new Promise((done) => setTimeout(done, ms));
    this.#child?.kill('SIGCONT');
  }

  /** Whether it has ended without being asked to. */
  get hasDied(): boolean {
    return this.#child !== null && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  /** Asks it; never rejects. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const upheavals = this.#upheavals;
    if (this.#door === null) return { status: null, body: {} };
    const began = performance.now();
    const answer = await this.#fetch(this.#door, method, `/api/training${path}`, body);
    if (answer.status === null && this.#upheavals === upheavals && performance.now() - began > ANSWER_LIMIT_MS - 1_000)
      this.#onHang(`no answer to ${method} ${path} within ${ANSWER_LIMIT_MS} ms`);
    return answer;
  }

  /** Its events after number `since`, as they come; ends when the core does. */
  async *events(
    since: number,
  ): AsyncGenerator<{ readonly event: string; readonly seq: number; readonly kind: string }> {
    if (this.#door === null) return;
    const { port, token } = this.#door;
    const response = await fetch(`http://127.0.0.1:${port}/api/training/events?since=${since}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    let rest = '';
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      rest += Buffer.from(chunk).toString();
      const frames = rest.split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const event = /^event: (.*)$/m.exec(frame)?.[1];
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (event === undefined || data === undefined) continue;
        yield { event, ...(JSON.parse(data) as { seq: number; kind: string }) };
      }
    }
  }

  #readDoor(pid: number | undefined): Door | null {
    try {
      const found = JSON.parse(readFileSync(join(this.#place.data, 'api.json'), 'utf8')) as Door & { pid: number };
      return found.pid === pid ? found : null;
    } catch {
      return null;
    }
  }

  async #fetch({ port, token }: Door, method: string, path: string, body?: unknown): Promise<Answer> {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch {
      return { status: null, body: {} };
    }
  }
}

/** The Electron that set-up has made ready. */
function electronOf(): {
  readonly executable: string;
  readonly electronArgs: readonly string[];
  readonly sqliteBinding: string | null;
} {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules/.cache/trainyard/runtime.json'), 'utf8'));
}
