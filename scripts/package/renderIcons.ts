import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import { withDisplay } from '../setup/display.mjs';
import { repoRoot } from '../setup/paths.mjs';
import { readRuntime } from '../setup/runtime.mjs';

/*
 * Draws resources/icons/<size>.png from the two SVGs there, in the app's own Electron: `node scripts/package/renderIcons.ts`
 * after a change of the drawing. The pictures are kept in the repository, so that packaging draws nothing.
 */

const ICONS = join(repoRoot, 'resources', 'icons');
/** Up to this size the drawing with fewer, thicker lines is used. */
const LARGEST_SMALL = 32;
/** The sizes of the hicolor theme, and 1024 for macOS and Windows. */
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

const display = await withDisplay();
const home = mkdtempSync(join(tmpdir(), 'trainyard-icons-'));
const { executable, electronArgs } = readRuntime();
writeFileSync(
  join(home, 'package.json'),
  JSON.stringify({ name: 'icons', version: '1.0.0', type: 'module', main: 'main.js' }),
);
writeFileSync(
  join(home, 'main.js'),
  `import { app, BrowserWindow } from 'electron';
// Not awaited: Electron holds back \`ready\` until its entry module has ended.
void app.whenReady().then(() =>
  new BrowserWindow({ width: 1100, height: 1100, transparent: true, frame: false }).loadURL('about:blank'));`,
);
const app = await _electron.launch({
  executablePath: executable,
  args: [...electronArgs, home],
  env: display.env as Record<string, string>,
});
try {
  const page = await app.firstWindow();
  for (const size of SIZES) {
    const svg = readFileSync(join(ICONS, size <= LARGEST_SMALL ? 'trainyard-small.svg' : 'trainyard.svg'), 'utf8');
    await page.setContent(
      `<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
    );
    await page.locator('svg').screenshot({ path: join(ICONS, `${size}.png`), omitBackground: true, scale: 'css' });
  }
} finally {
  await app.close();
  rmSync(home, { recursive: true, force: true });
  await display.dispose();
}
