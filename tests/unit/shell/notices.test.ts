import { describe, expect, test } from 'vitest';
import { admit, BURST_MS, NO_BURST } from '../../../src/main/shell/notifications/burst.ts';
import type { BurstState } from '../../../src/main/shell/notifications/burst.ts';
import { jobNotice } from '../../../src/main/shell/notifications/jobNotice.ts';
import type { Notice } from '../../../src/main/shell/notifications/notice.ts';
import { afterChange, NO_RUNS } from '../../../src/main/shell/notifications/queueEnd.ts';
import type { Tally } from '../../../src/main/shell/notifications/queueEnd.ts';
import { serverNotice } from '../../../src/main/shell/notifications/serverNotice.ts';
import type { JobStatus, JobView } from '../../../src/shared/job.ts';
import { required } from '../../../src/shared/result.ts';
import { NOW, UNSEEN, change, job, queueOf, stop } from './jobs.ts';

/** What is told when a job has ended. */
function endOf(about: JobView): Notice {
  return required(jobNotice(change('job.ended', about), UNSEEN), 'it is told');
}

function leftQueue(id: number): JobView {
  return job(id, 'cancelled', { startedAt: null, stop: stop('verifying'), sentence: 'no process was made' });
}

describe('what is told about a job', () => {
  test('completed: the domain’s sentence and how long it took; a click opens the log', () => {
    expect(endOf(job(1, 'completed', { name: 'resnet', sentence: 'epoch 90 of 90 · exit 0' }))).toEqual({
      key: 'job-1',
      kind: 'completed',
      title: 'resnet completed',
      body: 'epoch 90 of 90 · exit 0 · after 30 s',
      urgent: false,
      click: { kind: 'reveal', jobId: 1, tab: 'log' },
      actions: [{ id: 'open', label: 'Open', deed: { kind: 'reveal', jobId: 1, tab: 'log' } }],
    });
  });

  test('failed: the reason in words, Show log first, then Requeue', () => {
    const { body, actions } = endOf(job(2, 'failed', { sentence: 'CUDA out of memory · exit 1' }));
    expect(body).toBe('CUDA out of memory · exit 1 · after 30 s');
    expect(actions.map(({ label }) => label)).toEqual(['Show log', 'Requeue']);
    expect(actions[1]?.deed).toEqual({ kind: 'requeue', jobIds: [2] });
  });

  test('a cancelled run brings its receipt’s line; what had only waited can be put back', () => {
    const ran = endOf(job(3, 'cancelled', { sentence: '12 processes gone, 1.8 s', stop: stop('verifying') }));
    expect([ran.body, ran.actions[0]?.deed]).toEqual([
      '12 processes gone, 1.8 s',
      { kind: 'reveal', jobId: 3, tab: 'receipt' },
    ]);
    expect(endOf(leftQueue(4)).actions).toEqual([
      { id: 'undo', label: 'Undo', deed: { kind: 'requeue', jobIds: [4] } },
    ]);
  });

  test('stuck is urgent, offers Force, and the end of the job takes its place', () => {
    const held = job(5, 'running', { stop: stop('stuck'), heldGpus: ['gpu-1'], sentence: 'the kernel holds it' });
    const notice = jobNotice(change('job.stop-stage', held), UNSEEN);
    expect(notice).toMatchObject({
      title: 'job-5 will not exit',
      body: 'the kernel holds it. GPU 1 stays reserved; other jobs go on.',
      urgent: true,
    });
    expect(notice?.actions.map(({ label }) => label)).toEqual(['Force', 'Details']);
    expect(endOf(job(5, 'cancelled', { stop: stop('verifying') })).key).toBe(notice?.key);
  });

  test('nothing is told about the steps in between', () => {
    const stopping = job(6, 'running', { stop: stop('killing') });
    for (const kind of ['job.submitted', 'job.claimed', 'job.started', 'job.stop-asked', 'job.stop-stage']) {
      expect(jobNotice(change(kind, stopping), UNSEEN)).toBeNull();
    }
  });

  test.each(['completed', 'failed', 'cancelled'] as const)('%s can be switched off alone', (kind) => {
    const facts = { ...UNSEEN, wanted: { ...UNSEEN.wanted, [kind]: false } };
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      const told = jobNotice(change('job.ended', job(1, status)), facts);
      expect(told === null).toBe(status === kind);
    }
  });

  test('nobody is told what he looks at, and everybody what he does not', () => {
    const told = (looking: { focused: boolean; jobId: number | null }, about: JobView): boolean =>
      jobNotice(change('job.ended', about), { ...UNSEEN, looking }) !== null;
    expect(told({ focused: true, jobId: 1 }, job(1, 'failed'))).toBe(false);
    expect(told({ focused: true, jobId: 2 }, job(1, 'failed'))).toBe(true);
    expect(told({ focused: false, jobId: 1 }, job(1, 'failed'))).toBe(true);
    const byHand = job(1, 'cancelled', { stop: stop('verifying', { by: 'window' }) });
    expect(told({ focused: true, jobId: null }, byHand)).toBe(false);
    expect(told({ focused: false, jobId: null }, byHand)).toBe(true);
  });
});

