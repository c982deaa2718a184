import { describe, expect, test } from 'vitest';
import { DESK_TIMING } from '../../../src/main/core/gpu/deskTiming.ts';
import type { GpusAnswer } from '../../../src/main/core/gpu/monitor.ts';
import { emptyNote } from '../../../src/main/core/gpu/notes.ts';
import type { QuarantineNote, RunNote } from '../../../src/main/core/gpu/notes.ts';
import type { Observe } from '../../../src/main/core/gpu/observe.ts';
import { createReleaseCheck } from '../../../src/main/core/gpu/releaseCheck.ts';
import type { ReleaseCheckParts } from '../../../src/main/core/gpu/releaseCheck.ts';
import { gpu, snapshot } from './machine.ts';

const QUICK = { ...DESK_TIMING, releaseBoundMs: 150, askEveryMs: 5, askSlowestMs: 20, settleMs: 40 };
const MEMBERS = [{ pid: 107, start: '55' }];

function check(observe: Observe, over: Partial<ReleaseCheckParts> = {}) {
  const quarantined: QuarantineNote[] = [];
  let atStop: RunNote['atStop'] = {};
  const failure = { reason: 'timeout', message: 'silent', advice: 'wait' } as const;
  const release = createReleaseCheck({
    monitor: { snapshot: () => snapshot(), sampleGpus: () => Promise.resolve({ kind: 'failure', failure }) },
    observe,
    noteOf: () => ({ ...emptyNote(7), atStop }),
    noteAtStop: (_run, used) => {
      atStop = used;
    },
    quarantine: {
      add: (note) => quarantined.push(note),
      wordsFor: () => null,
      formerOwner: () => null,
      [Symbol.dispose]: () => undefined,
    },
    timing: QUICK,
    now: () => 1_000,
    indexOf: () => 0,
    isClosed: () => false,
    ...over,
  });
  return { release, quarantined };
}
/** Answers in turn, the last one again and again. */
function answers(...verdicts: ('back' | 'unsettled' | 'held')[]): Observe & { readonly asked: () => number } {
  let asked = 0;
  const observe: Observe = ({ gpus }) => {
    const verdict = verdicts[Math.min(asked, verdicts.length - 1)];
    asked += 1;
    return Promise.resolve(
      gpus.map((each) => ({
        gpu: each,
        usedMiB: 5,
        verdict:
          verdict === 'held'
            ? { kind: 'held' as const, words: 'too much is in use' }
            : { kind: 'back' as const, proof: 'off', settled: verdict === 'back' },
      })),
    );
  };
  return Object.assign(observe, { asked: () => asked });
}

describe('the end of a run', () => {
  test('without GPUs asks nobody', async () => {
    const observe = answers('held');
    expect(await check(observe).release.released('7-1-x', [], MEMBERS)).toEqual({ memory: [], observations: [] });
    expect(observe.asked()).toBe(0);
  });

  test('is asked about until the memory is back', async () => {
    const observe = answers('held', 'held', 'back');
    const { release, quarantined } = check(observe);
    expect(await release.released('7-1-x', ['GPU-A'], MEMBERS)).toEqual({
      memory: [{ gpu: 'GPU-A', beforeMiB: null, afterMiB: 5 }],
      observations: ['off'],
    });
    expect(observe.asked()).toBe(3);
    expect(quarantined).toEqual([]);
  });

  test('waits a while for used memory when the processes are off the list, and no longer', async () => {
    const { release, quarantined } = check(answers('unsettled'));
    const from = performance.now();
    expect((await release.released('7-1-x', ['GPU-A'], MEMBERS)).observations).toEqual(['off']);
    expect(performance.now() - from).toBeGreaterThanOrEqual(QUICK.settleMs);
    expect(quarantined).toEqual([]);
  });

  test('quarantines what is not back within the bound', async () => {
    const { release, quarantined } = check(answers('held'));
    expect((await release.released('7-1-x', ['GPU-A'], MEMBERS)).observations).toEqual([
      'GPU 0 is quarantined: too much is in use',
    ]);
    expect(quarantined).toEqual([
      { gpu: 'GPU-A', run: '7-1-x', note: emptyNote(7), members: MEMBERS, since: 1_000, words: 'too much is in use' },
    ]);
  });

  test('comes also when the driver hangs for ever', async () => {
    const { release, quarantined } = check(() => new Promise(() => undefined));
    expect(await release.released('7-1-x', ['GPU-A'], MEMBERS)).toEqual({
      memory: [{ gpu: 'GPU-A', beforeMiB: null, afterMiB: null }],
      observations: ['GPU 0 is quarantined: the driver does not answer'],
    });
    expect(quarantined).toMatchObject([{ words: 'the driver does not answer' }]);
  });

  test('a question that the bound cuts off does not unsay the last answer', async () => {
    const once = answers('held');
    const { quarantined, release } = check((looked) =>
      once.asked() === 0 ? once(looked) : new Promise(() => undefined),
    );
    await release.released('7-1-x', ['GPU-A'], MEMBERS);
    expect(quarantined).toMatchObject([{ words: 'too much is in use' }]);
  });

  test('is not reported by an app that goes: the next start asks again', async () => {
    const { release, quarantined } = check(answers('back'), { isClosed: () => true });
    const ended = release.released('7-1-x', ['GPU-A'], MEMBERS).then(() => 'reported');
    expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200, 'kept'))])).toBe('kept');
    expect(quarantined).toEqual([]);
  });
});

describe('the memory before a stop', () => {
  const releaseWith = (last: number | null, fresh: GpusAnswer | null) =>
    check(answers('back'), {
      monitor: {
        snapshot: () => snapshot({ gpus: [gpu('GPU-A', { memoryUsedMiB: last })] }),
        sampleGpus: () => (fresh === null ? new Promise(() => undefined) : Promise.resolve(fresh)),
      },
    }).release;
  const answer = (memoryUsedMiB: number): GpusAnswer => ({
    kind: 'ok',
    gpus: [gpu('GPU-A', { memoryUsedMiB })],
    sampledAt: 1_000,
  });

  test.for([
    ['of the last sample, when nothing newer came', 9_000, null, 9_000],
    ['of a question at the stop, when the last sample was older than the model', 1, answer(9_000), 9_000],
    ['not less than the last sample: it may have let go already', 9_000, answer(3), 9_000],
    ['of the question alone, when there was no sample', null, answer(700), 700],
  ] as const)('%s', async ([, last, fresh, beforeMiB]) => {
    const release = releaseWith(last, fresh);
    release.before('7-1-x', ['GPU-A']);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await release.released('7-1-x', ['GPU-A'], MEMBERS)).memory).toEqual([
      { gpu: 'GPU-A', beforeMiB, afterMiB: 5 },
    ]);
  });

  test('a second request changes nothing', async () => {
    let used = 9_000;
    const { release } = check(answers('back'), {
      monitor: {
        snapshot: () => snapshot({ gpus: [gpu('GPU-A', { memoryUsedMiB: used })] }),
        sampleGpus: () => new Promise(() => undefined),
      },
    });
    release.before('7-1-x', ['GPU-A']);
    used = 10;
    release.before('7-1-x', ['GPU-A']);
    expect((await release.released('7-1-x', ['GPU-A'], MEMBERS)).memory).toMatchObject([{ beforeMiB: 9_000 }]);
  });
});
