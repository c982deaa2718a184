import { allProcesses, isLiving, processesWithVariable } from '../../processes/processTable.ts';
import type { ProcessName, ProcessStat } from '../../processes/processTable.ts';
import { RUN_TAG } from '../../runs/runEnvironment.ts';

/** A living member of a run, as one look saw it. */
export interface Member extends ProcessStat {
  /** Pid and start: this process and no other one of this boot. */
  readonly key: string;
  /** Its parent is a living member: it is not the next one to be told of a stop. */
  readonly hasParent: boolean;
  /** The last member that was seen as its parent, living or not. */
  readonly lastParent: string | null;
}

/** The name of a process as the key of a map. */
export function keyOf({ pid, start }: ProcessName): string {
  return `${pid}/${start}`;
}

/**
 * Finds the members of a run by what can be seen from outside: below a known member, in the session of a known member,
 * seen before, or tagged with TRAINYARD_RUN. Remembers what it has seen. What leaves the tree and its session and wipes its
 * environment between two looks is not found: only a child subreaper, as the native runner is one, finds that.
 */
export class RunMembers {
  readonly #run: string;
  readonly #since: number | null;
  readonly #alsoMembers: () => readonly ProcessName[];
  readonly #seen = new Map<string, ProcessName>();
  readonly #parents = new Map<string, string>();
  /** Sessions whose leader was seen as a member: everything in them was started by the run. */
  readonly #sessions = new Set<number>();

  /** `alsoMembers` is asked at each look: who knows members by other means, such as the run's cgroup. */
  constructor(
    run: string,
    main: ProcessName | null,
    remembered: readonly ProcessName[],
    alsoMembers: () => readonly ProcessName[] = () => [],
  ) {
    this.#run = run;
    this.#alsoMembers = alsoMembers;
    this.#remember([...(main === null ? [] : [main]), ...remembered]);
    // Ticks since boot can be compared, the words of ps(1) cannot.
    this.#since = main !== null && /^[1-9]\d*$/.test(main.start) ? Number(main.start) : null;
  }

  /** How many different processes were seen so far, dead ones too. */
  get seen(): number {
    return this.#seen.size;
  }

  /** Every member that lives now. */
  look(): readonly Member[] {
    this.#remember(this.#alsoMembers());
    const table = allProcesses();
    const byPid = new Map(table.map((stat) => [stat.pid, stat]));
    const outside = ancestryIn(byPid);
    const possible = table.filter((stat) => isLiving(stat) && !outside.has(stat.pid) && !mustNotBeMember(stat.pid));
    const found = new Map<number, ProcessStat>();
    this.#addBelow(
      possible.filter((stat) => this.#seen.has(keyOf(stat))),
      possible,
      found,
    );
    const unknown = possible.filter((stat) => !found.has(stat.pid) && this.#isYoungEnough(stat));
    this.#addBelow(processesWithVariable(RUN_TAG, this.#run, unknown), possible, found);
    return [...found.values()].map((stat) => this.#note(stat, found, byPid));
  }

  #remember(names: readonly ProcessName[]): void {
    for (const { pid, start } of names) {
      if (!mustNotBeMember(pid)) this.#seen.set(keyOf({ pid, start }), { pid, start });
    }
  }

  /** Adds `roots` and everything below them or in a session of the run, until nothing new is found. */
  #addBelow(roots: readonly ProcessStat[], possible: readonly ProcessStat[], found: Map<number, ProcessStat>): void {
    const children = groupedBy(possible, 'parent');
    const sessions = groupedBy(possible, 'session');
    const open = [...roots];
    for (let stat = open.pop(); stat !== undefined; stat = open.pop()) {
      if (found.has(stat.pid)) continue;
      found.set(stat.pid, stat);
      if (stat.session === stat.pid) this.#sessions.add(stat.session);
      open.push(...(children.get(stat.pid) ?? []));
      // The number of a session is not given away while a member is in it.
      if (this.#sessions.has(stat.session)) open.push(...(sessions.get(stat.session) ?? []));
    }
  }

  #note(stat: ProcessStat, found: ReadonlyMap<number, ProcessStat>, byPid: ReadonlyMap<number, ProcessStat>): Member {
    const key = keyOf(stat);
    this.#seen.set(key, { pid: stat.pid, start: stat.start });
    const parent = byPid.get(stat.parent);
    if (parent !== undefined && this.#seen.has(keyOf(parent))) this.#parents.set(key, keyOf(parent));
    return { ...stat, key, hasParent: found.has(stat.parent), lastParent: this.#parents.get(key) ?? null };
  }

  /** What was there before the run is no member, whatever it carries: a terminal that the run was started from, say. */
  #isYoungEnough({ start }: ProcessStat): boolean {
    return this.#since === null || Number(start) >= this.#since;
  }
}

function groupedBy(table: readonly ProcessStat[], field: 'parent' | 'session'): ReadonlyMap<number, ProcessStat[]> {
  const groups = new Map<number, ProcessStat[]>();
  for (const stat of table) {
    const group = groups.get(stat[field]);
    if (group === undefined) groups.set(stat[field], [stat]);
    else group.push(stat);
  }
  return groups;
}

function mustNotBeMember(pid: number): boolean {
  return pid <= 1 || pid === process.pid;
}

/** This process and everything above it; the runner itself carries the tag of its run. */
function ancestryIn(byPid: ReadonlyMap<number, ProcessStat>): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 0 && !found.has(pid); pid = byPid.get(pid)?.parent ?? 0) found.add(pid);
  return found;
}