describe('the end of the queue', () => {
  /** Ends jobs one after the other; the last one leaves `left` waiting. */
  function end(statuses: readonly JobStatus[], left: JobView[] = [], mode: 'run' | 'drain' | 'pause' = 'run') {
    let tally: Tally = NO_RUNS;
    let finished = null;
    statuses.forEach((status, place) => {
      const others = place < statuses.length - 1 ? [job(99, 'running')] : left;
      const about = job(place + 1, status);
      ({ tally, finished } = afterChange(
        tally,
        change('job.ended', about, { queue: queueOf([about, ...others], { mode }) }),
      ));
    });
    return { tally, finished } as ReturnType<typeof afterChange>;
  }

  test('is told once, with what became of the runs', () => {
    const { tally, finished } = end(['completed', 'failed', 'completed']);
    expect(finished).toMatchObject({
      runs: 3,
      notice: { title: 'The queue has finished', body: '2 completed, 1 failed.' },
    });
    expect(tally).toEqual(NO_RUNS);
  });

  test('has not come while something waits that will start', () => {
    expect(end(['completed'], [job(8, 'queued')]).finished).toBeNull();
  });

  test('comes with the last run when the queue drains or is paused', () => {
    expect(end(['completed'], [job(8, 'queued')], 'drain').finished?.notice).toMatchObject({
      title: 'The queue has drained',
      body: '1 completed. 1 waits until you press Run.',
    });
    expect(end(['completed'], [], 'pause').finished?.notice.title).toBe('The last run has ended');
  });

  test('a job that only left the queue is no run', () => {
    const about = leftQueue(1);
    expect(afterChange(NO_RUNS, change('job.ended', about)).finished).toBeNull();
  });
});

describe('a burst', () => {
  const completed = (id: number): Notice => endOf(job(id, 'completed'));

  function admitOneByOne(notices: readonly Notice[], gapMs: number) {
    let state: BurstState = NO_BURST;
    return notices.map((notice, place) => {
      const admission = admit(state, [notice], NOW + place * gapMs);
      state = admission.state;
      return admission;
    });
  }

  test('three are told one by one; the fourth within 5 s stands for all, and grows', () => {
    const [, , third, fourth, fifth] = admitOneByOne([1, 2, 3, 4, 5].map(completed), 1_000);
    expect(third?.show.map(({ key }) => key)).toEqual(['job-3']);
    expect(fourth?.withdraw).toEqual(['job-1', 'job-2', 'job-3']);
    expect(fourth?.show.map(({ title }) => title)).toEqual(['4 jobs: 4 completed']);
    expect(fifth?.show).toMatchObject([{ key: fourth?.show[0]?.key, title: '5 jobs: 5 completed' }]);
    expect(fifth?.show[0]?.body).toBe('job-1 completed, job-2 completed, job-3 completed and 2 more.');
  });

  test('four over a longer time are four', () => {
    const admissions = admitOneByOne([1, 2, 3, 4].map(completed), BURST_MS / 3 + 1);
    expect(admissions.flatMap(({ show }) => show.map(({ key }) => key))).toEqual(['job-1', 'job-2', 'job-3', 'job-4']);
  });

  test('many at once are one from the beginning, and Undo puts all of them back', () => {
    const { show, withdraw } = admit(
      NO_BURST,
      [1, 2, 3, 4, 5].map((id) => endOf(leftQueue(id))),
      NOW,
    );
    expect(withdraw).toEqual([]);
    expect(show).toMatchObject([{ title: '5 queued jobs cancelled' }]);
    expect(show[0]?.actions[0]).toEqual({
      id: 'undo',
      label: 'Undo',
      deed: { kind: 'requeue', jobIds: [1, 2, 3, 4, 5] },
    });
  });

  test('the one that failed is named first, and a click leads to it', () => {
    const failed = endOf(job(4, 'failed', { name: 'bad' }));
    const { show } = admit(NO_BURST, [completed(1), completed(2), completed(3), failed], NOW);
    expect(show[0]).toMatchObject({
      title: '4 jobs: 3 completed, 1 failed',
      click: { kind: 'reveal', jobId: 4, tab: 'log' },
    });
    expect(show[0]?.body).toMatch(/^bad failed, /);
  });

  test('what needs a person is never put together with the rest', () => {
    const stuck = required(
      jobNotice(change('job.stop-stage', job(9, 'running', { stop: stop('stuck') })), UNSEEN),
      'it is told',
    );
    const { show } = admit(NO_BURST, [1, 2, 3, 4].map(completed).concat(stuck), NOW);
    expect(show.map(({ key }) => key)).toContain('job-9');
  });

  test('a job that ends twice within the time is counted once, with its later end', () => {
    const { show } = admit(NO_BURST, [1, 2, 3, 4, 1].map(completed), NOW);
    expect(show[0]?.title).toBe('4 jobs: 4 completed');
  });
});

describe('what a server is sent', () => {
  const notice = endOf(job(1, 'failed', { name: 'a<b>', sentence: 'exit 1 & <more>' }));

  test('markup is escaped only where it would be read as such', () => {
    expect(serverNotice(notice, new Set(['body', 'body-markup'])).body).toMatch(/^exit 1 &amp; &lt;more&gt;/);
    expect(serverNotice(notice, new Set(['body']))).toMatchObject({ summary: 'a<b> failed', actions: [] });
    expect(serverNotice(notice, new Set(['body'])).body).toMatch(/^exit 1 & <more>/);
  });

  test('buttons go in their order after the plain click', () => {
    expect(serverNotice(notice, new Set(['actions', 'body'])).actions).toEqual([
      'default',
      'Open',
      'log',
      'Show log',
      'requeue',
      'Requeue',
    ]);
  });

  test('a server without bodies says it all in the title', () => {
    expect(serverNotice(notice, new Set())).toMatchObject({
      summary: 'a<b> failed: exit 1 & <more> · after 30 s',
      body: '',
    });
  });
});
