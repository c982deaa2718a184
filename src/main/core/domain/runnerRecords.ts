import { z } from 'zod';

/** Version of the file protocol between app and runner (src/runner/PROTOCOL.md). */
export const PROTOCOL_VERSION = 1;

/** `identity.json`: who the run is, on disk before the trainer's first instruction. */
export const identityRecordSchema = z.object({
  protocol: z.literal(PROTOCOL_VERSION),
  run: z.string(),
  boot_id: z.string(),
  runner: z.enum(['native', 'portable']),
  runner_pid: z.int().min(2),
  runner_start: z.string(),
  main_pid: z.int().min(2),
  main_start: z.string(),
  started_at: z.int(),
});
export type IdentityRecord = z.output<typeof identityRecordSchema>;

/** `exit.json`: written once, when no process of the run is left. */
export const exitRecordSchema = z.object({
  protocol: z.literal(PROTOCOL_VERSION),
  run: z.string(),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  core_dumped: z.boolean(),
  never_started: z.boolean(),
  start_error: z.object({ stage: z.string(), errno: z.int(), code: z.string(), message: z.string() }).nullable(),
  started_at: z.int().nullable(),
  main_exited_at: z.int().nullable(),
  ended_at: z.int(),
  wall_ms: z.number(),
  /** Null where the runner cannot know. */
  user_cpu_ms: z.number().nullable(),
  /** Null where the runner cannot know. */
  system_cpu_ms: z.number().nullable(),
  /** Null where the runner cannot know. */
  max_rss_kib: z.number().nullable(),
  stopped: z.boolean(),
  forced: z.boolean(),
  leftovers: z.int(),
  members_seen: z.int(),
  reaped: z.int(),
  kill_rounds: z.int(),
});
export type ExitRecord = z.output<typeof exitRecordSchema>;

/** A line of `journal.jsonl`. Unknown events are kept by name, so that an older app reads a newer runner. */
export const journalEntrySchema = z.looseObject({
  at: z.int(),
  event: z.string(),
  signal: z.string().optional(),
  sent: z.int().optional(),
  to: z.string().optional(),
  reason: z.string().optional(),
  code: z.int().nullish(),
  reaped: z.int().optional(),
  count: z.int().optional(),
  deadline_at: z.int().optional(),
  pids: z.array(z.unknown()).optional(),
});
export type JournalEntry = z.output<typeof journalEntrySchema>;
