import type { Receipt } from '../../../shared/job.ts';
import type { Job, JobState } from '../domain/job.ts';
import { receiptOf } from '../domain/receipt.ts';
import type { EndProof } from '../engines/engine.ts';

/** The receipt that a job gets with its new state: of a stop that has ended with it, else null. `proof` is null where no process was made. */
export function endReceipt(job: Job, state: JobState, proof: EndProof | null): Receipt | null {
  if (!('outcome' in state) || state.stop === null) return null;
  const nothing = {
    journal: [],
    runner: null,
    membersGone: 0,
    memory: [],
    observations: [],
    finishedAt: state.endedAt,
  };
  return receiptOf({ job, stop: state.stop, outcome: state.outcome, ...(proof ?? nothing) });
}
