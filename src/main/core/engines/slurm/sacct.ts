import { exitOf, timeOf } from './scontrol.ts';
import type { SlurmJob } from './slurmJob.ts';

/** What sacct is asked for, in this order. */
export const SACCT_FIELDS = 'JobID,State,ExitCode,Start,End,NodeList,Partition,Comment';

/**
 * The jobs of `sacct --parsable2 --noheader --allocations` with those fields. A cancelled one's state names who did it
 * (`CANCELLED by 1000`): that goes into the reason.
 */
export function jobsOfSacct(text: string): readonly SlurmJob[] {
  return text.split('\n').flatMap((line) => {
    const [jobId = '', state = '', exit, start, end, nodes = '', partition = '', ...comment] = line.split('|');
    const found = /^(\d+)(?:_(\d+))?$/.exec(jobId);
    if (found === null || state === '') return [];
    const [word = '', by] = state.split(' by ');
    const id = Number(found[1]);
    return [
      {
        id,
        submittedAs: id,
        states: [word],
        reason: by === undefined ? 'None' : `by user ${by}`,
        // Accounting keeps comments only where it is told to.
        comment: comment.join('|'),
        partition,
        nodes: nodes === 'None assigned' ? '' : nodes,
        startTime: timeOf(start),
        endTime: timeOf(end),
        exit: exitOf(exit),
      },
    ];
  });
}
