import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunOrder } from '../../../../src/main/core/engines/engine.ts';
import { batchScript } from '../../../../src/main/core/engines/slurm/batchScript.ts';
import { pollAfter, retryAfter } from '../../../../src/main/core/engines/slurm/pollPace.ts';
import { sbatchArguments, submittedId, tasksOf } from '../../../../src/main/core/engines/slurm/sbatchArguments.ts';
import { quoted } from '../../../../src/main/core/engines/slurm/shellWords.ts';
import type { SlurmJob } from '../../../../src/main/core/engines/slurm/slurmJob.ts';
import { outcomeOfAll, outcomeOfJob } from '../../../../src/main/core/engines/slurm/slurmOutcome.ts';
import { newSlurmRun, phaseOfRun, takeTasks } from '../../../../src/main/core/engines/slurm/slurmRun.ts';
import { phaseOf, phaseOfAll, waitingWords } from '../../../../src/main/core/engines/slurm/slurmState.ts';
import { requestsDue } from '../../../../src/main/core/engines/slurm/stopPlan.ts';
import type { SlurmStop, StopTarget } from '../../../../src/main/core/engines/slurm/stopPlan.ts';
import { sbatchArgumentProblem } from '../../../../src/shared/sbatchArgument.ts';
import { secondsOfSlurmTime, slurmTimeOf } from '../../../../src/shared/slurmTime.ts';
import { spec } from '../../domain/jobs.ts';

const SLURM = { kind: 'slurm', partition: null, gpuType: null, memoryMiB: null, args: [] } as const;

function job(states: readonly string[], over: Partial<SlurmJob> = {}): SlurmJob {
  return {
    id: 1,
    submittedAs: 1,
    states,
    reason: 'None',
    comment: 'trainyard:7-1-a',
    partition: 'gpu',
    nodes: 'n1',
    startTime: 1_000,
    endTime: 2_000,
    exit: { code: 0, signal: null },
    ...over,
  };
}

function order(over: Parameters<typeof spec>[0] = {}): RunOrder {
  return { run: '7-1-a', jobId: 7, gpus: [], spec: spec({ target: { ...SLURM, args: [] }, ...over }) };
}

