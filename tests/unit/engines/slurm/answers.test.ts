import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../../../src/main/core/engines/slurm/failure.ts';
import { JsonItems } from '../../../../src/main/core/engines/slurm/jsonItems.ts';
import { partitionsOf } from '../../../../src/main/core/engines/slurm/partitions.ts';
import { jobsOfSacct } from '../../../../src/main/core/engines/slurm/sacct.ts';
import { configOf, jobOfLine } from '../../../../src/main/core/engines/slurm/scontrol.ts';
import { slurmJobOf } from '../../../../src/main/core/engines/slurm/slurmJob.ts';
import { jobOfRow, Lines } from '../../../../src/main/core/engines/slurm/squeueTable.ts';

describe('items of a stream of JSON', () => {
  const cut = (text: string, size: number): string[] => {
    const found: string[] = [];
    const items = new JsonItems((item) => found.push(item));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) items.take(bytes.subarray(at, at + size));
    expect(items.isWhole).toBe(true);
    return found;
  };

  test('are the same however the stream is cut: a bracket or a quote in a text ends nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.array(fc.string())))),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (jobs, size, isPretty) => {
          const text = JSON.stringify({ meta: 'x', jobs, errors: [] }, null, isPretty ? 2 : 0);
          expect(cut(text, size).map((item) => JSON.parse(item) as unknown)).toEqual(jobs);
        },
      ),
    );
  });

  test('an answer that breaks off is not whole', () => {
    const items = new JsonItems(() => undefined);
    items.take(Buffer.from('{"jobs": [{"job_id": 1}, {"job_'));
    expect(items.isWhole).toBe(false);
  });

  test('lines are the same however the stream is cut', () => {
    const found: string[] = [];
    const lines = new Lines((line) => found.push(line));
    for (const byte of Buffer.from('eins ü\nzwei\n\ndrei\n')) lines.take(Buffer.from([byte]));
    expect(found).toEqual(['eins ü', 'zwei', 'drei']);
  });
});

describe('a job as squeue --json tells it', () => {
  test('of 22.05: one state, the exit as wait(2) gives it', () => {
    const job = slurmJobOf({
      job_id: 12,
      array_job_id: 0,
      job_state: 'FAILED',
      state_reason: 'NonZeroExitCode',
      comment: 'trainyard:1-1-a',
      partition: 'gpu',
      nodes: 'n1',
      start_time: 1_795_702_710,
      end_time: 0,
      exit_code: 768,
    });
    expect(job).toMatchObject({
      id: 12,
      submittedAs: 12,
      states: ['FAILED'],
      startTime: 1_795_702_710_000,
      endTime: null,
      exit: { code: 3, signal: null },
    });
  });

  test('of 23.11 and later: a list of states, numbers that say whether they are set', () => {
    const job = slurmJobOf({
      job_id: 12,
      array_job_id: { set: true, infinite: false, number: 10 },
      job_state: ['CANCELLED', 'COMPLETING'],
      state_reason: 'None',
      comment: 'x',
      start_time: { set: true, infinite: false, number: 5 },
      end_time: { set: false, infinite: false, number: 9 },
      exit_code: {
        status: ['SIGNALED'],
        return_code: { set: false, number: 0 },
        signal: { id: { set: true, number: 15 } },
      },
    });
    expect(job).toMatchObject({ submittedAs: 10, startTime: 5_000, endTime: null, exit: { code: 0, signal: 15 } });
  });

  test('anything else is none', () => {
    for (const item of [null, 3, {}, { job_id: 'x' }, { job_id: 1 }]) expect(slurmJobOf(item)).toBeNull();
  });
});

