import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateBus } from './dbusSession.ts';
import { ask } from './dbusSession.ts';

/** Why the real notification server cannot run here, or null. Printed, so that a skip is never silent. */
export const noDunst: string | null =
  process.platform !== 'linux'
    ? 'notification servers are Linux’s'
    : spawnSync('dunst', ['--version']).status !== 0
      ? 'there is no dunst (Debian: dunst)'
      : process.env['DISPLAY'] === undefined
        ? 'dunst needs an X display'
        : null;
if (noDunst !== null) console.warn(`tests with a real notification server skipped: ${noDunst}`);

/** What dunst says of one notification. */
export interface DunstNotification {
  readonly id: number;
  readonly appname: string;
  readonly summary: string;
  readonly body: string;
  readonly urgency: string;
  readonly icon: string;
}

/** Debian's dunst on a test's bus and display. Its menu, which a person would click in, chooses what the test says. */
export class Dunst {
  readonly #bus: PrivateBus;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(bus: PrivateBus, folder: string, process: ChildProcess) {
    this.#bus = bus;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(bus: PrivateBus): Promise<Dunst> {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-dunst-'));
    const menu = join(folder, 'menu');
    // dunst gives the choices on stdin, one a line; the line that is printed is chosen.
    writeFileSync(menu, `#!/bin/sh\ntee ${join(folder, 'choices')} | grep -F "$(cat ${join(folder, 'wanted')})"\n`, {
      mode: 0o700,
    });
    writeFileSync(
      join(folder, 'dunstrc'),
      `[global]\n    dmenu = ${menu}\n    history_length = 50\n    markup = full\n    monitor = 0\n    width = 420\n    origin = top-left\n    offset = 12x12\n    font = Sans 11\n`,
    );
    const client = await bus.connect();
    const child = spawn('dunst', ['-conf', join(folder, 'dunstrc')], {
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: bus.address },
      stdio: 'ignore',
    });
    const dunst = new Dunst(bus, folder, child);
    for (let isThere = false; !isThere;) {
      if (child.exitCode !== null) throw new Error(`dunst ended with ${child.exitCode}`);
      const [owned] = await ask(client, {
        destination: 'org.freedesktop.DBus',
        path: '/org/freedesktop/DBus',
        interface: 'org.freedesktop.DBus',
        member: 'NameHasOwner',
        signature: 's',
        body: ['org.freedesktop.Notifications'],
      });
      isThere = owned === true;
    }
    return dunst;
  }

  /** Everything that dunst has shown and put away, the latest first. */
  history(): readonly DunstNotification[] {
    const { data } = JSON.parse(this.#control('history')) as {
      data: readonly (readonly Record<string, { data: unknown }>[])[];
    };
    return (data[0] ?? []).map((entry) => ({
      id: Number(entry['id']?.data),
      appname: String(entry['appname']?.data),
      summary: String(entry['summary']?.data),
      body: String(entry['body']?.data),
      urgency: String(entry['urgency']?.data),
      icon: String(entry['icon_path']?.data),
    }));
  }

  /** How many are on the screen now. */
  get displayed(): number {
    return Number(this.#control('count', 'displayed').trim());
  }

  /** Opens dunst's own menu and chooses the button with this label. */
  choose(label: string): void {
    writeFileSync(join(this.#folder, 'wanted'), `#${label} (`);
    this.#control('context');
  }

  /** Clicks the latest notification itself. */
  click(): void {
    this.#control('action', '0');
  }

  /** Puts all away, into the history. */
  closeAll(): void {
    this.#control('close-all');
  }

  async end(): Promise<void> {
    const gone = new Promise((done) => this.#process.once('exit', done));
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #control(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('dunstctl', args, {
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: this.#bus.address },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`dunstctl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}
