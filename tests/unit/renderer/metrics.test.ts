import { describe, expect, it } from 'vitest';
import { CurveReader, LOG_MAX_BYTES, PART_BYTES } from '../../../src/renderer/features/job/curveReader.ts';
import { CurveSet, POINTS_MAX, curveWords, curvesCsv } from '../../../src/renderer/features/job/curves.ts';
import { metricsOfLine } from '../../../src/renderer/features/job/metrics.ts';
import type { LogPart } from '../../../src/shared/contract.ts';

function read(line: string) {
  const found = metricsOfLine(line);
  return found === null ? null : { ...found, values: Object.fromEntries(found.values) };
}

describe('a line of a log', () => {
  it.each([
    ['step=100 loss=0.42 lr=3e-4', { step: 100, values: { loss: 0.42, lr: 3e-4 } }],
    [
      'step  11040/18000 | train_loss 3.0290 | lr 2.34e-04 | grad 0.39 | \u001B[32m413.0k tok/s\u001B[0m | mfu 47.1 %',
      { step: 11_040, totalSteps: 18_000, values: { train_loss: 3.029, lr: 2.34e-4, grad: 0.39, mfu: 47.1 } },
    ],
    ['Epoch 3/10: val_loss: 1.25, val_acc: 0.5', { epoch: 3, step: null, values: { val_loss: 1.25, val_acc: 0.5 } }],
    [
      "{'loss': 0.4231, 'grad_norm': 1.5, 'learning_rate': 2e-05, 'epoch': 0.31}",
      { step: null, epoch: 0.31, values: { loss: 0.4231, grad_norm: 1.5, learning_rate: 2e-5 } },
    ],
    ["{'eval_loss': '0.5', 'eval_runtime': '12.1', 'epoch': '1.0'}", { epoch: 1, values: { eval_loss: 0.5 } }],
    [
      '{"step": 7, "metrics": {"loss": 1.5, "acc": 0.25}, "time": 12, "ok": true}',
      { step: 7, values: { loss: 1.5, acc: 0.25 } },
    ],
    [
      'train:  62%|██████    | 620/1000 [00:10<00:06, 60.01it/s, loss=0.42, v_num=3]',
      { step: 620, totalSteps: 1_000, values: { loss: 0.42 } },
    ],
    ['iter 20: loss 4.1234, time 300.5ms', { step: 20, values: { loss: 4.1234 } }],
    ['loss: nan', { values: { loss: Number.NaN } }],
    ['loss=-inf step=2', { step: 2, values: { loss: -Infinity } }],
    ['  1%|▏         | 1/100 [00:00<00:10]', { step: 1, values: {} }],
  ])('%s', (line, expected) => {
    expect(read(line)).toMatchObject(expected);
  });

  it.each([
    'Listening on port 8080',
    'Loaded 12 files in 3.5 s',
    '2026-05-12 14:26:00 INFO starting',
    'sha256 loss3f2a',
    'no numbers at all',
    '{"broken": 1',
    `loss=1 ${'x'.repeat(5_000)}`,
  ])('“%s” tells no metric', (line) => {
    expect(metricsOfLine(line.slice(0, 6_000))?.values.size ?? 0).toBe(0);
  });
});