describe('what sbatch is given', () => {
  test('everything a job asks for, its own options last', () => {
    const target = {
      kind: 'slurm' as const,
      partition: 'gpu',
      gpuType: 'h100',
      memoryMiB: 4_096,
      args: ['--qos=high'],
    };
    const args = sbatchArguments(
      '7-1-a',
      spec({ gpus: 2, timeLimitMs: 90_000, stopSignal: 'SIGINT', graceMs: 10_000, target }),
      {
        output: '/out',
        dependencies: [3, 4],
      },
    );
    expect(args).toEqual([
      '--parsable',
      '--comment=trainyard:7-1-a',
      '--job-name=train',
      '--output=/out',
      '--open-mode=append',
      '--no-requeue',
      '--signal=B:INT@10',
      '--partition=gpu',
      '--gres=gpu:h100:2',
      '--mem=4096M',
      '--time=02:00',
      '--dependency=afterok:3:4',
      '--qos=high',
    ]);
  });

  test('its answer, also behind words of the site', () => {
    expect(submittedId('12\n')).toBe(12);
    expect(submittedId('Welcome\n12;yard\n')).toBe(12);
    expect(submittedId('Submitted')).toBeNull();
  });

  test.each([
    [[], 1],
    [['--array=0-49'], 50],
    [['--array=0-9:3'], 4],
    [['--array=1,3,5-7%2'], 5],
  ] as const)('%j is %i tasks', (args, count) => expect(tasksOf(args)).toBe(count));

  test('nothing that would make it a job we cannot follow', () => {
    for (const refused of [
      '--output=x',
      '--comm=x',
      '--wrap=ls',
      '-o/x',
      '-J',
      'script.sh',
      '--clusters=b',
      '-Mb',
      '--wait',
      '-vo/x',
    ])
      expect(sbatchArgumentProblem(refused), refused).not.toBeNull();
    for (const taken of ['--qos=high', '--array=0-9', '-Aacct', '--exclusive', '--nodes=2', '--requeue'])
      expect(sbatchArgumentProblem(taken), taken).toBeNull();
  });

  test('a batch script whose command takes the shell’s place, quoted as it was typed', () => {
    const text = batchScript(order({ command: ['python', "it's", '$HOME'], env: { A: "b'c\nd" }, cwd: '~/lab one' }), {
      jobFiles: '/files',
    });
    expect(text).toMatch(/^#!\/bin\/sh\n/);
    expect(text).toContain(`exec python 'it'\\''s' '$HOME'\n`);
    expect(text).toContain(`cd -- "$HOME"/'lab one' || exit 1`);
    expect(text).toContain('export TRAINYARD_RUN=7-1-a');
  });

  test('a real shell reads a quoted word as it was, whatever is in it', () => {
    const words = [
      ...fc.sample(fc.string({ unit: 'binary', minLength: 1 }), 300).map((text) => text.replaceAll('\0', '')),
      "'",
      "''",
      String.raw`\'`,
      '$(id) `id` "x" \n -n *',
      '',
    ];
    const { stdout } = spawnSync('sh', ['-s'], { input: `printf '%s\\0' ${words.map(quoted).join(' ')}` });
    expect(stdout).toEqual(Buffer.from(words.map((word) => `${word}\0`).join('')));
  });
});

describe('what Slurm’s states mean', () => {
  test.each([
    [['PENDING'], 'waiting'],
    [['CONFIGURING'], 'running'],
    [['RUNNING'], 'running'],
    [['COMPLETING'], 'completing'],
    [['CANCELLED', 'COMPLETING'], 'completing'],
    [['OUT_OF_MEMORY'], 'ended'],
    [['SOMETHING_NEW'], 'unknown'],
  ] as const)('%j is %s', (states, phase) => expect(phaseOf({ states })).toBe(phase));

  test('an array waits until its first task starts and has ended with its last', () => {
    const of = (...all: string[]) => phaseOfAll(all.map((state) => ({ states: [state] })));
    expect(of('PENDING', 'PENDING')).toBe('waiting');
    expect(of('PENDING', 'COMPLETED')).toBe('running');
    expect(of('COMPLETED', 'COMPLETING')).toBe('completing');
    expect(of('COMPLETED', 'FAILED')).toBe('ended');
  });

  test('a job of another mark is none of ours, whatever its number', () => {
    const run = newSlurmRun(order(), {});
    takeTasks(run, [job(['RUNNING'], { comment: 'somebody else' })]);
    expect(run.missing).toBe(1);
    takeTasks(run, [job(['RUNNING'])]);
    expect([run.missing, phaseOfRun(run)]).toEqual([0, 'running']);
  });

  test('tasks that Slurm has forgotten stay as they were seen to end', () => {
    const run = newSlurmRun(order(), {});
    takeTasks(run, [job(['FAILED'], { id: 2 }), job(['RUNNING'], { id: 3 })]);
    takeTasks(run, [job(['COMPLETED'], { id: 3 })]);
    expect(outcomeOfAll([...run.tasks.values()], 0, false)).toMatchObject({
      kind: 'cluster',
      words: '1 of 2 tasks did not complete',
    });
  });

  test('ends in our words; one that is not known is not guessed', () => {
    expect(outcomeOfJob(job(['COMPLETED']), false)).toMatchObject({ kind: 'exited', code: 0 });
    expect(outcomeOfJob(job(['FAILED'], { exit: { code: 3, signal: null } }), false)).toMatchObject({
      kind: 'exited',
      code: 3,
    });
    expect(outcomeOfJob(job(['FAILED'], { exit: null, reason: 'JobLaunchFailure' }), false)).toMatchObject({
      kind: 'cluster',
      why: 'other',
    });
    expect(outcomeOfJob(job(['TIMEOUT']), false)).toMatchObject({ kind: 'cluster', why: 'time-limit' });
    expect(outcomeOfJob(job(['NODE_FAIL']), false)).toMatchObject({
      why: 'node-failure',
      words: 'its node failed (n1)',
    });
    expect(outcomeOfJob(job(['CANCELLED'], { reason: 'by user 1000' }), false)).toMatchObject({
      why: 'cancelled',
      words: 'cancelled in Slurm, not by Trainyard, by user 1000',
    });
    expect(outcomeOfJob(job(['CANCELLED'], { nodes: '' }), true)).toEqual({ kind: 'never-started' });
    expect(outcomeOfAll([], 0, false)).toEqual({ kind: 'lost', why: 'forgotten' });
  });

  test('why a job waits is said in words, with Slurm’s own behind', () => {
    expect(waitingWords({ reason: 'Resources', partition: 'gpu' })).toBe(
      'waits in Slurm, partition gpu: GPUs, CPUs or memory it needs are taken (Resources)',
    );
    expect(waitingWords({ reason: 'QOSGrpGRES', partition: '' })).toBe('waits in Slurm: QOSGrpGRES');
  });
});

describe('what a stop asks of Slurm', () => {
  const stop = (over: Partial<SlurmStop> = {}): SlurmStop => ({
    requestedAt: 0,
    deadlineAt: 10_000,
    forced: false,
    sent: {},
    ...over,
  });
  const running: StopTarget = { phase: 'running', hasWaiting: false, hasMain: true };

  test('main alone, all shortly before the deadline, Slurm’s own end at the deadline', () => {
    expect(requestsDue(stop(), running, 0)).toEqual(['signal']);
    expect(requestsDue(stop({ sent: { signal: 0 } }), running, 7_999)).toEqual([]);
    expect(requestsDue(stop({ sent: { signal: 0 } }), running, 8_000)).toEqual(['signal-all']);
    expect(requestsDue(stop({ sent: { signal: 0, 'signal-all': 8_000 } }), running, 10_000)).toEqual(['end']);
    expect(requestsDue(stop({ sent: { end: 10_000 } }), running, 12_000)).toEqual([]);
    expect(requestsDue(stop({ sent: { end: 10_000 } }), running, 26_000)).toEqual(['end']);
  });

  test('what waits goes at once, what is forced too, what is ending is left alone', () => {
    expect(requestsDue(stop(), { phase: 'waiting', hasWaiting: true, hasMain: false }, 0)).toEqual(['waiting']);
    expect(requestsDue(stop(), { phase: 'running', hasWaiting: true, hasMain: true }, 0)).toEqual([
      'waiting',
      'signal',
    ]);
    expect(requestsDue(stop({ forced: true }), running, 0)).toEqual(['end']);
    expect(requestsDue(stop(), { phase: 'completing', hasWaiting: false, hasMain: false }, 0)).toEqual([]);
    // Its nodes are being prepared: nothing there hears a signal.
    expect(requestsDue(stop(), { phase: 'running', hasWaiting: false, hasMain: false }, 0)).toEqual(['end']);
  });
});

describe('how often Slurm is asked', () => {
  test('1 s while something happens, 10 s when nothing does and nobody looks, less where an answer is dear', () => {
    const calm = { watched: false, urgent: false, sinceChangeMs: 60_000, costMs: 20 };
    expect(pollAfter({ ...calm, urgent: true })).toBe(1_000);
    expect(pollAfter({ ...calm, watched: true })).toBe(3_000);
    expect(pollAfter(calm)).toBe(10_000);
    expect(pollAfter({ ...calm, urgent: true, costMs: 2_500 })).toBe(20_000);
    expect([1, 2, 3, 4, 5, 9].map(retryAfter)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});

describe('time limits as Slurm writes them', () => {
  test.each([
    ['90', 5_400],
    ['1:30', 90],
    ['1:30:00', 5_400],
    ['2-0', 172_800],
    ['1-12:30', 131_400],
    ['1-00:00:05', 86_405],
  ] as const)('%s is %i s', (text, seconds) => expect(secondsOfSlurmTime(text)).toBe(seconds));

  test.each(['UNLIMITED', '', '0', '-5', '1:2:3:4', 'x'])('%s is no time', (text) =>
    expect(secondsOfSlurmTime(text)).toBeNull(),
  );

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_536_000 }), (seconds) => {
        expect(secondsOfSlurmTime(slurmTimeOf(seconds))).toBe(seconds);
      }),
    );
  });
});
