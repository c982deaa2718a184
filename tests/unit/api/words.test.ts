import { describe, expect, test } from 'vitest';
import { apiErrorOf } from '../../../src/main/core/api/refusalWords.ts';
import { shownEnvironment } from '../../../src/main/core/api/secrets.ts';
import type { QueueRefusal } from '../../../src/main/core/queue/applied.ts';

describe('refusals in words', () => {
  test.for<[QueueRefusal, string, string]>([
    [{ code: 'no-such-job' }, 'NOT_FOUND', 'There is no job #12.'],
    [{ code: 'already-finished', status: 'completed' }, 'REFUSED', 'Job #12 has already finished: it is completed.'],
    [
      { code: 'not-finished', status: 'running' },
      'REFUSED',
      'Job #12 is running: only a finished job can be queued again.',
    ],
    [
      { code: 'not-queued', status: 'running' },
      'REFUSED',
      'Job #12 is running: only a queued job has a place to change.',
    ],
    [{ code: 'no-such-place', before: 4 }, 'REFUSED', 'before: job #4 is not in the queue.'],
    [{ code: 'not-stopping' }, 'REFUSED', 'Job #12 is not being stopped, so there is no deadline to move.'],
    [{ code: 'killing-already' }, 'REFUSED', 'SIGKILL has been sent to job #12: it cannot be given more time.'],
    [{ code: 'other-run' }, 'REFUSED', 'Job #12 has another run by now.'],
    [
      { code: 'not-in-this-state', event: 'extend', status: 'queued' },
      'REFUSED',
      'Job #12 is queued: that cannot be done now.',
    ],
  ])('%o', ([refusal, code, message]) => {
    expect(apiErrorOf(refusal, 12)).toMatchObject({ code, message });
  });

  test('an unknown number names the field it stood in', () => {
    expect(apiErrorOf({ code: 'no-such-job' }, 12).field).toBe('jobId');
  });
});

describe('values of variables that look like secrets are never shown', () => {
  test.for([
    'HF_TOKEN',
    'WANDB_API_KEY',
    'OPENAI_APIKEY',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'SSH_PRIVATE_KEY',
    'DB_PASSWORD',
    'DB_PASSWD',
    'DB_PASS',
    'SSH_PASSPHRASE',
    'MYSQL_PWD',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'BASIC_AUTH',
    'KEY',
    'comet_key',
    'github_token',
  ])('%s', (name) => {
    expect(shownEnvironment({ env: { [name]: 'hush' }, secretEnv: [] })).toEqual([{ name, value: null }]);
  });

  test.for([
    'SEED',
    'KEYBOARD',
    'MONKEY',
    'CUDA_VISIBLE_DEVICES',
    'PYTHONPATH',
    'PWD',
    'PASSES',
    'BYPASS_CACHE',
    'COMPASS',
  ])('%s is no secret and is shown', (name) => {
    expect(shownEnvironment({ env: { [name]: '1' }, secretEnv: [] })).toEqual([{ name, value: '1' }]);
  });

  test('one that the user called secret is not shown, whatever its name and value', () => {
    expect(shownEnvironment({ env: { SEED: '1', EPOCHS: '3' }, secretEnv: ['SEED'] })).toEqual([
      { name: 'SEED', value: null },
      { name: 'EPOCHS', value: '3' },
    ]);
  });

  test('the order of the user is kept', () => {
    expect(shownEnvironment({ env: { B: '1', A: '2' }, secretEnv: [] }).map(({ name }) => name)).toEqual(['B', 'A']);
  });
});