describe('other answers', () => {
  test('the table: a comment may hold bars', () => {
    expect(jobOfRow('7|5|RUNNING|None|gpu|100|Unknown|n[1-2]|trainyard:1|x')).toMatchObject({
      id: 7,
      submittedAs: 5,
      startTime: 100_000,
      endTime: null,
      comment: 'trainyard:1|x',
      exit: null,
    });
    expect(jobOfRow('slurm_load_jobs error: nobody there')).toBeNull();
  });

  test('scontrol: values with spaces end at the next name', () => {
    const line =
      'JobId=34 ArrayJobId=30 JobName=a b=c UserId=root(0) JobState=CANCELLED Reason=None ExitCode=0:15 StartTime=100 EndTime=Unknown Partition=gpu NodeList=(null) Comment=trainyard:9-1-x WorkDir=/a b/c';
    expect(jobOfLine(line)).toMatchObject({
      id: 34,
      submittedAs: 30,
      states: ['CANCELLED'],
      comment: 'trainyard:9-1-x',
      nodes: '',
      exit: { code: 0, signal: 15 },
      endTime: null,
    });
    expect(jobOfLine('No jobs in the system')).toBeNull();
    expect(configOf('ClusterName = yard\nKillWait                = 30 sec\n').get('killwait')).toBe('30 sec');
  });

  test('sacct: who cancelled, tasks of an array, no steps', () => {
    const text =
      '12|CANCELLED by 1000|0:15|100|200|n1|gpu|\n13_4|COMPLETED|0:0|100|200|n1|gpu|trainyard:x\n12.batch|FAILED|1:0|1|2|n1||\n';
    expect(jobsOfSacct(text)).toMatchObject([
      { id: 12, states: ['CANCELLED'], reason: 'by user 1000', exit: { code: 0, signal: 15 } },
      { id: 13, states: ['COMPLETED'], comment: 'trainyard:x' },
    ]);
  });

  test('partitions: GPUs that are allocated, idle and down; types; a node in two partitions', () => {
    const partitions = [
      'PartitionName=gpu Default=YES DefaultTime=01:00:00 MaxTime=UNLIMITED State=UP',
      'PartitionName=all Default=NO DefaultTime=NONE MaxTime=2-00:00:00 State=INACTIVE',
      'PartitionName=secret Hidden=YES State=UP',
    ].join('\n');
    const nodes = [
      'NodeName=n1 Gres=gpu:a100:4(S:0-1) GresUsed=gpu:a100:3(IDX:0-2) State=MIXED Partitions=gpu,all',
      'NodeName=n2 Gres=gpu:h100:8 GresUsed=gpu:h100:0(IDX:N/A) State=IDLE+DRAIN Partitions=gpu',
      'NodeName=n3 Gres=(null) GresUsed=gpu:0 State=DOWN* Partitions=all',
    ].join('\n');
    expect(partitionsOf(partitions, nodes)).toEqual([
      {
        name: 'gpu',
        isDefault: true,
        isUp: true,
        nodes: 2,
        gpus: { total: 12, allocated: 3, idle: 1, down: 8 },
        gpuTypes: [
          { type: 'a100', count: 4 },
          { type: 'h100', count: 8 },
        ],
        defaultSeconds: 3_600,
        maxSeconds: null,
      },
      {
        name: 'all',
        isDefault: false,
        isUp: false,
        nodes: 2,
        gpus: { total: 4, allocated: 3, idle: 1, down: 0 },
        gpuTypes: [{ type: 'a100', count: 4 }],
        defaultSeconds: null,
        maxSeconds: 172_800,
      },
    ]);
  });
});

describe('why a command brought nothing', () => {
  test.each([
    [1, 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)', 'unreachable'],
    [1, 'scancel: error: Kill job error on job id 1: Socket timed out on send/recv operation', 'unreachable'],
    [255, 'ssh: connect to host x port 22: No route to host', 'unreachable'],
    [127, 'sh: 1: squeue: not found', 'unreachable'],
    [null, 'no answer within 30 s', 'unreachable'],
    [1, 'sbatch: error: Batch job submission failed: Invalid partition name specified', 'refused'],
    [1, 'scancel: error: Kill job error on job id 9: Invalid job id specified', 'refused'],
  ] as const)('%s %s', (code, stderr, kind) => {
    expect(failureOf({ code, stdout: '', stderr })).toMatchObject({ kind });
  });

  test('is said without the names of programs', () => {
    const stderr =
      'sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified\n';
    expect(failureOf({ code: 1, stdout: '', stderr })?.words).toBe(
      'Batch job submission failed: Invalid partition name specified',
    );
    expect(failureOf({ code: 0, stdout: '', stderr: '' })).toBeNull();
  });
});
