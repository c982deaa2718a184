import { join } from 'node:path';
import { fillHistory } from '../../../tests/helpers/longHistory.ts';
import type { Context, Figure, Findings, Measure } from '../measure.ts';
import { median, rounded } from '../statistics.ts';
import { measureFlood } from '../window/flood.ts';
import { framesDuring, wheel } from '../window/frames.ts';
import { launchWindow } from '../window/launchWindow.ts';
import type { MeasuredWindow } from '../window/launchWindow.ts';
import { withDisplay } from '../../setup/display.mjs';

const HISTORY = 100_000;
const QUICK_HISTORY = 2_000;
const OPENINGS = 5;
const IDLE_SECONDS = 20;
/** Somewhere over the table. */
const OVER_TABLE = { x: 500, y: 400 };

type Samples = Record<string, readonly number[]>;

/** The window: opening with a long history, scrolling and searching it, a flood of log lines, and what it costs when nothing happens. */
export const window: Measure = {
  name: 'window',
  title: 'window: 100 000 rows scrolled end to end; 50 000 log lines/s; idle',
  async run(context: Context): Promise<Findings> {
    const display = await withDisplay();
    Object.assign(process.env, display.env);
    try {
      const [long, empty] = [join(context.folder, 'long'), join(context.folder, 'empty')];
      fillHistory(long, context.quick ? QUICK_HISTORY : HISTORY);
      const samples: Samples = {};
      const figures = [
        ...(await measureOpening(context, { long, empty }, samples)),
        ...(await onWindow(long, (shown) => measureScroll(context, shown, samples))),
        ...(await onWindow(long, (shown) => measureSearch(context, shown, samples))),
        ...(await onWindow(empty, (shown) => measureIdle(context, shown, samples))),
        ...(await onWindow(empty, (shown) => measureFlood(context, shown, samples))),
      ];
      return { figures, samples };
    } finally {
      await display.dispose();
    }
  },
};

async function onWindow<T>(home: string, look: (shown: MeasuredWindow) => Promise<T>): Promise<T> {
  const shown = await launchWindow(home);
  try {
    return await look(shown);
  } finally {
    await shown.ask('jobs.cancelMany', { jobs: 'all', force: true }).catch(() => undefined);
    await shown.quit();
  }
}

/** How long an empty window and one with the long history take to open, in turns. */
async function measureOpening(
  { times }: Context,
  homes: { readonly long: string; readonly empty: string },
  samples: Samples,
): Promise<readonly Figure[]> {
  const [emptyMs, longMs]: [number[], number[]] = [[], []];
  // The first opening of each makes caches.
  for (let turn = 0; turn <= times(OPENINGS); turn += 1)
    for (const [home, taken] of [
      [homes.empty, emptyMs],
      [homes.long, longMs],
    ] as const) {
      const ms = await onWindow(home, ({ openedMs }) => Promise.resolve(openedMs));
      if (turn > 0) taken.push(ms);
    }
  samples['window opens, empty'] = emptyMs;
  samples['window opens, long history'] = longMs;
  const [empty, long] = [median(emptyMs), median(longMs)];
  const beside = `${rounded(long)} ms; empty ${rounded(empty)} ms`;
  return [
    {
      what: 'window: opens with a long history',
      value: long / empty,
      unit: 'x',
      bound: { is: 'at most', value: 1.2 },
      beside,
    },
  ];
}

/** Frames while the history is scrolled with the wheel, from one end to the other, beside those of an empty page. */
async function measureScroll(
  { times }: Context,
  { page, electron }: MeasuredWindow,
  samples: Samples,
): Promise<readonly Figure[]> {
  await page.locator('[data-job-id] [data-cell="status"]').first().waitFor();
  const height = await page.evaluate<number>(`document.querySelector('[role=grid]').scrollHeight`);
  const turns = times(300);
  const slow = await framesDuring(page, () => wheel(page, OVER_TABLE, turns, 120));
  const whole = await framesDuring(page, () => wheel(page, OVER_TABLE, turns, Math.ceil((height * 1.1) / turns)));
  await page.locator('[data-job-id="1"] [data-cell="status"]').waitFor();
  const opened = electron.waitForEvent('window');
  await electron.evaluate(async ({ BrowserWindow }, px) => {
    const other = new BrowserWindow({ width: 1200, height: 800 });
    await other.loadURL(`data:text/html,<div style="height:${px}px;background:linear-gradient(white,gray)"></div>`);
  }, height);
  const blank = await opened;
  const baseline = await framesDuring(blank, () => wheel(blank, OVER_TABLE, turns, 120));
  samples['frames, three rows a turn'] = slow.all;
  samples['frames, end to end'] = whole.all;
  samples['frames, an empty page'] = baseline.all;
  const beside = `worst of an empty page ${rounded(baseline.worstMs)} ms`;
  const figure = (what: string, value: number): Figure => ({
    what,
    value,
    unit: 'ms',
    bound: { is: 'at most', value: 32 },
    beside,
  });
  return [
    figure('window: worst frame, history scrolled three rows a turn', slow.worstMs),
    figure('window: worst frame, history scrolled end to end', whole.worstMs),
  ];
}

/** From a word in the search box to the row it finds. */
async function measureSearch(
  { times }: Context,
  { page }: MeasuredWindow,
  samples: Samples,
): Promise<readonly Figure[]> {
  const taken: number[] = [];
  const last = Number(await page.locator('[data-job-id]').first().getAttribute('data-job-id'));
  for (let turn = 1; turn <= times(10); turn += 1) {
    const wanted = Math.max(1, Math.floor((last * turn * 7) / 100) % last);
    taken.push(
      await page.evaluate<number>(`(async () => {
        const box = document.querySelector('[data-search-jobs]');
        const startedAt = performance.now();
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, 'run_${wanted}.yaml');
        box.dispatchEvent(new Event('input', { bubbles: true }));
        while (document.querySelector('[data-job-id="${wanted}"]') === null) await new Promise(requestAnimationFrame);
        return performance.now() - startedAt;
      })()`),
    );
  }
  samples['search answers'] = taken;
  const beside = `worst ${rounded(Math.max(...taken))} ms`;
  return [
    { what: 'window: filter answers', value: median(taken), unit: 'ms', bound: { is: 'at most', value: 100 }, beside },
  ];
}

/** Processor time of all the app's processes, in percent of one core, with nothing to do: seen, and hidden. */
async function measureIdle({ quick }: Context, shown: MeasuredWindow, samples: Samples): Promise<readonly Figure[]> {
  const seconds = quick ? 2 : IDLE_SECONDS;
  const seen = await percentOfCore(shown, seconds);
  await shown.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const hidden = await percentOfCore(shown, seconds);
  samples['idle, % of a core'] = [seen];
  samples['hidden, % of a core'] = [hidden];
  const bound = { is: 'at most', value: 1 } as const;
  const beside = `over ${seconds} s, all processes of the app`;
  return [
    { what: 'window: idle and visible', value: seen, unit: '%', bound, beside },
    { what: 'window: hidden', value: hidden, unit: '%', bound, beside },
  ];
}

async function percentOfCore({ page, cpuMs }: MeasuredWindow, seconds: number): Promise<number> {
  await page.waitForTimeout(3_000);
  const [before, startedAt] = [await cpuMs(), performance.now()];
  await new Promise((done) => setTimeout(done, seconds * 1_000));
  return (((await cpuMs()) - before) / (performance.now() - startedAt)) * 100;
}
