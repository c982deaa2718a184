import { describe, expect, test } from 'vitest';
import { jobOfLink, launchOf, ownWords } from '../../../src/main/shell/launch/launch.ts';
import { startOf } from '../../../src/main/shell/launch/performLaunch.ts';
import { submissionOf } from '../../../src/main/shell/launch/submitWords.ts';

describe('the words behind the program', () => {
  test('a package has all of them, a runtime that is told which app to run those behind its folder', () => {
    expect(ownWords(['/opt/Trainyard/trainyard', '--hidden'], false)).toEqual(['--hidden']);
    expect(ownWords(['electron', '--no-sandbox', '/clone', 'submit', '--', 'true'], true)).toEqual([
      'submit',
      '--',
      'true',
    ]);
    expect(ownWords(['electron', '--inspect=0'], true)).toEqual([]);
  });

  test('nothing opens the window, --hidden does not, and switches of the runtime are no words', () => {
    expect(launchOf([])).toEqual({ kind: 'open', hidden: false });
    expect(launchOf(['--hidden'])).toEqual({ kind: 'open', hidden: true });
    expect(launchOf(['--ozone-platform=wayland', '--hidden'])).toEqual({ kind: 'open', hidden: true });
    expect(launchOf(['something'])).toEqual({ kind: 'open', hidden: false });
  });

  test('submit keeps every word behind it, its own --hidden too', () => {
    expect(launchOf(['--no-sandbox', 'submit', '--gpus', '1', '--', 'python', '--hidden'])).toEqual({
      kind: 'submit',
      words: ['--gpus', '1', '--', 'python', '--hidden'],
    });
  });

  test('a link is told by its scheme, in any case', () => {
    expect(launchOf(['trainyard://job/12'])).toEqual({ kind: 'link', text: 'trainyard://job/12', jobId: 12 });
    expect(launchOf(['TrainYard:x'])).toMatchObject({ kind: 'link', jobId: null });
  });
});

test.for([
  ['trainyard://job/12', 12],
  ['trainyard://job/12/', 12],
  ['trainyard://job/0', null],
  ['trainyard://job/012', null],
  ['trainyard://job/-1', null],
  ['trainyard://job/1e3', null],
  ['trainyard://job/12?tab=log', null],
  ['trainyard://job/12/cancel', null],
  ['trainyard://job/12\nsubmit', null],
  ['trainyard://job/1234567890123', null],
  ['trainyard://user@job/12', null],
  ['trainyard:job/12', null],
  ['TRAINYARD://job/12', null],
  ['https://job/12', null],
] as const)('the link %j names %s', ([text, job]) => {
  expect(jobOfLink(text)).toBe(job);
});

describe('submit', () => {
  test('means what it means in a terminal, in the folder where it was typed', () => {
    expect(
      submissionOf(
        [
          '--gpus',
          '2',
          '--name',
          'two words',
          '--env',
          'A=1=2',
          '--grace',
          '35',
          '--',
          'python',
          'train.py',
          '--lr',
          '1',
        ],
        '/home/ada',
      ),
    ).toEqual({
      ok: true,
      value: {
        command: ['python', 'train.py', '--lr', '1'],
        cwd: '/home/ada',
        gpus: 2,
        name: 'two words',
        env: { A: '1=2' },
        graceSeconds: 35,
      },
    });
  });

  test('a folder is seen from where it was typed', () => {
    expect(submissionOf(['--cwd', 'runs', '--', 'true'], '/home/ada')).toMatchObject({
      value: { cwd: '/home/ada/runs' },
    });
    expect(submissionOf(['--cwd', '~/runs', '--', 'true'], '/x')).toMatchObject({ value: { cwd: '~/runs' } });
  });

  test('a secret is taken from nowhere: the variables of that terminal are not known, and the app’s own are others', () => {
    expect(submissionOf(['--secret-env', 'PATH', '--', 'true'], '/')).toMatchObject({
      ok: false,
      error: expect.stringContaining('no variable of that name'),
    });
    expect(submissionOf(['--secret-env', 'PIN=1=2', '--env', 'A=b', '--', 'true'], '/')).toMatchObject({
      value: { env: { A: 'b', PIN: '1=2' }, secretEnv: ['PIN'] },
    });
  });

  test.for([
    [[], /missing required argument/],
    [['--gpus', 'two', '--', 'true'], /whole number/],
    [['--colour', '--', 'true'], /unknown option/],
  ] as const)('%j is refused with the words of the terminal', ([words, what]) => {
    const result = submissionOf(words, '/');
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.error).toMatch(what);
  });
});

test('a second instance that hands over what cannot be read only shows the window', () => {
  expect(startOf({ words: ['submit'], cwd: '/a' })).toEqual({ words: ['submit'], cwd: '/a' });
  for (const given of [undefined, null, 7, {}, { words: 'submit', cwd: '/' }, { words: [1], cwd: '/' }])
    expect(startOf(given)).toEqual({ words: [], cwd: '/' });
});
