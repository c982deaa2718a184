import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import type { Page } from 'playwright';
import type { Bridge, RouteInput, RouteName, RouteOutput } from '../../src/shared/contract.ts';
import { QueuePage } from '../../tests/e2e/pages/queuePage.ts';
import { appCommand, readRuntime } from '../setup/runtime.mjs';

/** The real app on a data folder of its own, as a script clicks through it. */
export interface LaunchedApp {
  readonly page: Page;
  readonly queue: QueuePage;
  /** Asks over the window's own bridge; throws the refusal. */
  ask<N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>>;
  /** Quits it and forgets the data folder. */
  end(): Promise<void>;
}

/** Launches the app with additional variables of the environment, and resolves when its window is drawn. */
export async function launchApp(env: Readonly<Record<string, string>> = {}): Promise<LaunchedApp> {
  const home = mkdtempSync(join(tmpdir(), 'trainyard-demo-'));
  const { command, args, env: runtimeEnv } = appCommand(readRuntime());
  const app = await _electron.launch({
    executablePath: command,
    args,
    env: { ...(process.env as Record<string, string>), ...runtimeEnv, ...env, TRAINYARD_HOME: home },
  });
  const page = await app.firstWindow();
  const queue = new QueuePage(page);
  await queue.newRunButton.waitFor();
  return {
    page,
    queue,
    async ask(route, input) {
      const answer = await page.evaluate(
        ([name, value]) =>
          (globalThis as unknown as { trainyard: Bridge }).trainyard.request(name as RouteName, value as never),
        [route, input] as const,
      );
      if (!answer.ok) throw new Error(`${route}: ${answer.error.message}`);
      return answer.data as RouteOutput<typeof route>;
    },
    async end() {
      // A signal asks nobody; Electron's own quit would ask about runs that are live.
      const child = app.process();
      const left = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await left;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
