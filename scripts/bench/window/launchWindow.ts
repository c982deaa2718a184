import { readFileSync } from 'node:fs';
import { _electron } from 'playwright';
import type { ElectronApplication, Page } from 'playwright';
import type { Bridge, RouteInput, RouteName, RouteOutput } from '../../../src/shared/contract.ts';
import { appCommand, readRuntime } from '../../setup/runtime.mjs';

/** The app on one data folder, as a measure looks at it. */
export interface MeasuredWindow {
  readonly electron: ElectronApplication;
  readonly page: Page;
  /** From the start of the process until the first row, or the empty window's sample, is drawn, ms. */
  readonly openedMs: number;
  /** Asks over the window's own bridge; throws the refusal. */
  ask<N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>>;
  /** Ends the app as a session does, and resolves when it has ended; runs go on. */
  quit(): Promise<void>;
  /** Processor time of all processes of the app so far, ms. */
  cpuMs(): Promise<number>;
}

/** Launches the app on `home` and waits until what it shows is there. */
export async function launchWindow(home: string): Promise<MeasuredWindow> {
  const { command, args, env } = appCommand(readRuntime());
  const startedAt = performance.now();
  const electron = await _electron.launch({
    executablePath: command,
    args,
    env: { ...(process.env as Record<string, string>), ...env, TRAINYARD_HOME: home },
  });
  const page = await electron.firstWindow();
  await page.locator('[data-job-id] [data-cell="status"], [data-region="jobs"] button').first().waitFor();
  const openedMs = performance.now() - startedAt;
  return {
    electron,
    page,
    openedMs,
    async ask(route, input) {
      const answer = await page.evaluate(
        ([name, value]) =>
          (globalThis as unknown as { trainyard: Bridge }).trainyard.request(name as RouteName, value as never),
        [route, input] as const,
      );
      if (!answer.ok) throw new Error(`${route}: ${answer.error.message}`);
      return answer.data as RouteOutput<typeof route>;
    },
    async quit() {
      const child = electron.process();
      const left = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await left;
    },
    async cpuMs() {
      const pids = await electron.evaluate(({ app }) => app.getAppMetrics().map(({ pid }) => pid));
      return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
    },
  };
}

/** Ticks of /proc/<pid>/stat are hundredths of a second on every Linux of today (USER_HZ). */
const TICK_MS = 10;

/** User and system time of one process, fields 14 and 15; 0 for one that is gone. */
function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}
