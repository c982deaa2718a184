import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';

const QUICK = `${process.execPath} -e 0`;

/** Counts, from now on, what the page is sent and how often something of it is drawn anew. */
async function count(app: RunningApp): Promise<() => Promise<{ events: number; drawings: number }>> {
  await app.page.evaluate(() => {
    const seen = globalThis as unknown as {
      counted: { events: number; drawings: number };
      trainyard: { on(name: string, act: () => void): void };
    };
    const counted = { events: 0, drawings: 0 };
    seen.counted = counted;
    for (const name of ['changed', 'gpus', 'progress', 'blockers'])
      seen.trainyard.on(name, () => {
        counted.events += 1;
      });
    new MutationObserver(() => {
      counted.drawings += 1;
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  return () =>
    app.page.evaluate(() => (globalThis as unknown as { counted: { events: number; drawings: number } }).counted);
}

test('a hidden window is sent nothing; shown again it has what happened', async ({ app }) => {
  const gate = join(app.home, 'gate');
  await app.submit(
    `sh -c 'n=0; while [ ! -e ${gate} ]; do n=$((n+1)); echo "step $n/1000 loss=0.5"; sleep 0.05; done'`,
    { name: 'busy' },
  );
  await expect(app.queue.progress(1)).toBeVisible();
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const counted = await count(app);
  // Progress comes each second, and then the end of the run.
  await app.page.waitForTimeout(4_000);
  writeFileSync(gate, '');
  await expect.poll(async () => (await app.job(1))['status']).toBe('completed');
  expect((await counted()).events).toBe(0);
  await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.show());
  await expect(app.queue.status(1)).toHaveText('Completed');
});

test('a visible window with nothing to show a time for draws nothing', async ({ app }) => {
  await app.submit(QUICK, { name: 'over' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  // What readers are told comes at most one sentence each 3 s.
  await expect(app.page.locator('[aria-live="polite"]')).toContainText('#1 completed');
  const counted = await count(app);
  await app.page.waitForTimeout(4_000);
  expect(await counted()).toEqual({ events: 0, drawings: 0 });
});

test('a run that prints 50 000 lines a second is drawn some ten times a second, and keys are answered meanwhile', async ({
  app,
}) => {
  const script = join(app.home, 'flood.mjs');
  writeFileSync(
    script,
    `let step = 0;
setInterval(() => {
  let text = '';
  for (let line = 0; line < 1000; line += 1) text += 'step ' + step++ + ' loss=0.5 lr=0.0003 tok/s 41270\\n';
  process.stdout.write(text);
}, 20);
`,
  );
  await app.submit(`${process.execPath} ${script}`, { name: 'flood' });
  const panel = await app.queue.select(1);
  await expect(panel.line(/step \d+/).first()).toBeVisible();
  const seconds = 4;
  const seen = await panel.log.evaluate(async (log, ms) => {
    let drawings = 0;
    let rows = 0;
    const observer = new MutationObserver(() => {
      drawings += 1;
      rows = Math.max(rows, log.querySelectorAll('[data-index]').length);
    });
    observer.observe(log, { subtree: true, childList: true, characterData: true, attributes: true });
    const startedAt = performance.now();
    await new Promise((done) => setTimeout(done, ms));
    observer.disconnect();
    return { drawings, rows, seconds: (performance.now() - startedAt) / 1_000 };
  }, seconds * 1_000);
  // Two commits of React for one look at most: new lines, and the scroll to them.
  expect(seen.drawings / seen.seconds).toBeLessThan(25);
  expect(seen.rows, 'only what is in view is drawn').toBeLessThan(80);
  await panel.tab('Details').click();
  await expect(panel.tab('Details')).toHaveAttribute('aria-selected', 'true');
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
});
