import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { appBuildStep } from './appBuild.mjs';
import { dependenciesStep } from './dependencies.mjs';
import { commandLinkStep } from './commandLink.mjs';
import { describeRuntime, electronRuntimeStep } from './electronRuntime.mjs';
import { withLock } from './lock.mjs';
import { nodeVersionStep } from './nodeVersion.mjs';
import { repoRoot, userCache } from './paths.mjs';
import { runnerStep } from './runner.mjs';
import { readRuntime } from './runtime.mjs';
import { StepFailure } from './stepFailure.mjs';
import { systemPackagesStep } from './systemPackages.mjs';

/**
 * One thing set-up does. `run` is called only when `isDone` says no.
 * @typedef {{name: string, isDone: () => boolean | Promise<boolean>, run: () => void | Promise<void>}} Step
 */

/** The steps in their order: each may rely on those before it. @param {{electron: boolean}} options @returns {Step[]} */
export function setUpSteps({ electron }) {
  const runtime = electron ? [electronRuntimeStep] : [];
  return [
    nodeVersionStep,
    dependenciesStep,
    commandLinkStep,
    systemPackagesStep({ electron }),
    ...runtime,
    runnerStep,
    appBuildStep,
  ];
}

/**
 * Brings the clone and the machine to where the app can start. Changes nothing that is already as it should be.
 * @param {{electron?: boolean}} [options] without Electron: for the app without a window
 * @returns {Promise<boolean>} false when a step failed; what and why has been printed
 */
export async function setUp({ electron = true } = {}) {
  const steps = setUpSteps({ electron });
  if ((await missing(steps)).length > 0) {
    const clone = createHash('sha256').update(repoRoot).digest('hex').slice(0, 16);
    const done = await withLock(
      join(userCache(), `lock-clone-${clone}`),
      () => runSteps(steps),
      (owner) => console.log(`Waiting for process ${owner}, which is setting up this clone …`),
    );
    if (!done) return false;
  }
  if (electron) console.log(`Runtime: ${describeRuntime(readRuntime())}`);
  return true;
}

/** The names of the steps that have something to do. @param {readonly Step[]} steps */
export async function missing(steps) {
  const names = [];
  for (const step of steps) {
    if (!(await isDone(step))) names.push(step.name);
  }
  return names;
}

/** @param {readonly Step[]} steps */
async function runSteps(steps) {
  for (const step of steps) {
    if (await isDone(step)) continue;
    try {
      await step.run();
    } catch (error) {
      printFailure(step.name, error);
      return false;
    }
  }
  return true;
}

/** Before `npm ci` some steps cannot even look at what they need: that is "not done". @param {Step} step */
async function isDone(step) {
  try {
    return await step.isDone();
  } catch {
    return false;
  }
}

/** @param {string} step @param {unknown} error */
function printFailure(step, error) {
  console.error(`\nSet-up failed at "${step}".`);
  if (!(error instanceof StepFailure)) {
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    return;
  }
  if (error.output) console.error(error.output.replace(/^/gm, '  | '));
  console.error(error.message);
  if (error.advice) console.error(error.advice);
}
