import { describe, expect, it } from 'vitest';
import { parseDotEnv } from '../../../src/renderer/features/compose/dotEnv.ts';
import {
  draftOf,
  formFieldOf,
  launcherOf,
  submissionOf,
  withCommand,
} from '../../../src/renderer/features/compose/draft.ts';
import { jobSubmissionSchema } from '../../../src/shared/job.ts';
import { settingsSchema } from '../../../src/shared/settings.ts';

const SETTINGS = settingsSchema.parse({});
const EMPTY = draftOf(null, [], '/home/ada', SETTINGS);

describe('the New run form', () => {
  it('sends words and moved assignments; an assignment in the command wins over the table', () => {
    const draft = {
      ...EMPTY,
      command: 'OMP_NUM_THREADS=8 python train.py',
      variables: [
        { name: 'OMP_NUM_THREADS', value: '1' },
        { name: ' SEED ', value: '7' },
        { name: '', value: '' },
      ],
    };
    expect(submissionOf(draft)).toEqual({
      command: ['python', 'train.py'],
      cwd: '/home/ada',
      env: { OMP_NUM_THREADS: '8', SEED: '7' },
      gpus: 0,
      gpuMemoryMiB: null,
      stopSignal: 'SIGTERM',
      graceSeconds: 10,
    });
    expect(jobSubmissionSchema.safeParse(submissionOf(draft)).success).toBe(true);
  });

  it('sends GiB as MiB, and no memory for a job without GPUs', () => {
    const draft = { ...EMPTY, command: 'a', gpus: 2, gpuMemoryGiB: '18.5' };
    expect(submissionOf(draft).gpuMemoryMiB).toBe(18_944);
    expect(submissionOf({ ...draft, gpus: 0 }).gpuMemoryMiB).toBeNull();
  });

  it('lets the core refuse a number that is none, at its field', () => {
    const refused = jobSubmissionSchema.safeParse(submissionOf({ ...EMPTY, command: 'a', graceSeconds: 'soon' }));
    expect(refused.error?.issues[0]?.path).toEqual(['graceSeconds']);
  });

  it('gives launchers 35 s until a person chose', () => {
    const launched = withCommand(EMPTY, 'torchrun --standalone train.py', SETTINGS);
    expect(launched.graceSeconds).toBe('35');
    expect(withCommand(launched, 'python train.py', SETTINGS).graceSeconds).toBe('10');
    const chosen = { ...launched, graceSeconds: '5', isPolicyChosen: true };
    expect(withCommand(chosen, 'accelerate launch x.py', SETTINGS).graceSeconds).toBe('5');
  });

  it.each([
    ['torchrun x.py', 'torchrun'],
    ['A=1 /opt/venv/bin/accelerate launch x.py', 'accelerate'],
    ['python -m torch.distributed.run x.py', 'torchrun'],
    ['python3 -m deepspeed x.py', 'deepspeed'],
    ['python train.py --launcher torchrun', null],
    ['', null],
  ])('finds the launcher of %s', (command, launcher) => {
    expect(launcherOf(command)).toBe(launcher);
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
      { name: 'A', value: '1' },
      { name: 'WANDB_API_KEY', value: '' },
    ]);
  });

  it.each([
    ['cwd', 'cwd'],
    ['env.9BAD', 'env'],
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
