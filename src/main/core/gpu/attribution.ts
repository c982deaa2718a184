import { readFileSync, readlinkSync } from 'node:fs';
import type { GpuProcess } from '../../../shared/gpu.ts';
import type { JobId, RunId } from '../domain/job.ts';
import { isLiving, statOf } from '../processes/processTable.ts';
import { RUN_TAG } from '../runs/runEnvironment.ts';

/** A run and its job. */
export interface RunName {
  readonly jobId: JobId;
  readonly run: RunId;
}

/** A row of the driver's list, with what this machine's process table and our own runs say about it. */
export interface Row {
  readonly process: GpuProcess;
  /** Null where that cannot be told: no pid, or a system without /proc. */
  readonly alive: boolean | null;
  /** Start time of the living process. */
  readonly start: string | null;
  /** The run it belongs or belonged to. */
  readonly owner: RunName | null;
  /** An earlier list had it already when it was dead: no process in the middle of its exit. */
  readonly deadBefore: boolean;
}

/** What {@link createAttribution} asks. */
export interface AttributionParts {
  /** Members of live runs. */
  readonly members: () => ReadonlyMap<number, RunName>;
  /** The run that a process was a member of, for runs that are over. */
  readonly formerOwner: (pid: number) => RunName | null;
  /** The job of a run that this core's database knows. */
  readonly jobOfRun: (run: RunId) => JobId | null;
}

/** Finds out whose the rows of the driver's process lists are. */
export interface Attribution {
  /** The rows of a list; the process table is looked at once for each list. */
  readonly rowsOf: (processes: readonly GpuProcess[]) => readonly Row[];
  /** Whether the driver's pids are those of our process table; in a container they may be the host's. */
  readonly pidsAreOurs: () => boolean;
}

/** Nothing is known yet; every list teaches something. */
export function createAttribution(parts: AttributionParts): Attribution {
  let pidsAreOurs = process.platform !== 'linux' || isInitialPidNamespace();
  let seen: readonly GpuProcess[] | null = null;
  let rows: readonly Row[] = [];

  function rowOf(entry: GpuProcess, members: ReadonlyMap<number, RunName>): Row {
    const { pid, gpuUuid } = entry;
    if (pid === null) return { process: entry, alive: null, start: null, owner: null, deadBefore: false };
    const stat = process.platform === 'linux' ? statOf(pid) : null;
    const alive = process.platform === 'linux' ? stat !== null && isLiving(stat) : null;
    const start = alive === true && stat !== null ? stat.start : null;
    const before = rows.find((row) => row.process.pid === pid && row.process.gpuUuid === gpuUuid);
    // A pid that is listed without a break is the same process, unless another one has taken the number.
    const same = before !== undefined && (start === null || before.start === start) ? before : undefined;
    const owner =
      members.get(pid) ??
      same?.owner ??
      (alive === true ? ownerByTag(pid, parts.jobOfRun) : null) ??
      (alive === true ? null : parts.formerOwner(pid));
    return { process: entry, alive, start, owner, deadBefore: same?.alive === false };
  }

  return {
    rowsOf(processes) {
      if (processes === seen) return rows;
      const members = processes.length === 0 ? new Map<number, RunName>() : parts.members();
      rows = processes.map((entry) => rowOf(entry, members));
      pidsAreOurs ||= rows.some(
        (row) => row.alive === true && row.process.pid !== null && members.has(row.process.pid),
      );
      seen = processes;
      return rows;
    },
    pidsAreOurs: () => pidsAreOurs,
  };
}

/** The run a living process says it is of: members that left their run's tree are still known by that. */
function ownerByTag(pid: number, jobOfRun: (run: RunId) => JobId | null): RunName | null {
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return null;
  }
  const run = environment
    .split('\0')
    .find((pair) => pair.startsWith(`${RUN_TAG}=`))
    ?.slice(RUN_TAG.length + 1);
  const jobId = run === undefined || run === '' ? null : jobOfRun(run);
  return run === undefined || jobId === null ? null : { jobId, run };
}

/** The kernel gives the namespace of the machine itself a fixed number (PROC_PID_INIT_INO). */
function isInitialPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]';
  } catch {
    return false;
  }
}
