import type { RunRecords } from '../runnerFiles.ts';
import type { RunnerOptions } from './options.ts';
import type { StartError } from './startError.ts';
import type { StopRequests } from './stopRequests.ts';
import type { Ending } from './supervise.ts';

/** A full disk becomes free some day, and the outcome of a run of days is worth the wait. */
const AGAIN_MS = 1_000;

/** What exit.json tells: a run that was started and how it ended, or why it was not. Times in ms. */
export interface Outcome {
  readonly options: RunnerOptions;
  readonly requests: StopRequests;
  readonly startError: StartError | null;
  readonly started: { readonly at: number; readonly wallMs: number; readonly ending: Ending } | null;
}

/** The content of exit.json. */
export function exitRecordOf({ options, requests, startError, started }: Outcome): object {
  const ending = started?.ending ?? null;
  return {
    protocol: 1,
    run: options.run,
    code: ending?.main.code ?? null,
    signal: ending?.main.signal ?? null,
    // Node does not tell.
    core_dumped: false,
    never_started: started === null,
    start_error: startError,
    started_at: started?.at ?? null,
    main_exited_at: ending?.main.at ?? null,
    ended_at: Date.now(),
    wall_ms: Math.round(started?.wallMs ?? 0),
    // Node has no wait4: it cannot know what its children used.
    user_cpu_ms: null,
    system_cpu_ms: null,
    max_rss_kib: null,
    stopped: requests.stopped,
    forced: started !== null && requests.forced,
    leftovers: ending?.leftovers ?? 0,
    members_seen: ending?.membersSeen ?? 0,
    reaped: ending === null ? 0 : 1,
    kill_rounds: ending?.killRounds ?? 0,
  };
}

/**
 * Writes exit.json, again each second until it is there. Answers false when it cannot be: the directory was deleted, or
 * somebody asks the runner itself to go.
 */
export async function deliver(records: RunRecords, record: object, requests: StopRequests): Promise<boolean> {
  const terminations = requests.terminations;
  for (;;) {
    try {
      records.writeExit(record);
      return true;
    } catch {
      if (records.isDeleted || requests.terminations > terminations) return false;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
