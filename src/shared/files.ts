/** What the app's files take on disk, bytes as the file system counts them. */
export interface FilesUsage {
  /** Run folders and jobs' own folders together. */
  readonly totalBytes: number;
  /** Run folders alone: logs and records. The retention settings are about these. */
  readonly runBytes: number;
  /** What jobs keep in folders of their own (TRAINYARD_JOB_DIR), such as checkpoints. Retention leaves it. */
  readonly keptBytes: number;
  /** How many runs still have their folder. */
  readonly runs: number;
  /** Room left on that disk; null where the system does not tell. */
  readonly freeBytes: number | null;
  /** When it was measured, Unix milliseconds. */
  readonly measuredAt: number;
}

/** What became of jobs that were deleted. */
export interface DeleteAnswer {
  /** Numbers of the jobs that are gone from the list. */
  readonly deleted: readonly number[];
  readonly freedBytes: number;
  /** What could not be removed from disk, one sentence; it is tried again at the next start. Null when all is gone. */
  readonly problem: string | null;
}
