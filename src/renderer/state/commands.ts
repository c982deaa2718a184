import type { StoreApi } from 'zustand/vanilla';
import type { CancelOutcome, QueueMode } from '../../shared/contract.ts';
import type { JobSubmission, JobView } from '../../shared/job.ts';
import type { Api } from '../bridge.ts';
import { ApiFailure } from '../bridge.ts';
import { counted, formatBytes } from '../ui/format.ts';
import type { Announcer } from './announcer.ts';
import { withFetched, withGpus } from './changes.ts';
import { isLive, isOver } from './jobState.ts';
import type { PlaceChange } from './queuePlace.ts';
import { jobIdOf } from './rowList.ts';
import { jobOf, queuedInOrder, rowsOf } from './rows.ts';
import { SORT_WORDS, chosenSort } from './sort.ts';
import type { Sort } from './sort.ts';
import { submissionFrom } from './submissions.ts';
import type { CancelManyQuestion, WindowState } from './windowState.ts';

/** How long a cancelled queued job can be put back with one click. */
export const UNDO_MS = 8_000;
/** The core takes no more by one request. */
const DELETED_AT_ONCE = 500;

/** What a person can do. Each sends one command; what became of it arrives as a change. Refusals are shown, not thrown. */
export interface Commands {
  /** Cancels a job; a second call while the first is on its way, or `force`, takes the next rung now. */
  cancel(jobId: number, force: boolean): Promise<void>;
  extend(jobId: number): Promise<void>;
  cancelMany(which: CancelManyQuestion): Promise<void>;
  /** Cancels several jobs in one go; where that would stop more than queued ones, it asks first. */
  cancelChosen(jobIds: Iterable<number>): Promise<void>;
  /** Holds, releases or moves a queued job, and says where it stands. */
  place(jobId: number, change: PlaceChange): Promise<void>;
  /** Stops a process that an earlier run left behind; pid and start time name it. */
  stopOrphan(pid: number, start: string): Promise<void>;
  /** Queues a finished job again: the same job, a new run. */
  requeue(jobId: number): Promise<void>;
  undo(): Promise<void>;
  /** Opens the log of a job's last run in the desktop's editor. */
  openLog(jobId: number): Promise<void>;
  /** Shows the folder of a job's last run in the file manager. */
  showFiles(jobId: number): Promise<void>;
  /** Deletes finished jobs with their files, and selects the row that takes their place. */
  deleteJobs(jobIds: readonly number[]): Promise<void>;
  /** Sorts running and finished jobs, the other way round when they are sorted so already; remembered for the next window. */
  sortBy(by: Sort['by']): void;
  setMode(mode: QueueMode): Promise<void>;
  lookAgain(): Promise<void>;
  /** Asks for finished jobs that are scrolled to. */
  fetchJobs(jobIds: readonly number[]): Promise<void>;
  /** Submits a job and selects it. Throws the refusal: the form shows it at its field. */
  submit(submission: JobSubmission): Promise<JobView>;
  /** Submits one without a form, such as a sample; a refusal is shown as a notice. */
  submitAtOnce(submission: JobSubmission): Promise<void>;
  /** Opens the New run dialog filled in from a job, or with `atOnce` adds the same job without asking. */
  runAgain(job: JobView, atOnce: boolean): Promise<void>;
}

