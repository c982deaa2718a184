import { describe, expect, it } from 'vitest';
import { parseDotEnv } from '../../../src/renderer/features/compose/dotEnv.ts';
import {
  draftOf,
  formFieldOf,
  memoryProposalGiB,
  stopPresets,
  submissionOf,
  withPolicy,
} from '../../../src/renderer/features/compose/draft.ts';
import { secretHelp } from '../../../src/renderer/features/compose/secretHelp.ts';
import { submissionFrom } from '../../../src/renderer/state/submissions.ts';
import { jobSubmissionSchema } from '../../../src/shared/job.ts';
import { SCENE_AT, sceneDetail, sceneSnapshot } from './fixture/scene.ts';
import { settingsSchema } from '../../../src/shared/settings.ts';

const SETTINGS = settingsSchema.parse({});
const TORCHRUN = { name: 'torchrun', stopSignal: 'SIGINT', graceSeconds: 35, why: 'It waits.' } as const;
const SECRETS_HELP = 'A secret goes to the run and is hidden here, in Details, exports and receipts.';
const EMPTY = draftOf(null, [], '/home/ada', SETTINGS);

describe('the New run form', () => {
  it('sends words and moved assignments; an assignment in the command wins over the table', () => {
    const draft = {
      ...EMPTY,
      command: 'OMP_NUM_THREADS=8 python train.py',
      variables: [
        { name: 'OMP_NUM_THREADS', value: '1', isSecret: false },
        { name: ' SEED ', value: '7', isSecret: false },
        { name: '', value: '', isSecret: true },
      ],
    };
    expect(submissionOf(draft)).toEqual({
      command: ['python', 'train.py'],
      cwd: '/home/ada',
      env: { OMP_NUM_THREADS: '8', SEED: '7' },
      gpus: 0,
      gpuMemoryMiB: null,
      minGpuMemoryMiB: null,
      timeLimitSeconds: null,
    });
    expect(jobSubmissionSchema.safeParse(submissionOf(draft)).success).toBe(true);
  });

  it('sends GiB as MiB, and no memory for a job without GPUs', () => {
    const draft = { ...EMPTY, command: 'a', gpus: 2, gpuMemoryGiB: '18.5' };
    expect(submissionOf(draft).gpuMemoryMiB).toBe(18_944);
    expect(submissionOf({ ...draft, gpus: 0 }).gpuMemoryMiB).toBeNull();
  });

  it('lets the core refuse a number that is none, at its field', () => {
    const refused = jobSubmissionSchema.safeParse(
      submissionOf({ ...EMPTY, command: 'a', graceSeconds: 'soon', isPolicyChosen: true }),
    );
    expect(refused.error?.issues[0]?.path).toEqual(['graceSeconds']);
  });

  it('takes the policy of the program until a person chose, and leaves it to the core when it sends', () => {
    const proposed = withPolicy(EMPTY, SETTINGS, TORCHRUN);
    expect(proposed).toMatchObject({ stopSignal: 'SIGINT', graceSeconds: '35' });
    expect(submissionOf(proposed)).not.toHaveProperty('graceSeconds');
    expect(withPolicy(proposed, SETTINGS, null)).toMatchObject({ stopSignal: 'SIGTERM', graceSeconds: '10' });
    const chosen = { ...proposed, graceSeconds: '5', isPolicyChosen: true };
    expect(submissionOf(withPolicy(chosen, SETTINGS, null))).toMatchObject({ stopSignal: 'SIGINT', graceSeconds: 5 });
  });

  it('offers the settings, the program’s own policy and none', () => {
    expect(stopPresets(SETTINGS, null).map(({ label }) => label)).toEqual(['Plain 10 s', 'At once']);
    expect(stopPresets(SETTINGS, TORCHRUN)[1]).toMatchObject({ label: 'torchrun 35 s', stopSignal: 'SIGINT' });
  });

  it.each([
    [18_022, '18'],
    [100, '0.5'],
    [20_480, '20.5'],
  ])('proposes a little more than %s MiB', (peak, gib) => {
    expect(memoryProposalGiB(peak)).toBe(gib);
  });

  it('sends the time limit in seconds, and shows it again as it was', () => {
    const draft = { ...EMPTY, command: 'a', timeLimit: '1.5', timeUnit: 'hours' as const };
    expect(submissionOf(draft).timeLimitSeconds).toBe(5_400);
    expect(draftOf({ ...submissionOf(draft) }, [], '/', SETTINGS)).toMatchObject({
      timeLimit: '1.5',
      timeUnit: 'hours',
    });
    expect(draftOf({ ...submissionOf(draft), timeLimitSeconds: 600 }, [], '/', SETTINGS)).toMatchObject({
      timeLimit: '10',
      timeUnit: 'minutes',
    });
  });

  it('sends which GPUs only for a job that wants some', () => {
    const draft = { ...EMPTY, command: 'a', gpus: 1, gpuIds: ['GPU-1'], minGpuMemoryGiB: '24', after: 7, held: true };
    expect(submissionOf(draft)).toMatchObject({ gpuIds: ['GPU-1'], minGpuMemoryMiB: 24_576, after: [7], held: true });
    expect(submissionOf({ ...draft, gpus: 0 })).not.toHaveProperty('gpuIds');
    expect(jobSubmissionSchema.safeParse(submissionOf(draft)).success).toBe(true);
  });

  it('takes an earlier run over and asks again for what was kept secret', () => {
    const draft = draftOf(
      { command: ['python', 'a b.py'], cwd: '/w', gpus: 1, gpuMemoryMiB: 18_432, env: { A: '1' }, graceSeconds: 35 },
      ['WANDB_API_KEY'],
      '/home/ada',
      SETTINGS,
    );
    expect(draft).toMatchObject({ command: "python 'a b.py'", cwd: '/w', gpuMemoryGiB: '18', graceSeconds: '35' });
    expect(draft.variables).toEqual([
      { name: 'A', value: '1', isSecret: false },
      { name: 'WANDB_API_KEY', value: '', isSecret: false },
    ]);
  });

  it('sends the names that are ticked, once, and ticks them again for the next run without their values', () => {
    const variables = [
      { name: ' PIN ', value: '12', isSecret: true },
      { name: 'PIN', value: '13', isSecret: true },
      { name: 'SEED', value: '7', isSecret: false },
    ];
    const sent = submissionOf({ ...EMPTY, command: 'a', variables });
    expect(sent).toMatchObject({ env: { PIN: '13', SEED: '7' }, secretEnv: ['PIN'] });
    const [view] = sceneSnapshot(SCENE_AT).jobs;
    if (view === undefined) throw new Error('the scene has jobs');
    const env = [
      { name: 'PIN', value: null },
      { name: 'SEED', value: '7' },
    ];
    const { submission, hiddenEnv } = submissionFrom(view, { ...sceneDetail(view), env, secretEnv: ['PIN'] });
    expect(draftOf(submission, hiddenEnv, '/', SETTINGS).variables).toEqual([
      { name: 'SEED', value: '7', isSecret: false },
      { name: 'PIN', value: '', isSecret: true },
    ]);
  });

  it.each([
    [[{ name: 'SEED', value: '1', isSecret: false }], null],
    [[{ name: 'PIN', value: '1', isSecret: true }], `${SECRETS_HELP}`],
    [
      [
        { name: 'HF_TOKEN', value: '', isSecret: false },
        { name: 'DB', value: 'pg://me:pw@host/x', isSecret: true },
      ],
      `${SECRETS_HELP} Always secret: HF_TOKEN by its name, DB by the password in the address.`,
    ],
    [
      [
        { name: 'A_KEY', value: '', isSecret: false },
        { name: 'B_KEY', value: '', isSecret: false },
      ],
      `${SECRETS_HELP} Always secret: A_KEY, B_KEY by their names.`,
    ],
  ])('says which secrets cannot be unticked, and why: %j', (rows, words) => {
    expect(secretHelp(rows)).toBe(words);
  });

  it.each([
    ['cwd', 'cwd'],
    ['env.9BAD', 'env'],
    ['secretEnv', 'env'],
    ['command[0]', 'command'],
    ['priority', null],
    [null, null],
  ])('shows a refusal about %s at %s', (field, shown) => {
    expect(formFieldOf(field)).toBe(shown);
  });
});

describe('a pasted .env', () => {
  it('gives names and values, without comments and quotes, the last one of a name', () => {
    const text = [
      '# keys',
      'export A=1',
      'B="two\\nlines \\"x\\"" # note',
      "C='as $IS # it is'",
      'D=plain value # note',
      'E=',
      'A=2',
      'not a line',
      'URL=http://x/#y',
    ].join('\r\n');
    expect(parseDotEnv(text)).toEqual([
      { name: 'A', value: '2' },
      { name: 'B', value: 'two\nlines "x"' },
      { name: 'C', value: 'as $IS # it is' },
      { name: 'D', value: 'plain value' },
      { name: 'E', value: '' },
      { name: 'URL', value: 'http://x/#y' },
    ]);
  });
});
