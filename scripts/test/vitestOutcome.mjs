import { writeFileSync } from 'node:fs';
import { noOutcome } from './outcome.mjs';

/** Vitest reporter that leaves the outcome in the file TRAINYARD_OUTCOME_FILE. Vitest's own JSON leaves out why a test was skipped. */
export default class VitestOutcome {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors @param {string} reason
   */
  onTestRunEnd(modules, unhandledErrors, reason) {
    const outcome = noOutcome();
    for (const module of modules) addModule(outcome, module);
    if (unhandledErrors.length > 0)
      outcome.failures.push(`${unhandledErrors.length} unhandled errors outside of tests`);
    if (reason === 'interrupted') outcome.failures.push('the test run was interrupted');
    writeFileSync(process.env.TRAINYARD_OUTCOME_FILE ?? '', JSON.stringify(outcome));
  }
}

/** @param {import('./outcome.mjs').Outcome} outcome @param {import('vitest/node').TestModule} module */
function addModule(outcome, module) {
  const failuresBefore = outcome.failures.length;
  for (const test of module.children.allTests()) {
    const result = test.result();
    const title = `${module.relativeModuleId} > ${test.fullName}`;
    if (result.state === 'passed') outcome.passed++;
    else if (result.state === 'skipped') outcome.skipped.push({ title, reason: result.note ?? '' });
    else outcome.failures.push(title);
  }
  // A file that cannot be loaded, or whose beforeAll fails, has no failed test in it.
  if (!module.ok() && outcome.failures.length === failuresBefore) outcome.failures.push(module.relativeModuleId);
}