describe('the curves of a run', () => {
  const of = (...lines: readonly string[]) => {
    const set = new CurveSet();
    for (const line of lines) set.add(line);
    return set.curves;
  };

  it('has one curve for each metric over the steps, losses first', () => {
    const curves = of('step=1 lr=0.1 loss=4', 'step=2 lr=0.1 loss=3');
    expect(curves.map(({ name }) => name)).toEqual(['loss', 'lr']);
    expect(curves[0]).toMatchObject({ axis: 'step', xs: [1, 2], ys: [4, 3] });
  });

  it('gives a Trainer’s dict the step of the training bar, not that of an evaluation’s', () => {
    const [loss, evaluation] = of(
      ' 10%|# | 10/100 [00:01<00:09]',
      "{'loss': 2.0, 'epoch': 0.1}",
      ' 20%|## | 20/100 [00:02<00:08]',
      ' 50%|# | 5/10 [00:00<00:00]',
      "{'eval_loss': 1.5, 'epoch': 0.2}",
    );
    expect([loss?.xs, evaluation?.xs]).toEqual([[10], [20]]);
  });

  it('counts on where each epoch counts from the beginning', () => {
    const [loss] = of('epoch 1 step 50 loss 3', 'epoch 1 step 100 loss 2', 'epoch 2 step 50 loss 1');
    expect(loss?.xs).toEqual([50, 100, 150]);
  });

  it('stands over epochs or the order of the lines where there are no steps', () => {
    expect(of('epoch 1 loss 3', 'epoch 2 loss 2')[0]).toMatchObject({ axis: 'epoch', xs: [1, 2] });
    expect(of('loss 3', 'loss 2')[0]).toMatchObject({ axis: 'reading', xs: [1, 2] });
  });

  it('keeps x rising, one value for each step, and a gap where it is no number', () => {
    const [loss] = of('step=1 loss=4', 'step=3 loss=nan', 'step=2 loss=3', 'step=1 loss=5');
    expect(loss).toMatchObject({ xs: [1, 2, 3], ys: [5, 3, null] });
  });

  it('lets every second point go before there are too many, and keeps the ends', () => {
    const [loss] = of(...Array.from({ length: 50_001 }, (_, step) => `step=${step} loss=${step / 2}`));
    expect(loss?.xs.length).toBeLessThanOrEqual(POINTS_MAX);
    expect([loss?.xs[0], loss?.xs.at(-1), loss?.ys.at(-1)]).toEqual([0, 50_000, 25_000]);
  });

  it('says in one sentence what it shows, and all of it as a table', () => {
    const [loss] = of('step=100 loss=4.93', 'step=5000 loss=3.0', 'step=11160 loss=3.021');
    if (loss === undefined) throw new Error('no curve');
    expect(curveWords(loss)).toBe('loss: from 4.930 at step 100 to 3.021 at step 11,160, lowest 3.000, highest 4.930');
    expect(curvesCsv([loss]).split('\n')[1]).toBe('"loss",step,100,4.93');
    expect(curveWords({ ...loss, ys: [null] })).toBe('loss: no number yet');
  });
});

describe('reading a log for its curves', () => {
  function reader(size: number, textAt: (offset: number) => string, isOver = true) {
    const asked: { offset: number; limit: number; waitMs: number }[] = [];
    let done = () => undefined as void;
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    const made = new CurveReader(1, {
      read: async ({ offset = 0, limit = 0, waitMs = 0 }): Promise<LogPart> => {
        asked.push({ offset, limit, waitMs });
        if (waitMs > 0) {
          done();
          return new Promise<LogPart>(() => undefined);
        }
        const nextOffset = Math.min(size, offset + limit);
        const complete = isOver && nextOffset === size;
        if (complete) setTimeout(done);
        return { text: textAt(offset), offset, nextOffset, size, complete };
      },
      pause: () => Promise.resolve(),
      onPoints: () => undefined,
      onProblem: () => done(),
    });
    made.start();
    return { made, asked, finished };
  }

  it('reads part after part, and a line that is cut between two', async () => {
    const { made, asked, finished } = reader(PART_BYTES + 100, (offset) =>
      offset === 0 ? 'step=1 loss=3\nstep=2 lo' : 'ss=2\nstep=3 loss=1',
    );
    await finished;
    expect(asked.map(({ offset }) => offset)).toEqual([0, PART_BYTES]);
    expect(made.curves.curves[0]).toMatchObject({ xs: [1, 2, 3], ys: [3, 2, 1] });
  });

  it('leaves the middle of an enormous log out, and says how much', async () => {
    const size = LOG_MAX_BYTES + 10 * PART_BYTES;
    const { made, asked, finished } = reader(size, () => '');
    await finished;
    expect(asked[1]?.offset).toBe(size - LOG_MAX_BYTES);
    expect(made.skipped).toBe(9 * PART_BYTES);
    expect(Math.max(...asked.map(({ limit }) => limit))).toBeLessThanOrEqual(PART_BYTES);
  });

  it('waits for more at the end of a run that goes on, and not after it was stopped', async () => {
    const { made, asked, finished } = reader(20, () => 'step=1 loss=3\n', false);
    await finished;
    expect(asked.at(-1)?.waitMs).toBeGreaterThan(0);
    made.stop();
    expect(made.curves.curves[0]?.ys).toEqual([3]);
  });
});
