import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { announcedIn, isGone, readStat, signalIdentity, until } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { CGROUP_BASE } from './machine.ts';

/*
 * What lives, told by witnesses that the runners know nothing of: a cgroup of the test's own where one can be made,
 * else a second environment tag; and always the pid files of the hazard programs.
 */

const SECOND_TAG = 'HAZARD_WITNESS';

/** In words, for the table. */
export const WITNESS =
  CGROUP_BASE === null ? 'pid files and a second environment tag (no cgroup v2 here)' : 'a cgroup v2 of each run’s own';

/** Names every living process that was started below it, whatever became of its parents, sessions and titles. */
export class Witness {
  readonly #tag = randomUUID();
  readonly #group = CGROUP_BASE === null ? null : mkdtempSync(join(CGROUP_BASE, 'trainyard-hazard-'));

  /** A command whose processes are all seen by this witness. */
  around(command: readonly string[]): string[] {
    const enter = this.#group === null ? '' : `echo 0 > ${this.#group}/cgroup.procs && `;
    return ['/bin/sh', '-c', `${enter}exec env ${SECOND_TAG}=${this.#tag} "$@"`, 'sh', ...command];
  }

  /** The living ones now; `announced` is the folder of the pid files. */
  living(announced: string): Identity[] {
    const seen = new Map<string, Identity>();
    for (const identity of [...this.#members(), ...announcedIn(announced)])
      if (!isGone(identity)) seen.set(`${identity.pid}/${identity.start}`, identity);
    return [...seen.values()];
  }

  /** Ends by identity what is left. */
  async end(announced: string): Promise<void> {
    await until('the rest to be gone', () => {
      const left = this.living(announced);
      for (const identity of left) signalIdentity(identity, 'SIGKILL');
      return left.length === 0;
    });
    const group = this.#group;
    if (group === null) return;
    await until('the cgroup empty', () => readFileSync(join(group, 'cgroup.events'), 'utf8').includes('populated 0'));
    rmdirSync(group);
  }

  #members(): Identity[] {
    return this.#group === null ? taggedWith(SECOND_TAG, this.#tag) : membersOf(this.#group);
  }
}

/** The members of a cgroup. */
export function membersOf(group: string): Identity[] {
  return readFileSync(join(group, 'cgroup.procs'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && line !== '0')
    .flatMap((line) => readStat(Number(line)) ?? []);
}

/** Every process whose environment holds this. */
export function taggedWith(name: string, value: string): Identity[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const environment = readFileSync(`/proc/${entry}/environ`, 'latin1').split('\0');
        return environment.includes(`${name}=${value}`) ? (readStat(Number(entry)) ?? []) : [];
      } catch {
        return [];
      }
    });
}

/** The variables by which a run of tests/helpers/runner.ts is seen where there is no cgroup. */
export class SecondTag {
  readonly #value = randomUUID();
  readonly environment = { [SECOND_TAG]: this.#value };

  living(): Identity[] {
    return taggedWith(SECOND_TAG, this.#value).filter((identity) => !isGone(identity));
  }
}

/** Processes beside a run that nobody may touch: of this user, with the tag of another run, of other users. */
export class Bystanders {
  readonly #all: { readonly process: ChildProcess; readonly identity: Identity }[] = [];

  constructor() {
    this.add();
    this.add({ TRAINYARD_RUN: 'another-run' });
    if (process.getuid?.() === 0) for (const user of [65_533, 65_534]) this.add({}, user);
  }

  add(variables: NodeJS.ProcessEnv = {}, user?: number): void {
    const child = spawn('/bin/sleep', ['3600'], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      env: { PATH: process.env['PATH'], ...variables },
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    const pid = child.pid ?? 0;
    const stat = readStat(pid);
    if (stat === null) throw new Error('a bystander could not be started');
    this.#all.push({ process: child, identity: { pid, start: stat.start } });
  }

  /** How many of them do not live any more: killed by mistake. */
  lost(): number {
    return this.#all.filter(({ identity }) => isGone(identity)).length;
  }

  async end(): Promise<void> {
    await Promise.all(
      this.#all.map(async ({ process: child, identity }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        signalIdentity(identity, 'SIGKILL');
        await ended;
      }),
    );
  }
}
