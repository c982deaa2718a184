/** A process of a run that is over, still there: its runner was killed, or the database it belonged to is gone. */
export interface OrphanView {
  readonly pid: number;
  /** Start time of the process, field 22 of /proc/<pid>/stat: pid and start name one process for ever. */
  readonly start: string;
  readonly jobId: number;
  readonly run: string;
  /** Secrets hidden. */
  readonly commandLine: string;
  /** When it started, Unix milliseconds. */
  readonly since: number;
  /** A stop of it is under way. */
  readonly stopping: boolean;
}
