import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { until } from '../helpers/process.ts';
import { ROOT, test } from './app.ts';
import type { RunningApp } from './app.ts';
import { axeFindings } from './axe.ts';
import { look } from './look.ts';
import { SettingsDialog } from './pages/settingsDialog.ts';

function setSize(app: RunningApp, width: number, height: number): Promise<void> {
  return app.electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  );
}

test('settings are saved as they are changed, refused at their field, and kept', async ({ app }) => {
  const dialog = await app.queue.openSettings();
  await dialog.set(dialog.cpuSlots, '0');
  await expect(dialog.errorAt('slots')).toContainText('must be 1 or more');
  await dialog.set(dialog.grace, 'soon');
  await expect(dialog.errorAt('grace')).toContainText('must be a number of seconds');
  await app.shoot('settings-refused');
  await dialog.set(dialog.grace, '3');
  await expect(dialog.errorAt('grace')).toHaveCount(0);
  await dialog.set(dialog.cpuSlots, '2');
  await dialog.signal.selectOption('SIGINT');
  await dialog.close();
  for (const name of ['a', 'b']) await app.submit(app.program('tree.mjs', '--name', name), { name });
  await until('two run at the same time', () => app.processes.length === 2, app.announced);
  expect(await app.job(1)).toMatchObject({ stop_signal: 'SIGINT', grace_seconds: 3 });
  for (const id of [1, 2]) {
    await app.queue.cancel(id);
    await expect(app.queue.status(id)).toHaveText('Cancelled');
  }
  await app.quit();
  await app.launch();
  await app.page.keyboard.press('ControlOrMeta+,');
  const again = new SettingsDialog(app.page);
  await expect(again.cpuSlots).toHaveValue('2');
  await expect(again.grace).toHaveValue('3');
  await expect(again.signal).toHaveValue('SIGINT');
});

test('nvidia-smi is found at the path that is given, and GPUs can be kept from jobs', async ({ cold: app }) => {
  const scenario = join(app.home, 'scenario.json');
  writeFileSync(scenario, JSON.stringify({ gpus: 2 }));
  app.env = { TRAINYARD_SIM_SCENARIO: scenario };
  await app.launch();
  const dialog = await app.queue.openSettings();
  await dialog.open('GPUs');
  await dialog.set(dialog.nvidiaSmi, '/no/such/nvidia-smi');
  await expect(dialog.root).toContainText('There is no nvidia-smi at /no/such/nvidia-smi');
  await dialog.set(dialog.nvidiaSmi, join(ROOT, 'tests/fixtures/nvidia-smi'));
  await dialog.lookAgainButton.click();
  await expect(dialog.root).toContainText('2 GPUs answer.');
  await dialog.gpu(0).uncheck();
  await dialog.set(dialog.foreign, '0');
  await expect(dialog.errorAt('foreign')).toContainText('must be 1 MiB or more');
  await dialog.set(dialog.foreign, '800');
  await expect(dialog.errorAt('foreign')).toHaveCount(0);
  await dialog.close();
  const run = await app.queue.newRun();
  await run.fill({ command: app.program('tree.mjs'), folder: app.home, gpus: 1 });
  await run.add();
  await expect(app.queue.status(1)).toHaveText('Running');
  await expect(app.queue.row(1).locator('[data-cell="gpus"]')).toHaveText('1');
});

