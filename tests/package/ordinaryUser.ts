import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStat, signalIdentity, until } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { outputOf } from './command.ts';
import type { Ended } from './command.ts';

/** Long enough for a loaded machine to start a browser. */
const START_LIMIT_MS = 60_000;

/**
 * An ordinary user of this machine, made for one test: no groups, an empty home, a session of its own with display and
 * D-Bus. Ends what it has started, by identity, and goes with its home.
 */
export class OrdinaryUser {
  readonly name = `tyard-${process.pid}`;
  readonly home = `/home/${this.name}`;
  /** The variables of the session, on top of what a login sets. */
  readonly session: Record<string, string> = {};
  readonly #started: Identity[] = [];

  get data(): string {
    return join(this.home, '.local/share/trainyard');
  }

  async create(): Promise<void> {
    await outputOf('useradd', ['--create-home', '--user-group', '--home-dir', this.home, this.name]);
  }

  /** A virtual display and a D-Bus session of the user's own. */
  async openSession(): Promise<void> {
    const display = this.start('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp']);
    this.session['DISPLAY'] = `:${await firstLine(display)}`;
    this.session['NO_AT_BRIDGE'] = '1';
    const bus = this.start('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=1']);
    this.session['DBUS_SESSION_BUS_ADDRESS'] = await firstLine(bus);
  }

  /** Starts a command as this user, with the environment that a login gives and no more. */
  start(command: string, args: readonly string[]): ChildProcess {
    const variables = Object.entries(this.session).map(([name, value]) => `${name}=${value}`);
    const become = [`--reuid=${this.name}`, `--regid=${this.name}`, '--init-groups', '--reset-env', '--'];
    const child = spawn('setpriv', [...become, 'env', '-C', this.home, ...variables, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#note(child.pid);
    return child;
  }

  /** Runs a command as this user to its end. */
  async run(command: string, ...args: readonly string[]): Promise<Ended> {
    const child = this.start(command, args);
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  /** The core that has announced itself in the data folder and lives. */
  async core(other: number | null = null): Promise<Identity> {
    const path = join(this.data, 'api.json');
    return until(
      'a core of the user',
      () => {
        if (!existsSync(path)) return null;
        const { pid } = JSON.parse(readFileSync(path, 'utf8')) as { readonly pid: number };
        const stat = readStat(pid);
        return stat !== null && pid !== other ? this.#note(pid) : null;
      },
      undefined,
      START_LIMIT_MS,
    );
  }

  /** Ends everything that was started and removes the user with the home. */
  async remove(): Promise<void> {
    for (const identity of this.#started.toReversed()) signalIdentity(identity, 'SIGKILL');
    await outputOf('userdel', ['--remove', '--force', this.name]);
  }

  #note(pid: number | undefined): Identity | null {
    const stat = pid === undefined ? null : readStat(pid);
    if (stat === null) return null;
    const identity = { pid: stat.pid, start: stat.start };
    this.#started.push(identity);
    return identity;
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return until('the first line', () => (text.includes('\n') ? text.split('\n')[0] : null), undefined, START_LIMIT_MS);
}
