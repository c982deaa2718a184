/**
 * What came of some checks or tests.
 * @typedef {{passed: number, failures: string[], skipped: {title: string, reason: string}[]}} Outcome
 */

/** @returns {Outcome} */
export function noOutcome() {
  return { passed: 0, failures: [], skipped: [] };
}

/** @param {readonly Outcome[]} outcomes @returns {Outcome} */
export function sumOutcomes(outcomes) {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
  };
}

/**
 * The outcome of a test runner: its own report, held against how it ended. A crash, no report at all, or a report in
 * which nothing ran is a failure, however green it looks.
 * @param {string} runner @param {number} exitCode @param {string | null} report what its reporter wrote, null when nothing
 * @returns {Outcome}
 */
export function runnerOutcome(runner, exitCode, report) {
  const outcome = report === null ? null : parseReport(report);
  if (outcome === null)
    return { ...noOutcome(), failures: [`${runner} ended with exit code ${exitCode} and reported nothing`] };
  const { passed, failures } = outcome;
  if (passed + failures.length === 0) return { ...outcome, failures: [`${runner} ran no tests`] };
  if (exitCode !== 0 && failures.length === 0) {
    return { ...outcome, failures: [`${runner} ended with exit code ${exitCode} although no test failed`] };
  }
  return outcome;
}

/** What a person reads last: every failure, every skipped test with its reason, then the one line of counts. @param {Outcome} outcome */
export function summary({ passed, failures, skipped }) {
  return [
    ...failures.map((title) => `failed: ${title}`),
    ...skipped.map(({ title, reason }) => `skipped: ${title}${reason ? ` (${reason})` : ''}`),
    `${passed} passed, ${failures.length} failed, ${skipped.length} skipped`,
  ].join('\n');
}

/** @param {string} report @returns {Outcome | null} */
function parseReport(report) {
  try {
    return JSON.parse(report);
  } catch {
    return null;
  }
}