test('a chosen theme is shown at once, and at the next start before anything is drawn', async ({ app }) => {
  const dialog = await app.queue.openSettings();
  for (const theme of ['Light', 'Dark'] as const) {
    await dialog.chooseTheme(theme);
    await expect(app.page.locator('html')).toHaveAttribute('data-theme', theme.toLowerCase());
    for (const [width, height] of [
      [1200, 800],
      [880, 600],
    ] as const) {
      await setSize(app, width, height);
      await app.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
      await app.shoot(`settings-${theme.toLowerCase()}-${width}`);
    }
    expect(await axeFindings(app.page, { onlyContrast: theme === 'Dark' }), `settings ${theme}`).toEqual([]);
  }
  await app.quit();
  await app.launch();
  await expect(app.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  const again = await app.queue.openSettings();
  await again.chooseTheme('As the system');
  await expect(app.page.locator('html')).not.toHaveAttribute('data-theme');
});

test('every section is reached by keyboard, fits the smallest window, and axe finds nothing in it', async ({ app }) => {
  // Two dozen pictures, and axe on each state.
  test.slow();
  const dialog = await app.queue.openSettings();
  await dialog.tab('Queue').focus();
  const sections = await dialog.root.getByRole('tab').allInnerTexts();
  expect(sections).toEqual(expect.arrayContaining(['Queue', 'GPUs', 'Logs', 'Notifications', 'Window', 'Services']));
  for (const section of sections) {
    await expect(dialog.tab(section)).toHaveAttribute('aria-selected', 'true');
    await expect(dialog.tab(section)).toBeFocused();
    const part = section === sections[0] ? 'html' : '[role="dialog"]';
    await look(app, `settings-section-${section.toLowerCase()}`, part);
    await app.page.keyboard.press('ArrowDown');
  }
  await app.page.keyboard.press('Escape');
  await expect(dialog.root).toHaveCount(0);
});

test('what is chosen for the queue, the window and notifications is kept', async ({ app }) => {
  const dialog = await app.queue.openSettings();
  await dialog.afterRestart.selectOption({ label: 'waits until you press Run' });
  await dialog.whenDone.selectOption({ label: 'the machine goes to sleep' });
  await dialog.whenDone.selectOption({ label: 'nothing happens' });
  await dialog.open('Notifications');
  await dialog.check('A job has completed').uncheck();
  await dialog.open('Window');
  await dialog.quit.selectOption({ label: 'lets them go on' });
  await dialog.check(/^Closing the window leaves/).uncheck();
  await dialog.check(/^Keep the machine awake/).uncheck();
  await dialog.close();
  await app.quit();
  await app.launch();
  await expect(app.queue.modeButton('Pause')).toBeChecked();
  const again = await app.queue.openSettings();
  await expect(again.afterRestart).toHaveValue('pause');
  await expect(again.whenDone).toHaveValue('nothing');
  await again.open('Notifications');
  await expect(again.check('A job has completed')).not.toBeChecked();
  await expect(again.check('A job has failed')).toBeChecked();
  await again.open('Window');
  await expect(again.quit).toHaveValue('keep');
  await expect(again.check(/^Closing the window leaves/)).not.toBeChecked();
  await expect(again.check(/^Keep the machine awake/)).not.toBeChecked();
});

test('the webhook’s key is taken and never shown again; what is wrong is said at its field', async ({ app }) => {
  const dialog = await app.queue.openSettings();
  await dialog.open('Services');
  await dialog.set(dialog.webhook, 'not an address');
  await expect(dialog.errorAt('webhook')).toContainText('must begin with http:// or https://');
  await dialog.set(dialog.webhook, 'http://127.0.0.1:9/hook');
  await expect(dialog.errorAt('webhook')).toHaveCount(0);
  await dialog.set(dialog.port, '70000');
  await expect(dialog.errorAt('port')).toContainText('must be 65535 or less');
  await dialog.set(dialog.port, '0');
  await expect(dialog.errorAt('port')).toHaveCount(0);
  await dialog.set(dialog.hook, "notify-send 'never closed");
  await expect(dialog.errorAt('hook')).toBeVisible();
  await look(app, 'settings-refused-services');
  await dialog.set(dialog.hook, "notify-send 'two words'");
  await expect(dialog.errorAt('hook')).toHaveCount(0);
  await dialog.set(dialog.secret, 'hush-hush');
  await expect(dialog.removeSecretButton).toBeVisible();
  await expect(dialog.secret).toHaveValue('');
  await dialog.close();
  const again = await app.queue.openSettings();
  await again.open('Services');
  await expect(again.hook).toHaveValue("notify-send 'two words'");
  await expect(again.removeSecretButton).toBeVisible();
  const seen = await app.page.evaluate(async () => {
    const { trainyard } = globalThis as unknown as {
      trainyard: { request(route: string, input: unknown): Promise<object> };
    };
    const whole = await trainyard.request('settings.get', {});
    return JSON.stringify(whole) + document.body.innerHTML;
  });
  expect(seen).not.toContain('hush-hush');
  await again.removeSecretButton.click();
  await expect(again.removeSecretButton).toHaveCount(0);
});
