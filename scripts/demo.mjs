// npm run demo: set-up, then the main job of the app, proved without a person; pictures in screenshots/demo/.
import { join } from 'node:path';
import { withDisplay } from './setup/display.mjs';
import { runInForeground } from './setup/foregroundChild.mjs';
import { repoRoot } from './setup/paths.mjs';
import { setUp } from './setup/setUp.mjs';
import { StepFailure } from './setup/stepFailure.mjs';

process.exitCode = (await setUp()) ? await runDemo() : 1;

async function runDemo() {
  try {
    const display = await withDisplay();
    try {
      const node = join(repoRoot, 'node_modules', '.bin', 'node');
      return await runInForeground(node, [join(repoRoot, 'scripts', 'demo', 'run.ts')], {
        env: display.env,
        killAfterMs: 30_000,
      });
    } finally {
      await display.dispose();
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.error(`${error.message}\n${error.advice}`);
    return 1;
  }
}
