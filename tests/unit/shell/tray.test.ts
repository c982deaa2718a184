import { describe, expect, test } from 'vitest';
import { isPanelDark } from '../../../src/main/shell/tray/panelTheme.ts';
import { TrayBook } from '../../../src/main/shell/tray/trayBook.ts';
import { isSameInKind, trayModel } from '../../../src/main/shell/tray/trayModel.ts';
import type { TrayEntry, TrayModel } from '../../../src/main/shell/tray/trayModel.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../src/shared/gpu.ts';
import type { JobView } from '../../../src/shared/job.ts';
import type { QueueView } from '../../../src/shared/contract.ts';
import { NOW, change, job, queueOf, snapshotOf, stop } from './jobs.ts';

function modelOf(jobs: readonly JobView[], queue: Partial<QueueView> = {}): TrayModel {
  return trayModel(new TrayBook(snapshotOf(jobs, queue)), (at) => `+${(at - NOW) / 1_000}s`);
}

function labelsOf(entries: readonly TrayEntry[]): readonly string[] {
  return entries.map((entry) => (entry.kind === 'separator' ? '—' : entry.label));
}

function commandOf({ entries }: TrayModel, label: string | RegExp): unknown {
  const entry = entries.find((line) => line.kind !== 'separator' && line.label.match(label) !== null);
  return entry?.kind === 'item' ? entry.command : null;
}

const SCENE = [
  job(148, 'running', {
    name: 'gpt2-350m-fineweb',
    progress: { fraction: 0.629, position: 'step 1 of 2', loss: null, secondsLeft: 72 * 60 },
  }),
  job(151, 'pending', { name: 'clip-probe', startedAt: null }),
  job(139, 'running', { name: 'vit-l', stop: stop('stuck'), heldGpus: ['gpu-1'] }),
  job(147, 'running', { name: 'sdxl-lora', stop: stop('terminating') }),
  job(152, 'queued', { name: 'llama3.2-3b-sft', sentence: 'needs 2 GPUs, 1 free' }),
];

