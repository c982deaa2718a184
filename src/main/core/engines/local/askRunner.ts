import type { LocalIdentity } from '../../domain/job.ts';
import { sendSignal } from '../../processes/signal.ts';
import { writeControl } from '../../runs/runFiles.ts';
import type { RunPaths } from '../../runs/runFiles.ts';

/** What a runner can be asked for. */
export type RunnerRequest =
  | { readonly kind: 'stop'; readonly graceMs: number }
  | { readonly kind: 'force' }
  | { readonly kind: 'extend'; readonly byMs: number };

/**
 * Hands a request to a run's runner through its control file. When that cannot be written (a full disk), a stop or a force
 * goes as SIGTERM instead: the first means stop with the job's own grace, one more means force. Throws when neither works.
 */
export function askRunner(paths: RunPaths, identity: LocalIdentity | null, request: RunnerRequest): void {
  try {
    writeControl(paths, lineOf(request));
  } catch (error) {
    if (identity === null || request.kind === 'extend') throw error;
    const runner = { pid: identity.runnerPid, start: identity.runnerStart };
    if (sendSignal(runner, 'SIGTERM') !== 'sent') throw error;
    if (request.kind === 'force') sendSignal(runner, 'SIGINT');
  }
}

function lineOf(request: RunnerRequest): string {
  switch (request.kind) {
    case 'stop':
      return `stop ${Math.round(request.graceMs)}`;
    case 'force':
      return 'force';
    case 'extend':
      return `extend ${Math.round(request.byMs)}`;
  }
}
