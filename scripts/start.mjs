// npm start: set-up, then the app; on a machine without a display, on a virtual one.
import { runInForeground } from './setup/foregroundChild.mjs';
import { withDisplay } from './setup/display.mjs';
import { appCommand, readRuntime } from './setup/runtime.mjs';
import { setUp } from './setup/setUp.mjs';
import { StepFailure } from './setup/stepFailure.mjs';

/** The app asks its own questions on quitting; after this long it is not going to. */
const quitLimitMs = 60_000;

const stopSetUp = (/** @type {NodeJS.Signals} */ signal) => process.exit(signal === 'SIGINT' ? 130 : 143);
process.on('SIGINT', stopSetUp);
process.on('SIGTERM', stopSetUp);

process.exitCode = (await setUp()) ? await startApp() : 1;

async function startApp() {
  /** @type {Awaited<ReturnType<typeof withDisplay>>} */
  let display;
  try {
    display = await withDisplay();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.error(`${error.message}\n${error.advice}`);
    return 1;
  }
  if (display.env.DISPLAY !== process.env.DISPLAY) explainVirtualDisplay(display.started);
  const { command, args, env } = appCommand(readRuntime());
  process.off('SIGINT', stopSetUp);
  process.off('SIGTERM', stopSetUp);
  try {
    return await runInForeground(command, [...args, ...process.argv.slice(2)], {
      env: { ...display.env, ...env },
      killAfterMs: quitLimitMs,
    });
  } finally {
    await display.dispose();
  }
}

/** @param {readonly string[]} started */
function explainVirtualDisplay(started) {
  console.log(`
There is no display here, so the window is on ${started.join(' with ')}. Ctrl-C ends all of it.
Use the app from another terminal, in this folder:
  npx trainyard submit -- python3 train.py
  npx trainyard list
  npx trainyard logs -f 1
  npx trainyard cancel 1
To see the window: \`npm run demo\` saves its pictures in screenshots/demo/.
`);
}