describe('the menu', () => {
  test('names every run with its progress, what can be forced, and who is next with the scheduler’s reason', () => {
    expect(labelsOf(modelOf(SCENE).entries)).toEqual([
      '2 running · 1 queued · 1 cancelling · 1 stuck',
      '—',
      'Cancel #148 gpt2-350m-fineweb — 62 %, 1 h 12 m left',
      'Cancel #151 clip-probe — starting',
      'Force #147 sdxl-lora — SIGKILL at +9s',
      'Force #139 vit-l — stuck on GPU 1',
      '—',
      'Next in the queue',
      'Cancel #152 llama3.2-3b-sft — needs 2 GPUs, 1 free',
      '—',
      'Cancel all queued (1)',
      'Pause queue',
      '—',
      'Open Trainyard',
      'Quit…',
    ]);
  });

  test('a click asks for the job that the label names, with force only where a stop is under way', () => {
    const model = modelOf(SCENE);
    expect(commandOf(model, /#148/)).toEqual({ kind: 'cancel', jobId: 148, force: false });
    expect(commandOf(model, /#147/)).toEqual({ kind: 'cancel', jobId: 147, force: true });
    expect(commandOf(model, /#152/)).toEqual({ kind: 'cancel', jobId: 152, force: false });
    expect(commandOf(model, 'Pause queue')).toEqual({ kind: 'mode', mode: 'pause' });
    expect(commandOf(modelOf(SCENE, { mode: 'drain' }), 'Resume queue')).toEqual({ kind: 'mode', mode: 'run' });
  });

  test('one slip does not empty the queue: the command stands one level deeper', () => {
    const entry = modelOf(SCENE).entries.find((line) => line.kind === 'submenu');
    expect(entry).toMatchObject({ entries: [{ label: 'Cancel 1 queued job', command: { kind: 'cancel-queued' } }] });
  });

  test('nothing can be forced while the last check is made', () => {
    const model = modelOf([job(1, 'running', { stop: stop('verifying') })]);
    expect(model.entries).toContainEqual({ kind: 'text', label: 'Force #1 job-1 — checking that nothing is left' });
  });

  test('an idle yard has no word about jobs', () => {
    expect(labelsOf(modelOf([]).entries)).toEqual([
      '0 running · 0 queued',
      '—',
      'Pause queue',
      '—',
      'Open Trainyard',
      'Quit',
    ]);
  });

  test('of many runs what is stuck is never left out', () => {
    const many = Array.from({ length: 40 }, (_, place) => job(place + 1, 'running'));
    const { entries } = modelOf([...many, job(99, 'running', { stop: stop('stuck') })]);
    const labels = labelsOf(entries);
    expect(labels.filter((label) => label.startsWith('Cancel #'))).toHaveLength(11);
    expect(labels).toContain('Force #99 job-99 — stuck in the kernel');
    expect(labels).toContain('29 more in the window');
  });

  test('the next ones stand in the order of their turns, without those that are held', () => {
    const { entries } = modelOf([
      job(1, 'queued', { held: true }),
      job(2, 'queued'),
      job(3, 'queued'),
      job(4, 'queued'),
      job(5, 'queued', { priority: 9 }),
    ]);
    expect(
      labelsOf(entries)
        .filter((label) => label.startsWith('Cancel #'))
        .map((label) => label.split(' ')[1]),
    ).toEqual(['#5', '#2', '#3']);
  });

  test('long names and sentences are shortened, not the number', () => {
    const [label] = labelsOf(
      modelOf([job(7, 'queued', { name: 'n'.repeat(200), sentence: 's'.repeat(200) })]).entries,
    ).filter((text) => text.startsWith('Cancel #7'));
    expect(label).toMatch(/^Cancel #7 n{27}… — s{43}…$/);
  });

  test('is written the same as long as nothing that is shown changes, so that it is not rebuilt', () => {
    const at = (secondsLeft: number): TrayModel =>
      modelOf([job(1, 'running', { progress: { fraction: 0.5, position: null, loss: secondsLeft, secondsLeft } })]);
    expect(at(600)).toEqual(at(612));
  });
});

describe('what may wait to be drawn', () => {
  const running = (fraction: number): JobView =>
    job(1, 'running', { progress: { fraction, position: null, loss: null, secondsLeft: null } });

  test('a progress, but nothing that can be clicked, and no other icon', () => {
    const model = modelOf([running(0.1), job(2, 'queued')]);
    expect(isSameInKind(model, modelOf([running(0.2), job(2, 'queued', { sentence: 'waits' })]))).toBe(true);
    expect(isSameInKind(model, modelOf([running(0.1)]))).toBe(false);
    expect(isSameInKind(model, modelOf([job(1, 'running', { stop: stop('asked') }), job(2, 'queued')]))).toBe(false);
    expect(isSameInKind(model, modelOf([running(0.1), job(2, 'queued')], { notice: 'look here' }))).toBe(false);
  });
});

describe('the icon', () => {
  test.each([
    ['idle', [], {}],
    ['paused', [], { mode: 'pause' }],
    ['running', [job(1, 'running')], { mode: 'pause' }],
    ['stopping', [job(1, 'running'), job(2, 'running', { stop: stop('asked') })], {}],
    ['attention', [job(1, 'running', { stop: stop('stuck') }), job(2, 'running', { stop: stop('asked') })], {}],
    ['attention', [], { notice: 'The queue is paused: the runner could not be started.' }],
  ] as const)('%s', (icon, jobs, queue) => {
    expect(modelOf(jobs, queue).icon).toBe(icon);
  });

  test('its tooltip counts, and says when nothing new starts', () => {
    expect(modelOf(SCENE, { mode: 'pause' }).tooltip).toBe(
      'Trainyard: 2 running · 1 queued · 1 cancelling · 1 stuck · queue paused',
    );
  });

  test.each([
    [{ platform: 'linux', desktop: 'ubuntu:GNOME', darkPrograms: false, darkTaskbar: false }, true],
    [{ platform: 'linux', desktop: 'KDE', darkPrograms: false, darkTaskbar: false }, false],
    [{ platform: 'linux', desktop: 'KDE', darkPrograms: true, darkTaskbar: false }, true],
    [{ platform: 'win32', desktop: '', darkPrograms: false, darkTaskbar: true }, true],
  ] as const)('is drawn for the panel it stands in: %j', (facts, dark) => {
    expect(isPanelDark(facts)).toBe(dark);
  });
});

describe('the book', () => {
  test('follows a job from the queue through its run to its end', () => {
    const book = new TrayBook(snapshotOf([job(1, 'queued')]));
    expect(book.takeChange(change('job.claimed', job(1, 'pending')))).toBe(true);
    expect([[...book.waiting.keys()], [...book.live.keys()]]).toEqual([[], [1]]);
    book.takeProgress({ jobId: 1, progress: { fraction: 0.5, position: null, loss: null, secondsLeft: null } });
    expect(book.live.get(1)?.progress?.fraction).toBe(0.5);
    expect(book.takeChange(change('job.ended', job(1, 'completed'), { seq: 12 }))).toBe(true);
    expect(book.live.size).toBe(0);
  });

  test('takes no change twice, and says so when some were missed', () => {
    const book = new TrayBook(snapshotOf([job(1, 'running')]));
    expect(book.takeChange(change('job.ended', job(1, 'completed'), { seq: 10 }))).toBe(true);
    expect(book.live.size).toBe(1);
    expect(book.takeChange(change('job.ended', job(1, 'completed'), { seq: 14 }))).toBe(false);
  });

  test('knows why a job waits now, and GPUs that came later', () => {
    const book = new TrayBook({ ...snapshotOf([job(1, 'queued')]), gpus: GPU_SNAPSHOT_AT_START });
    book.takeBlockers([
      { jobId: 1, sentence: 'the queue is paused' },
      { jobId: 77, sentence: 'nobody knows it' },
    ]);
    expect(book.waiting.get(1)?.sentence).toBe('the queue is paused');
    book.takeGpus(snapshotOf([]).gpus);
    expect(book.gpuIndexes.get('gpu-1')).toBe(1);
  });

  test('10 000 jobs that leave at once are taken in one by one without copies of the rest', () => {
    const jobs = Array.from({ length: 10_000 }, (_, place) => job(place + 1, 'queued'));
    const book = new TrayBook(snapshotOf(jobs));
    const queue = queueOf([]);
    jobs.forEach(({ id }, place) => {
      book.takeChange(change('job.ended', job(id, 'cancelled'), { seq: 11 + place, queue }));
    });
    expect(book.waiting.size).toBe(0);
  });
});
