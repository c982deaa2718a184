import { join } from 'node:path';
import { withDisplay } from '../setup/display.mjs';
import { runInForeground } from '../setup/foregroundChild.mjs';
import { repoRoot } from '../setup/paths.mjs';
import { setUp } from '../setup/setUp.mjs';
import { StepFailure } from '../setup/stepFailure.mjs';

/** A script that does not end by itself after the first signal is ended after this long. */
const killAfterMs = 30_000;

/**
 * Sets up what is missing, then runs a TypeScript file of scripts/demo with the pinned Node, on a virtual display where there is none.
 * @param {string} file @returns {Promise<number>} its exit code
 */
export async function runOnDisplay(file) {
  if (!(await setUp())) return 1;
  try {
    const display = await withDisplay();
    try {
      const node = join(repoRoot, 'node_modules', '.bin', 'node');
      return await runInForeground(node, [join(repoRoot, 'scripts', 'demo', file)], { env: display.env, killAfterMs });
    } finally {
      await display.dispose();
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.error(`${error.message}\n${error.advice}`);
    return 1;
  }
}
