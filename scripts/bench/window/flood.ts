import type { Context, Figure } from '../measure.ts';
import { rounded } from '../statistics.ts';
import { framesDuring, keyTimes } from './frames.ts';
import type { MeasuredWindow } from './launchWindow.ts';

const LINES_PER_SECOND = 50_000;
const WATCHED_MS = 5_000;
/** A run that prints nothing: what the window costs beside it. */
const SILENT = 'setInterval(() => {}, 1e9)';
const FLOOD = `let step = 0;
setInterval(() => {
  let text = '';
  for (let line = 0; line < ${LINES_PER_SECOND / 50}; line += 1) text += 'step ' + step++ + ' loss=' + Math.random().toFixed(4) + ' lr=0.0003 tok/s 41270\\n';
  process.stdout.write(text);
}, 20);`;

/** Frames and the answer to a key while a run prints 50 000 lines a second into the log that is shown, beside a silent run. */
export async function measureFlood(
  { times, folder }: Context,
  { page, ask }: MeasuredWindow,
  samples: Record<string, readonly number[]>,
): Promise<readonly Figure[]> {
  await ask('settings.set', { cpuSlots: 2 });
  // Whoever measured before has cancelled everything, which pauses the queue.
  await ask('queue.setMode', { mode: 'run' });
  const watch = async (script: string) => {
    const { id } = await ask('jobs.submit', { command: [process.execPath, '-e', script], cwd: folder });
    const row = page.locator(`[data-job-id="${id}"]`);
    await row.and(page.locator('[data-state="running"]')).locator('[data-cell="status"]').click();
    if (script === FLOOD) await page.locator('[role="log"] [data-index]').first().waitFor();
    const frames = await framesDuring(page, () => page.waitForTimeout(WATCHED_MS));
    await row.focus();
    return { frames, keys: await keyTimes(page, times(20), 150) };
  };
  const silent = await watch(SILENT);
  const flood = await watch(FLOOD);
  samples['frames, silent run'] = silent.frames.all;
  samples['frames, flood'] = flood.frames.all;
  samples['keys, silent run'] = silent.keys.all;
  samples['keys, flood'] = flood.keys.all;
  return [
    {
      what: 'window: answer to a key while a run prints 50 000 lines/s into the log that is shown',
      value: flood.keys.p95Ms,
      unit: 'ms',
      bound: { is: 'at most', value: 50 },
      beside: `95 of 100; beside a silent run ${rounded(silent.keys.p95Ms)} ms`,
    },
    {
      what: 'window: worst frame meanwhile',
      value: flood.frames.worstMs,
      unit: 'ms',
      bound: null,
      beside: `beside a silent run ${rounded(silent.frames.worstMs)} ms`,
    },
  ];
}
