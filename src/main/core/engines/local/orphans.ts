import { readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { JobId, Ms, RunId } from '../../domain/job.ts';
import type { KeptSecrets } from '../../domain/secretWords.ts';
import { allProcesses, descendantsOf, HAS_PROC, isAlive, isLiving } from '../../processes/processTable.ts';
import type { ProcessName, ProcessStat } from '../../processes/processTable.ts';
import { titleOf } from '../../processes/processTitle.ts';
import { RUN_TAG } from '../../runs/runEnvironment.ts';
import { readExit, readIdentity, runPaths } from '../../runs/runFiles.ts';
import { keyOf, RunMembers } from './runMembers.ts';
import { sweep } from './sweep.ts';

/** A process that carries the tag of a run which is over for this core. */
export interface Orphan extends ProcessName {
  readonly run: RunId;
  readonly jobId: JobId;
  /** Its command line, secrets hidden; the name of the program where it has wiped that. */
  readonly commandLine: string;
  /** When it started. */
  readonly since: Ms;
}

/** What orphans are judged by. */
export interface OrphanParts {
  readonly dataFolder: string;
  /** Runs that are live in this core's database, asked at each look. */
  readonly liveRuns: () => ReadonlySet<RunId>;
  readonly now: () => Ms;
  /** What a job keeps secret, as far as this core's database knows it. */
  readonly secretsOf: (jobId: JobId) => KeptSecrets;
}

/** How an orphan is stopped; by default like a job with the default policy. */
export interface OrphanPolicy {
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
}

/** Finds and stops what earlier runs left behind. */
export interface Orphans {
  /** Every orphan as it is now, the oldest first. Empty where there is no /proc. */
  readonly list: () => readonly Orphan[];
  /**
   * Stops an orphan and what else is left of its run, by the ladder; resolves when all of it is gone. Null when there is no
   * such orphan (any more): a pid and a start time that are not in the list are never signalled.
   */
  readonly stop: (orphan: ProcessName, policy?: OrphanPolicy) => Promise<{ readonly membersGone: number } | null>;
}

const DEFAULT_POLICY: OrphanPolicy = { signal: 'SIGTERM', graceMs: 10_000 };
/** `<job>-<attempt>-<uuid>`, and nothing else: anyone can set a variable. */
const RUN_ID = /^([1-9]\d*)-[1-9]\d*-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** One that starts itself anew is found again; a run that still is not empty after so many sweeps is left to the user. */
const MOST_SWEEPS = 20;

/** Makes the finder for one data folder. Only what was started from this very folder is ever listed. */
export function createOrphans({ dataFolder, liveRuns, now, secretsOf }: OrphanParts): Orphans {
  /** By process: one that is going is no longer in the list, and asking twice is still one stop. */
  const stopping = new Map<string, Promise<{ readonly membersGone: number }>>();

  function list(): readonly Orphan[] {
    if (!HAS_PROC) return [];
    const table = allProcesses();
    const live = liveRuns();
    const ours = new Set<number>([
      ...ancestryOf(process.pid, table),
      // What this app has started itself; it may have been started from a terminal inside an old run.
      ...descendantsOf(process.pid, table).map(({ pid }) => pid),
      ...[...live].flatMap((run) => ofLiveRunner(dataFolder, run, table)),
    ]);
    return table
      .filter((stat) => stat.pid > 1 && isLiving(stat) && !ours.has(stat.pid))
      .flatMap((stat) => {
        const found = tagOf(stat.pid, dataFolder);
        if (found === null || live.has(found.run) || isLeavingRunner(dataFolder, found, stat)) return [];
        const { pid, start } = stat;
        return [
          {
            pid,
            start,
            ...found,
            commandLine: titleOf(pid, secretsOf(found.jobId)) ?? '[?]',
            since: startedAt(start, now()),
          },
        ];
      })
      .sort((a, b) => a.since - b.since || a.pid - b.pid);
  }

  async function sweepRun(run: RunId, { signal, graceMs }: OrphanPolicy): Promise<{ readonly membersGone: number }> {
    const deadlineAt = now() + graceMs;
    let membersGone = 0;
    for (let round = 0; round < MOST_SWEEPS; round += 1) {
      const left = list().filter((orphan) => orphan.run === run);
      if (left.length === 0) break;
      const order = {
        main: null,
        // What the list holds and what is below it, without the tag: the list knows whom to leave out.
        remembered: left,
        members: new RunMembers('', null, left),
        deadlineAt: () => deadlineAt,
        forced: () => false,
        onEntry: () => undefined,
      };
      membersGone += (await sweep({ run, signal, now, ...order })).membersGone;
    }
    return { membersGone };
  }

  return {
    list,
    async stop(orphan, policy = DEFAULT_POLICY) {
      const begun = stopping.get(keyOf(orphan));
      if (begun !== undefined) return begun;
      const all = list();
      const found = all.find((each) => keyOf(each) === keyOf(orphan));
      if (found === undefined) return null;
      const keys = all.filter(({ run }) => run === found.run).map(keyOf);
      const sweeping = sweepRun(found.run, policy).finally(() => {
        for (const key of keys) stopping.delete(key);
      });
      for (const key of keys) stopping.set(key, sweeping);
      return sweeping;
    },
  };
}

/** The runner of a live run and all below it: whatever tag they carry, they are the business of that run. */
function ofLiveRunner(dataFolder: string, run: RunId, table: readonly ProcessStat[]): readonly number[] {
  const jobId = Number(RUN_ID.exec(run)?.[1]);
  const identity = Number.isSafeInteger(jobId) ? readIdentity(runPaths(dataFolder, jobId, run)) : null;
  if (identity === null || !isAlive({ pid: identity.runner_pid, start: identity.runner_start })) return [];
  return [identity.runner_pid, ...descendantsOf(identity.runner_pid, table).map(({ pid }) => pid)];
}

/** A runner has written down how its run ended, and waits for the disk. */
function isLeavingRunner(
  dataFolder: string,
  { run, jobId }: Pick<Orphan, 'run' | 'jobId'>,
  { pid, start }: ProcessName,
): boolean {
  const paths = runPaths(dataFolder, jobId, run);
  const identity = readIdentity(paths);
  return identity?.runner_pid === pid && identity.runner_start === start && readExit(paths) !== null;
}

function ancestryOf(pid: number, table: readonly ProcessStat[]): readonly number[] {
  const parents = new Map(table.map((stat) => [stat.pid, stat.parent]));
  const found: number[] = [];
  for (let at = pid; at > 0 && !found.includes(at); at = parents.get(at) ?? 0) found.push(at);
  return found;
}

/** Which run of this data folder a process says it belongs to. */
function tagOf(pid: number, dataFolder: string): Pick<Orphan, 'run' | 'jobId'> | null {
  const variables = readProc(pid, 'environ')?.split('\0');
  const run = valueIn(variables, RUN_TAG);
  const files = valueIn(variables, 'TRAINYARD_JOB_DIR');
  if (run === null || files === null) return null;
  const jobId = Number(RUN_ID.exec(run)?.[1]);
  // Another folder may have a job of the same number, and its core may be running.
  if (!Number.isSafeInteger(jobId) || !isInside(files, join(dataFolder, 'jobs', String(jobId)))) return null;
  return { run, jobId };
}

function valueIn(variables: readonly string[] | undefined, name: string): string | null {
  return variables?.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}

function isInside(path: string, folder: string): boolean {
  const way = relative(realOf(folder), realOf(path));
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

/** A folder may be reached through a link; one that is gone has the name it was given. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** From ticks since boot; the kernel tells user space a hundred of them a second on every architecture Node runs on. */
function startedAt(start: string, now: Ms): Ms {
  const upSeconds = Number.parseFloat(readProc(null, 'uptime') ?? '');
  return Number.isFinite(upSeconds) ? Math.round(now - (upSeconds - Number(start) / 100) * 1_000) : now;
}

function readProc(pid: number | null, name: string): string | null {
  try {
    return readFileSync(pid === null ? `/proc/${name}` : `/proc/${pid}/${name}`, 'utf8');
  } catch {
    return null;
  }
}
