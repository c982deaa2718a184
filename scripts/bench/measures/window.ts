// Measures the real window: node scripts/bench/measures/window.ts [open] [idle] [hidden] [scroll] [search] [flood]. Needs a display and a build.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillHistory } from '../../../tests/helpers/longHistory.ts';
import { framesDuring, inputLatency, wheel } from './frames.ts';
import { launchWindow } from './launchWindow.ts';
import type { MeasuredWindow } from './launchWindow.ts';

const HISTORY = 100_000;
const OPENINGS = 5;
const IDLE_SECONDS = 20;
const FLOOD_LINES_PER_SECOND = 50_000;

/** Every measure of the window by its name; each answers figures that can be written as JSON. */
export const WINDOW_MEASURES = {
  open: measureOpening,
  idle: () => measureIdle({ hidden: false }),
  hidden: () => measureIdle({ hidden: true }),
  scroll: measureScroll,
  search: measureSearch,
  flood: measureFlood,
} as const;

/** An opened window on a folder of its own, quit and forgotten at the end. */
async function onWindow<T>(history: number, look: (window: MeasuredWindow, home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
  if (history > 0) fillHistory(home, history);
  const window = await launchWindow(home);
  try {
    return await look(window, home);
  } finally {
    await window.ask('jobs.cancelMany', { jobs: 'all', force: true }).catch(() => undefined);
    await window.electron.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** How long an empty window and one with 100 000 finished jobs take to open, in turns; the medians and their ratio. */
async function measureOpening(): Promise<object> {
  const homes = [0, HISTORY].map((count) => {
    const home = mkdtempSync(join(tmpdir(), 'trainyard-bench-'));
    if (count > 0) fillHistory(home, count);
    return { home, times: [] as number[] };
  });
  // The first opening of each makes caches.
  for (let turn = 0; turn <= OPENINGS; turn += 1)
    for (const { home, times } of homes) {
      const window = await launchWindow(home);
      if (turn > 0) times.push(window.openedMs);
      await window.electron.close();
    }
  for (const { home } of homes) rmSync(home, { recursive: true, force: true });
  const [empty = 0, full = 0] = homes.map(({ times }) => median(times));
  return { emptyMs: Math.round(empty), fullMs: Math.round(full), ratio: Number((full / empty).toFixed(2)) };
}

/** Processor time of the app in percent of one core, and events sent to its page, over 20 s: nothing to do, and one run whose time is shown. */
async function measureIdle({ hidden }: { readonly hidden: boolean }): Promise<object> {
  return onWindow(0, async (window, home) => {
    if (hidden) await window.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    const nothing = await percentOfCore(window);
    await window.ask('jobs.submit', { command: [process.execPath, '-e', 'setInterval(() => {}, 1e9)'], cwd: home });
    await window.page.waitForTimeout(3_000);
    return { nothingToDo: nothing, oneRun: await percentOfCore(window) };
  });
}

async function percentOfCore(window: MeasuredWindow): Promise<object> {
  await window.page.waitForTimeout(3_000);
  await window.page.evaluate(() => {
    const seen = globalThis as unknown as {
      eventsSeen: number;
      trainyard: { on(name: string, act: () => void): void };
    };
    seen.eventsSeen = 0;
    for (const name of ['changed', 'gpus', 'progress', 'blockers'])
      seen.trainyard.on(name, () => (seen.eventsSeen += 1));
  });
  const before = await window.cpuMs();
  const startedAt = performance.now();
  await new Promise((done) => setTimeout(done, IDLE_SECONDS * 1_000));
  const used = (await window.cpuMs()) - before;
  const events = await window.page.evaluate(() => (globalThis as unknown as { eventsSeen: number }).eventsSeen);
  return { percent: Number(((used / (performance.now() - startedAt)) * 100).toFixed(2)), events };
}

/** Frames while the whole history is scrolled with the wheel, beside those of an empty page that scrolls as far. */
async function measureScroll(): Promise<object> {
  return onWindow(HISTORY, async ({ page, electron }) => {
    await page.waitForFunction(
      (rows) => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === rows,
      String(HISTORY + 1),
    );
    const at = { x: 500, y: 500 };
    const slow = await framesDuring(page, () => wheel(page, at, 300, 120));
    const fast = await framesDuring(page, () => wheel(page, at, 300, 12_000));
    await page.waitForFunction(() => document.querySelector('[data-job-id="1"] [data-cell="status"]') !== null);
    const opened = electron.waitForEvent('window');
    await electron.evaluate(async ({ BrowserWindow }) => {
      const other = new BrowserWindow({ width: 1200, height: 800 });
      await other.loadURL('data:text/html,<div style="height:3200000px;background:linear-gradient(white,gray)"></div>');
    });
    const blank = await opened;
    const baseline = await framesDuring(blank, () => wheel(blank, at, 300, 120));
    await blank.close();
    return { slow, fast, baseline };
  });
}

/** From a key in the search box to the rows it finds, ms, over 100 000 jobs. */
async function measureSearch(): Promise<object> {
  return onWindow(HISTORY, async ({ page }) => {
    const times: number[] = [];
    for (const wanted of [70_000, 50_001, 33_333, 12_345, 99]) {
      times.push(
        await page.evaluate(async (job) => {
          const box = document.querySelector<HTMLInputElement>('[data-search-jobs]');
          if (box === null) throw new Error('there is no search box');
          const startedAt = performance.now();
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
          set?.call(box, `run_${job}.yaml`);
          box.dispatchEvent(new Event('input', { bubbles: true }));
          while (document.querySelector(`[data-job-id="${job}"]`) === null)
            await new Promise((done) => requestAnimationFrame(done));
          return performance.now() - startedAt;
        }, wanted),
      );
    }
    return { medianMs: Math.round(median(times)), worstMs: Math.round(Math.max(...times)) };
  });
}

/** Frames and input latency while a run prints 50 000 lines a second into the log that is shown, beside those before it does. */
async function measureFlood(): Promise<object> {
  return onWindow(0, async (window, home) => {
    const { page } = window;
    const program = join(home, 'flood.mjs');
    writeFileSync(program, floodProgram(FLOOD_LINES_PER_SECOND));
    await window.ask('jobs.submit', { command: [process.execPath, '-e', 'setInterval(() => {}, 1e9)'], cwd: home });
    await page.locator('[data-job-id="1"] [data-cell="status"]').click();
    await page.waitForTimeout(1_000);
    const before = {
      frames: await framesDuring(page, () => page.waitForTimeout(5_000)),
      latency: await inputLatency(page, 20, 150),
    };
    await window.ask('settings.set', { cpuSlots: 2 });
    await window.ask('jobs.submit', { command: [process.execPath, program], cwd: home });
    await page.locator('[data-job-id="2"][data-state="running"] [data-cell="status"]').click();
    await page.locator('[role="log"] [data-index]').first().waitFor();
    await page.waitForTimeout(2_000);
    const cpuBefore = await window.cpuMs();
    const frames = await framesDuring(page, () => page.waitForTimeout(5_000));
    const percent = Math.round(((await window.cpuMs()) - cpuBefore) / 50);
    await page.locator('[data-job-id="2"]').focus();
    return { before, during: { frames, latency: await inputLatency(page, 20, 150), percentOfCore: percent } };
  });
}

function floodProgram(linesPerSecond: number): string {
  return `let step = 0;
setInterval(() => {
  let text = '';
  for (let line = 0; line < ${linesPerSecond / 50}; line += 1) text += 'step ' + step++ + ' loss=' + (Math.random() * 3).toFixed(4) + ' lr=0.0003 tok/s 41270\\n';
  process.stdout.write(text);
}, 20);
`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

if (process.argv[1] === import.meta.filename) {
  const wanted = process.argv.slice(2);
  for (const [name, measure] of Object.entries(WINDOW_MEASURES))
    if (wanted.length === 0 || wanted.includes(name)) console.log(`${name}: ${JSON.stringify(await measure())}`);
}
