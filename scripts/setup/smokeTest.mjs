import { lastLines, runCommand } from './runCommand.mjs';
import { StepFailure } from './stepFailure.mjs';
import { aptLine, needs } from './systemPackages.mjs';

/**
 * Starts an Electron without a window and lets it run a script, which is what fails first when a library is missing.
 * @param {string} executable @param {string} version that it must report @param {string} [script] more to run in it
 */
export async function smokeTest(executable, version, script = '') {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const code = `${script}; console.log('electron ' + process.versions.electron)`;
  const result = await runCommand(executable, ['-e', code], { env, limitMs: 60_000 });
  if (result.code === 0 && result.output.includes(`electron ${version}`)) return;
  const missing = await missingLibraries(executable);
  if (missing.length > 0) {
    const packages = needs.filter((need) => need.library).map((need) => need.package);
    throw new StepFailure(`Electron cannot start: this machine lacks ${missing.join(', ')}`, {
      advice: `On Debian: ${aptLine(packages)}`,
    });
  }
  throw new Error(`Electron ${version} does not run here: ${lastLines(result.output) || `exit code ${result.code}`}`);
}

/** @param {string} executable */
async function missingLibraries(executable) {
  if (process.platform !== 'linux') return [];
  const { output } = await runCommand('ldd', [executable]);
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
}
