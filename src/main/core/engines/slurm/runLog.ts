import { appendFileSync, existsSync, lstatSync, statSync, symlinkSync } from 'node:fs';
import { ok, refused } from '../../../../shared/result.ts';
import type { Result } from '../../../../shared/result.ts';
import { failureOf } from './failure.ts';
import type { SlurmFailure } from './failure.ts';
import { quoted } from './shellWords.ts';
import type { SlurmCommands } from './slurmCommands.ts';

/** So much of one log is fetched at a time, and of so many logs. */
const PART_BYTES = 512 * 1024;
const LOGS_AT_ONCE = 50;
const LIMIT_MS = 30_000;

/** A log on the cluster's side and its copy here. */
export interface RemoteLog {
  readonly there: string;
  readonly here: string;
}

/** Makes the shared output file of a run appear as its log here. */
export function showSharedLog(shared: string, log: string): void {
  if (shared === log || lstatSync(log, { throwIfNoEntry: false }) !== undefined) return;
  symlinkSync(shared, log);
}

/**
 * Fetches what has been added to logs on the cluster's side, one script for up to 50 of them, and appends it to their copies
 * here. Answers whether any has more: then ask again.
 */
export async function fetchLogs(
  commands: SlurmCommands,
  logs: readonly RemoteLog[],
): Promise<Result<boolean, SlurmFailure>> {
  let hasMore = false;
  for (let at = 0; at < logs.length; at += LOGS_AT_ONCE) {
    const some = logs.slice(at, at + LOGS_AT_ONCE);
    const answer: Buffer[] = [];
    const end = await commands.run(scriptOf(some), LIMIT_MS, (chunk) => answer.push(chunk));
    const failure = failureOf(end);
    if (failure !== null) return refused({ ...failure, kind: 'unreachable' });
    hasMore = takeParts(Buffer.concat(answer), some) || hasMore;
  }
  return ok(hasMore);
}

/** For each log a line with how many bytes follow and how many there are in all, then those bytes. */
function scriptOf(logs: readonly RemoteLog[]): string {
  const part = `part() {
  size=$(wc -c 2>/dev/null <"$1" || echo 0); size=$((size)); count=$((size - $2))
  [ "$count" -lt 0 ] && count=0
  [ "$count" -gt ${PART_BYTES} ] && count=${PART_BYTES}
  echo "$count $size"
  [ "$count" -eq 0 ] || tail -c "+$(($2 + 1))" "$1" | head -c "$count"
}`;
  return [
    part,
    ...logs.map(({ there, here }) => `part ${quoted(there)} ${sizeOf(here)} </dev/null`),
    'exit 0',
    '',
  ].join('\n');
}

function takeParts(answer: Buffer, logs: readonly RemoteLog[]): boolean {
  let at = 0;
  let hasMore = false;
  for (const { here } of logs) {
    const lineEnd = answer.indexOf(0x0a, at);
    const [count = NaN, size = NaN] = answer.toString('latin1', at, lineEnd).split(' ').map(Number);
    if (lineEnd < 0 || !Number.isInteger(count)) return hasMore;
    const bytes = answer.subarray(lineEnd + 1, lineEnd + 1 + count);
    if (bytes.length > 0) appendFileSync(here, bytes, { mode: 0o600 });
    hasMore ||= sizeOf(here) < size;
    at = lineEnd + 1 + count;
  }
  return hasMore;
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}
