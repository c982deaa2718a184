import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, test as base } from '@playwright/test';
import type { ElectronApplication, Page, TestInfo } from '@playwright/test';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import type { Bridge, RouteInput, RouteName, RouteOutput } from '../../src/shared/contract.ts';
import { required } from '../../src/shared/result.ts';
import { announcedIn, isGone, signalIdentity, untilGone } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { QueuePage } from './pages/queuePage.ts';

/** The clone. */
export const ROOT = resolve(import.meta.dirname, '../..');
/** Pictures of a test run, to be looked at. */
export const SCREENSHOTS = join(ROOT, 'screenshots', 'e2e');

interface Runtime {
  readonly executable: string;
  readonly electronArgs: readonly string[];
  readonly sqliteBinding: string | null;
}

/** The Electron that set-up has made ready (scripts/setup/runtime.mjs writes it). */
function runtime(): Runtime {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules/.cache/trainyard/runtime.json'), 'utf8')) as Runtime;
}

/** The real app on a data folder of its own. */
export class RunningApp {
  readonly home = mkdtempSync(join(tmpdir(), 'trainyard-e2e-'));
  readonly announced = join(this.home, 'announced');
  /** Additional variables of the app's environment. */
  env: Readonly<Record<string, string>> = {};
  /** Words behind the program. */
  words: readonly string[] = [];
  #app: ElectronApplication | null = null;
  /** Playwright forgets it when the app is gone. */
  #child: ChildProcess | null = null;
  #page: Page | null = null;

  constructor() {
    mkdirSync(this.announced);
  }

  get data(): string {
    return join(this.home, 'data');
  }

  get electron(): ElectronApplication {
    return required(this.#app, 'the app was launched');
  }

  get page(): Page {
    return required(this.#page, 'the app was launched');
  }

  get queue(): QueuePage {
    return new QueuePage(this.page);
  }

  /** What the app is started with; for starting a second instance as well. */
  command(): { readonly executable: string; readonly args: readonly string[]; readonly env: Record<string, string> } {
    const { executable, electronArgs, sqliteBinding } = runtime();
    return {
      executable,
      args: [...electronArgs, ROOT, ...this.words],
      env: {
        ...(process.env as Record<string, string>),
        TRAINYARD_HOME: this.data,
        // Nothing of a test is written among the person's own settings.
        XDG_CONFIG_HOME: join(this.home, 'config'),
        ...(sqliteBinding === null ? {} : { TRAINYARD_SQLITE_BINDING: sqliteBinding }),
        ...this.env,
      },
    };
  }

  async launch(): Promise<QueuePage> {
    await this.start();
    return this.opened();
  }

  /** Starts the app; whether it opens a window is its own affair. */
  async start(): Promise<void> {
    const { executable, args, env } = this.command();
    this.#app = await _electron.launch({ executablePath: executable, args: [...args], env });
    this.#child = this.#app.process();
  }

  /** Waits until the window is drawn. */
  async opened(): Promise<QueuePage> {
    this.#page = await this.electron.firstWindow();
    await this.queue.newRunButton.waitFor();
    return this.queue;
  }

  /** Asks over the window's own bridge; throws the refusal. */
  async ask<N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>> {
    const answer = await this.page.evaluate(
      ([name, value]) =>
        (globalThis as unknown as { trainyard: Bridge }).trainyard.request(name as RouteName, value as never),
      [route, input] as const,
    );
    if (!answer.ok) throw new Error(`${route}: ${answer.error.message}`);
    return answer.data as RouteOutput<N>;
  }

  /** Pulls the plug: no handler of the app runs. */
  async kill(): Promise<void> {
    const child = this.electron.process();
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
    this.#child = null;
    this.#app = null;
  }

  /** Ends the app as a session does, with SIGTERM: that asks nobody, and leaves runs alive. */
  async quit(): Promise<void> {
    const left = this.untilLeft();
    this.#child?.kill('SIGTERM');
    await left;
  }

  /** Resolves when the app has ended by itself. */
  async untilLeft(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once('exit', done));
    if (this.#child !== child) return;
    this.#child = null;
    this.#app = null;
  }

  /** A command line, as a person types it, of a program in tests/fixtures/programs; its processes announce themselves. */
  program(name: string, ...options: string[]): string {
    return [
      'ANNOUNCE=' + this.announced,
      process.execPath,
      join(ROOT, 'tests/fixtures/programs', name),
      ...options,
    ].join(' ');
  }

  /** Submits through the window's form. */
  async submit(command: string, fields: { readonly name?: string; readonly grace?: string } = {}): Promise<void> {
    const dialog = await this.queue.newRun();
    await dialog.fill({ command, folder: this.home, ...fields });
    await dialog.add();
  }

  get processes(): Identity[] {
    return announcedIn(this.announced);
  }

  /** Asks the running app over its loopback door: the tests' second way to see the truth. */
  async job(id: number): Promise<Record<string, unknown>> {
    const { port, token } = required(readDiscovery(this.data), 'the app serves its door');
    const response = await fetch(`http://127.0.0.1:${port}/api/training/jobs/${id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return (await response.json()) as Record<string, unknown>;
  }

  async shoot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  /** Cancels what is left, quits, and ends what the tests started, by identity. */
  async end(): Promise<void> {
    const found = this.#app === null ? null : readDiscovery(this.data);
    if (found !== null) {
      await fetch(`http://127.0.0.1:${found.port}/api/training/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${found.token}` },
        body: JSON.stringify({ jobs: 'all', force: true }),
      }).catch(() => undefined);
      await untilGone(this.processes).catch(() => undefined);
    }
    await this.quit();
    const left = this.processes.filter((identity) => !isGone(identity));
    for (const identity of left) signalIdentity(identity, 'SIGKILL');
    await untilGone(left);
    const log = join(this.data, 'app.log');
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
    const bug = lines.findIndex((line) => line.includes(' bug: '));
    rmSync(this.home, { recursive: true, force: true });
    if (bug >= 0) throw new Error(`the app met a bug:\n${lines.slice(bug, bug + 40).join('\n')}`);
  }
}

/** Starts a second instance with these words, in that folder, and resolves with its exit code. */
export async function startAgain(
  app: RunningApp,
  words: readonly string[] = [],
  cwd: string = app.home,
): Promise<number | null> {
  const { executable, args, env } = app.command();
  const child = spawn(executable, [...args, ...words], { env, cwd, stdio: 'ignore' });
  return new Promise((done) => child.once('exit', done));
}

/** Ends an app after its test, with a picture of the window where the test failed. */
export async function endAfter(info: TestInfo, app: RunningApp): Promise<void> {
  if (info.status !== info.expectedStatus)
    await app.shoot(`failed-${info.title.replaceAll(/\W+/g, '-')}`).catch(() => undefined);
  await app.end();
}

/**
 * A test with the real app, ended after it: `app` is launched before it; `cold` is not, for a test that prepares the folder or
 * the environment first.
 */
export const test = base.extend<{ cold: RunningApp; app: RunningApp }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  cold: async ({}, use, info) => {
    const app = new RunningApp();
    try {
      await use(app);
    } finally {
      await endAfter(info, app);
    }
  },
  app: async ({ cold }, use) => {
    await cold.launch();
    await use(cold);
  },
});
