import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import { withDisplay } from '../setup/display.mjs';
import { repoRoot } from '../setup/paths.mjs';
import { readRuntime } from '../setup/runtime.mjs';
import { TRAY_PICTURES, trayDrawing } from './trayDrawings.ts';

/*
 * Draws resources/tray/<state>-<ground>.png and its double from trayDrawings.ts, in the app's own Electron:
 * `node scripts/package/renderTray.ts` after a change of a drawing. The pictures are kept in the repository.
 */

const TRAY = join(repoRoot, 'resources', 'tray');
const SIZE = 22;
/** The picture's colour for a light and for a dark panel. */
const COLOURS = { light: '#1b2022', dark: '#eef1f1' };

const display = await withDisplay();
const home = mkdtempSync(join(tmpdir(), 'trainyard-tray-'));
const { executable, electronArgs } = readRuntime();
writeFileSync(
  join(home, 'package.json'),
  JSON.stringify({ name: 'tray', version: '1.0.0', type: 'module', main: 'main.js' }),
);
writeFileSync(
  join(home, 'main.js'),
  `import { app, BrowserWindow } from 'electron';
// Not awaited: Electron holds back \`ready\` until its entry module has ended.
void app.whenReady().then(() =>
  new BrowserWindow({ width: 400, height: 400, transparent: true, frame: false }).loadURL('about:blank'));`,
);
const app = await _electron.launch({
  executablePath: executable,
  args: [...electronArgs, home],
  env: display.env as Record<string, string>,
});
mkdirSync(TRAY, { recursive: true });
try {
  const page = await app.firstWindow();
  for (const name of TRAY_PICTURES) {
    for (const [ground, colour] of Object.entries(COLOURS)) {
      for (const [suffix, scale] of [['', 1] as const, ['@2x', 2] as const]) {
        const side = SIZE * scale;
        await page.setContent(
          `<style>html,body{margin:0;background:transparent}svg{display:block;width:${side}px;height:${side}px}</style>${trayDrawing(name, colour)}`,
        );
        await page
          .locator('svg')
          .screenshot({ path: join(TRAY, `${name}-${ground}${suffix}.png`), omitBackground: true, scale: 'css' });
      }
    }
  }
} finally {
  await app.close();
  rmSync(home, { recursive: true, force: true });
  await display.dispose();
}
