import { writeFileSync } from 'node:fs';
import { noOutcome } from './outcome.mjs';

/** Playwright reporter that leaves the outcome in the file TRAINYARD_OUTCOME_FILE. */
export default class PlaywrightOutcome {
  outcome = noOutcome();
  /** @type {import('@playwright/test/reporter').Suite | undefined} */
  suite;

  /** @param {unknown} _config @param {import('@playwright/test/reporter').Suite} suite */
  onBegin(_config, suite) {
    this.suite = suite;
  }

  /** An error outside of tests, such as a file that cannot be loaded. @param {import('@playwright/test/reporter').TestError} error */
  onError(error) {
    this.outcome.failures.push((error.message ?? String(error.value)).split('\n')[0] ?? '');
  }

  onEnd() {
    for (const test of this.suite?.allTests() ?? []) this.add(test);
    writeFileSync(process.env.TRAINYARD_OUTCOME_FILE ?? '', JSON.stringify(this.outcome));
  }

  /** @param {import('@playwright/test/reporter').TestCase} test */
  add(test) {
    const title = test.titlePath().filter(Boolean).join(' > ');
    const outcome = test.outcome();
    if (outcome === 'expected' || outcome === 'flaky') this.outcome.passed++;
    else if (outcome === 'unexpected') this.outcome.failures.push(title);
    else {
      const annotation = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme');
      this.outcome.skipped.push({
        title,
        reason: annotation?.description ?? (test.results.length === 0 ? 'did not run' : ''),
      });
    }
  }

  printsToStdio() {
    return false;
  }
}
