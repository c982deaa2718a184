import { expect, test } from 'vitest';
import { noOutcome, runnerOutcome, sumOutcomes, summary } from '../../scripts/test/outcome.mjs';

const green = { passed: 2, failures: [], skipped: [] };

test('a green report with exit code 0 is taken as it is', () => {
  expect(runnerOutcome('vitest', 0, JSON.stringify(green))).toEqual(green);
});

test.each([
  ['a crash without a report', 137, null, 'vitest ended with exit code 137 and reported nothing'],
  ['half a report', 0, '{"passed": 1', 'vitest ended with exit code 0 and reported nothing'],
  ['no tests', 0, JSON.stringify(noOutcome()), 'vitest ran no tests'],
  [
    'a green report with another exit code',
    1,
    JSON.stringify(green),
    'vitest ended with exit code 1 although no test failed',
  ],
])('%s counts as failed', (_name, exitCode, report, failure) => {
  expect(runnerOutcome('vitest', exitCode, report).failures).toEqual([failure]);
});

test('a run in which everything was skipped counts as failed', () => {
  const report = JSON.stringify({ ...noOutcome(), skipped: [{ title: 'a', reason: '' }] });
  expect(runnerOutcome('e2e', 0, report).failures).toEqual(['e2e ran no tests']);
});

test('the summary names failures and skipped tests and ends with the counts', () => {
  const total = sumOutcomes([
    green,
    { passed: 0, failures: ['lint'], skipped: [] },
    { passed: 1, failures: [], skipped: [{ title: 'cuda', reason: 'no GPU here' }] },
  ]);
  expect(summary(total).split('\n')).toEqual([
    'failed: lint',
    'skipped: cuda (no GPU here)',
    '3 passed, 1 failed, 1 skipped',
  ]);
});
