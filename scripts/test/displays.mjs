import { availableParallelism } from 'node:os';
import { withDisplay } from '../setup/display.mjs';
import { hasDisplay } from '../setup/systemPackages.mjs';

/** More were never tried: tests of what is drawn how often are about a machine that has something left. */
const most = 2;
const ofOneDisplay = /** @type {const} */ (['DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'NO_AT_BRIDGE']);

/**
 * Displays for tests of the window that run beside each other, each with a D-Bus session of its own: windows on one
 * display take the keyboard from each other, and apps on one bus are shown in each other's tray. On a person's own
 * display the tests run one after the other.
 * @param {number} count
 * @returns {Promise<{env: NodeJS.ProcessEnv, dispose: () => Promise<void>}>}
 * `env` is the environment for Playwright: TRAINYARD_TEST_DISPLAYS is what each of its workers adds to it, as JSON.
 */
export async function withDisplays(count = Math.min(most, availableParallelism())) {
  if (hasDisplay()) return withDisplay();
  /** @type {Awaited<ReturnType<typeof withDisplay>>[]} */
  const displays = [];
  const dispose = async () => {
    for (const display of displays.splice(0).reverse()) await display.dispose();
  };
  try {
    while (displays.length < count) displays.push(await withDisplay({ own: true }));
  } catch (error) {
    await dispose();
    throw error;
  }
  const each = displays.map(({ env }) => Object.fromEntries(ofOneDisplay.map((name) => [name, env[name]])));
  return { env: { ...process.env, ...each[0], TRAINYARD_TEST_DISPLAYS: JSON.stringify(each) }, dispose };
}