/** Makes the commands of one window; `onSort` keeps what was chosen for the next one. */
export function createCommands(
  api: Api,
  store: StoreApi<WindowState>,
  announcer: Announcer,
  onSort: (sort: Sort) => void = () => undefined,
): Commands {
  const set = (patch: Partial<WindowState>) => store.setState(patch);

  function noteFailure(cause: unknown): string {
    const message = cause instanceof Error ? cause.message : 'Something went wrong in the window; the queue goes on.';
    if (!(cause instanceof ApiFailure)) set({ connection: 'gone' });
    else if (cause.code === 'DATABASE') {
      set({ database: message });
      announcer.alert(message);
    }
    return message;
  }
  function refuse(jobId: number, message: string): void {
    set({ refusals: new Map(store.getState().refusals).set(jobId, message) });
    announcer.say(message);
  }
  function setBusy(jobId: number, isBusy: boolean): void {
    const busyJobs = new Set(store.getState().busyJobs);
    if (isBusy) busyJobs.add(jobId);
    else busyJobs.delete(jobId);
    set({ busyJobs });
  }
  async function atJob<T>(jobId: number, command: () => Promise<T>): Promise<T | null> {
    setBusy(jobId, true);
    try {
      return await command();
    } catch (cause) {
      const message = noteFailure(cause);
      if (cause instanceof ApiFailure) refuse(jobId, message);
      return null;
    } finally {
      setBusy(jobId, false);
    }
  }
  async function quietly(command: () => Promise<void>): Promise<void> {
    try {
      set({ notice: null });
      await command();
    } catch (cause) {
      const message = noteFailure(cause);
      if (cause instanceof ApiFailure && cause.code !== 'DATABASE') set({ notice: message });
    }
  }
  function offerUndo(answers: readonly CancelOutcome[]): void {
    const added = answers
      .filter((answer) => answer.result === 'cancelled' && answer.previousStatus === 'queued')
      .map((answer) => answer.jobId);
    if (added.length === 0) return;
    // Jobs cancelled one after the other are put back together.
    const jobIds = [...(store.getState().undo?.jobIds ?? []), ...added];
    const text =
      jobIds.length === 1
        ? `#${jobIds[0] ?? ''} cancelled`
        : `${counted(jobIds.length, 'queued job', 'queued jobs')} cancelled`;
    set({ undo: { jobIds, text } });
    announcer.say(`${text}. Undo: Control Z`);
  }

  const commands: Commands = {
    async cancel(jobId, force) {
      const answer = await atJob(jobId, () => api.request('jobs.cancel', { jobId, force }));
      if (answer === null) return;
      if (answer.result === 'already-finished') refuse(jobId, answer.message);
      offerUndo([answer]);
    },
    async extend(jobId) {
      await atJob(jobId, () => api.request('jobs.extend', { jobId }));
    },
    cancelMany: (which) =>
      quietly(async () => {
        set({ question: null });
        const jobs = typeof which === 'string' ? which : [...which];
        const { answers } = await api.request('jobs.cancelMany', { jobs });
        offerUndo(answers);
      }),
    async cancelChosen(jobIds) {
      const jobs = [...jobIds].flatMap((id) => jobOf(store.getState(), id) ?? []);
      const open = jobs.filter((job) => !isOver(job));
      const [first] = jobs;
      if (open.length === 0) {
        if (first !== undefined) await commands.cancel(first.id, false);
        return;
      }
      const ids = open.map(({ id }) => id);
      if (open.some(isLive)) set({ question: ids });
      else await commands.cancelMany(ids);
    },
    async place(jobId, change) {
      const job = await atJob(jobId, () => api.request('jobs.place', { jobId, ...change }));
      if (job === null) return;
      if (change.held !== undefined) announcer.say(`#${jobId} ${job.held ? 'held' : 'released'}`);
      else announcer.say(placeWords({ ...store.getState() }, job));
    },
    stopOrphan: (pid, start) =>
      quietly(async () => {
        const { orphans } = await api.request('orphans.stop', { pid, start });
        set({ orphans });
        announcer.say(`Process ${pid} is being stopped`);
      }),
    async requeue(jobId) {
      const job = await atJob(jobId, () => api.request('jobs.requeue', { jobId }));
      if (job !== null) announcer.say(`#${jobId} put back in the queue, run ${job.attempt}`);
    },
    undo: () =>
      quietly(async () => {
        const offer = store.getState().undo;
        if (offer === null) return;
        set({ undo: null });
        for (const jobId of offer.jobIds) await api.request('jobs.requeue', { jobId });
        announcer.say(`${counted(offer.jobIds.length, 'job', 'jobs')} put back in the queue`);
      }),
    openLog: (jobId) =>
      quietly(async () => {
        await api.request('shell.openLog', { jobId });
      }),
    showFiles: (jobId) =>
      quietly(async () => {
        await api.request('shell.showFiles', { jobId });
      }),
    async deleteJobs(jobIds) {
      const next = rowAfter(store.getState(), jobIds);
      let count = 0;
      let freed = 0;
      await quietly(async () => {
        for (let from = 0; from < jobIds.length; from += DELETED_AT_ONCE) {
          const answer = await api.request('jobs.delete', { jobs: jobIds.slice(from, from + DELETED_AT_ONCE) });
          count += answer.deleted.length;
          freed += answer.freedBytes;
          if (answer.problem !== null) set({ notice: answer.problem });
        }
        announcer.say(`${counted(count, 'job', 'jobs')} deleted, ${formatBytes(freed)} freed`);
      });
      const { selectedId, panelOpen, undo } = store.getState();
      const isDeleted = selectedId !== null && count > 0 && jobIds.includes(selectedId);
      set({
        deletion: null,
        // What is gone cannot be put back.
        undo: undo?.jobIds.some((id) => jobIds.includes(id)) === true ? null : undo,
        ...(isDeleted ? { selectedId: next, selection: new Set<number>(), panelOpen: false } : { panelOpen }),
      });
    },
    sortBy(by) {
      const sort = chosenSort(store.getState().sort, by);
      set({ sort });
      onSort(sort);
      const direction = sort.by === 'usual' ? '' : `, ${sort.descending ? 'descending' : 'ascending'}`;
      announcer.say(`Sorted: ${SORT_WORDS[sort.by].toLowerCase()}${direction}`);
    },
    setMode: (mode) =>
      quietly(async () => {
        const queue = await api.request('queue.setMode', { mode });
        set({ queue });
      }),
    lookAgain: () =>
      quietly(async () => {
        const gpus = await api.request('gpus.lookAgain', {});
        store.setState(withGpus(store.getState(), gpus), true);
      }),
    async fetchJobs(jobIds) {
      try {
        const { jobs } = await api.request('jobs.getMany', { jobIds: [...jobIds] });
        store.setState(withFetched(store.getState(), jobs), true);
      } catch (cause) {
        noteFailure(cause);
      }
    },
    async submit(submission) {
      try {
        const job = await api.request('jobs.submit', submission);
        set({ database: null, compose: null, selectedId: job.id, filter: null, search: '' });
        announcer.say(`#${job.id} ${job.name} added to the queue`);
        return job;
      } catch (cause) {
        noteFailure(cause);
        throw cause;
      }
    },
    submitAtOnce: (submission) =>
      quietly(async () => {
        const job = await api.request('jobs.submit', submission);
        set({ database: null, selectedId: job.id, panelOpen: true, tab: 'log' });
        announcer.say(`#${job.id} ${job.name} added to the queue`);
      }),
    async runAgain(job, atOnce) {
      const detail = await atJob(job.id, () => api.request('jobs.get', { jobId: job.id }));
      if (detail === null) return;
      const { submission, hiddenEnv } = submissionFrom(detail, detail);
      if (atOnce && hiddenEnv.length === 0) await commands.submitAtOnce(submission);
      else set({ compose: { submission, hiddenEnv } });
    },
  };
  return commands;
}

/** The row that the focus goes to when these jobs are gone: the one behind them, or the last one before. */
function rowAfter(state: WindowState, jobIds: readonly number[]): number | null {
  const rows = rowsOf(state);
  const going = new Set(jobIds);
  const last = Math.max(...jobIds.slice(0, 1_000).map((id) => rows.indexOf(id)));
  for (const step of [1, -1] as const) {
    for (let at = last; at >= 0 && at < rows.count; at += step) {
      const id = jobIdOf(rows.at(at));
      if (id !== null && !going.has(id)) return id;
    }
  }
  return null;
}

function placeWords({ openJobs }: Pick<WindowState, 'openJobs'>, job: JobView): string {
  // The answer may be here before the change that the core sends to all.
  const order = queuedInOrder(new Map(openJobs).set(job.id, job).values());
  const place = order.findIndex(({ id }) => id === job.id) + 1;
  return `#${job.id} is ${place} of ${order.length} in the queue${job.priority === 0 ? '' : `, priority ${job.priority}`}`;
}
