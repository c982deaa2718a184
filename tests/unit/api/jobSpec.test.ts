import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { jobSpecOf } from '../../../src/main/core/api/jobSpec.ts';
import type { SubmitFacts } from '../../../src/main/core/api/jobSpec.ts';
import type { GpuView } from '../../../src/shared/gpu.ts';
import { jobSubmissionSchema } from '../../../src/shared/job.ts';
import type { JobSubmission } from '../../../src/shared/job.ts';
import { settingsSchema } from '../../../src/shared/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'train.py');
writeFileSync(file, '');

const gpus = [
  { uuid: 'GPU-a', index: 0 },
  { uuid: 'GPU-b', index: 1 },
] as unknown as readonly GpuView[];
const facts: SubmitFacts = { settings: settingsSchema.parse({}), gpus, jobExists: (id) => id < 10 };

function specOf(over: Partial<JobSubmission>, more: Partial<SubmitFacts> = {}) {
  const submission = jobSubmissionSchema.parse({ command: ['python', 'train.py'], cwd: folder, ...over });
  return jobSpecOf(submission, { ...facts, ...more });
}
function problemOf(over: Partial<JobSubmission>): unknown {
  const result = specOf(over);
  return result.ok ? 'accepted' : result.error;
}

describe('the folder is looked at before anything is queued', () => {
  test.for<[string, string, string]>([
    ['one that is not there', join(folder, 'nowhere'), `there is no folder ${join(folder, 'nowhere')}`],
    ['a file', file, `${file} is a file, not a folder`],
    ['one beneath a file', join(file, 'x'), `${join(file, 'x')} leads through a file`],
    ['one that is not a full path', 'data/run', 'data/run is not a full path: start it with / or ~'],
    ['a name of 5000 letters', `/${'x'.repeat(5_000)}`, 'the path is longer than the system allows'],
    ['another user’s home by ~name', '~nobody/x', '~nobody/x is not a full path: start it with / or ~'],
  ])('%s', ([, cwd, problem]) => {
    expect(problemOf({ cwd })).toEqual({ code: 'INVALID_INPUT', field: 'cwd', message: `cwd: ${problem}` });
  });

  test('one that may not be entered', ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may enter every folder');
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o600);
    expect(problemOf({ cwd: closed })).toEqual({
      code: 'INVALID_INPUT',
      field: 'cwd',
      message: `cwd: you may not enter the folder ${closed}`,
    });
  });

  test('~ is the home of the user, and a path is kept in its plain form', () => {
    expect(specOf({ cwd: '~' })).toMatchObject({ ok: true, value: { cwd: homedir() } });
    expect(specOf({ cwd: `${folder}/../${folder.split('/').at(-1)}` })).toMatchObject({
      ok: true,
      value: { cwd: folder },
    });
  });
});

describe('what a submission leaves open is decided now', () => {
  test('from the settings, so that changing them later does not change the job', () => {
    const settings = settingsSchema.parse({ defaultGraceSeconds: 2.5, defaultStopSignal: 'SIGINT' });
    expect(specOf({}, { settings })).toMatchObject({
      ok: true,
      value: { stopSignal: 'SIGINT', graceMs: 2_500, timeLimitMs: null },
    });
  });

  test('from the launcher’s preset before the settings, and from the user before both', () => {
    const command = ['torchrun', 'train.py'];
    expect(specOf({ command })).toMatchObject({ value: { stopSignal: 'SIGTERM', graceMs: 35_000 } });
    expect(specOf({ command, graceSeconds: 0, stopSignal: 'SIGUSR1' })).toMatchObject({
      value: { stopSignal: 'SIGUSR1', graceMs: 0 },
    });
  });

  test.for<[readonly string[], string]>([
    [['python', 'train.py', '--lr', '1'], 'train'],
    [['/usr/bin/python3', '/home/ada/finetune.py'], 'finetune'],
    [['torchrun', '--nproc_per_node', '2', 'src/main.py'], 'main'],
    [['node', 'digits.mjs'], 'digits'],
    [['./train.sh'], 'train'],
    [['nvidia-smi'], 'nvidia-smi'],
    [['/opt/bin/my-trainer', '--config', 'x.yaml'], 'my-trainer'],
  ])('%o is called “%s”', ([command, name]) => {
    expect(specOf({ command: [...command] })).toMatchObject({ value: { name } });
  });

  test('a name of spaces counts as none', () => {
    expect(specOf({ name: '   ' })).toMatchObject({ value: { name: 'train' } });
  });
});

describe('GPUs that are named', () => {
  test('by number or UUID are kept by UUID: a number may be another card after the next boot', () => {
    expect(specOf({ gpus: 2, gpuIds: ['1', 'GPU-a'] })).toMatchObject({ value: { gpuUuids: ['GPU-b', 'GPU-a'] } });
  });

  test('that are not here are refused by name', () => {
    expect(problemOf({ gpus: 1, gpuIds: ['7'] })).toEqual({
      code: 'INVALID_INPUT',
      field: 'gpuIds',
      message: 'gpuIds: there is no GPU 7',
    });
  });

  test('too few for the job are refused, also when one is named twice', () => {
    const problem = { code: 'INVALID_INPUT', field: 'gpuIds', message: 'gpuIds: names 1 GPUs and the job wants 2' };
    expect(problemOf({ gpus: 2, gpuIds: ['0'] })).toEqual(problem);
    expect(problemOf({ gpus: 2, gpuIds: ['0', 'GPU-a'] })).toEqual(problem);
  });
});

test('a job to wait for must exist, and is kept once', () => {
  expect(problemOf({ after: [3, 99] })).toEqual({
    code: 'INVALID_INPUT',
    field: 'after',
    message: 'after: there is no job #99',
  });
  expect(specOf({ after: [3, 3] })).toMatchObject({ value: { after: [3] } });
});

test('a secret must be a variable of the job, and is kept once: a slip in its name would leave the value open', () => {
  expect(problemOf({ env: { PIN: '12', constructor: '1' }, secretEnv: ['PIN', 'toString'] })).toEqual({
    code: 'INVALID_INPUT',
    field: 'secretEnv',
    message: 'secretEnv: names toString, which is not in env',
  });
  expect(specOf({ env: { PIN: '12' }, secretEnv: ['PIN', 'PIN'] })).toMatchObject({ value: { secretEnv: ['PIN'] } });
});
