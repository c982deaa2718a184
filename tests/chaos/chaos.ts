import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCore } from '../../src/main/core/createCore.ts';
import { Book } from './book.ts';
import { Checker } from './checker/checker.ts';
import type { Rows } from './checker/rows.ts';
import { readRows } from './checker/rows.ts';
import { Client } from './client.ts';
import { makeDriver } from './driver.ts';
import { listen } from './listener.ts';
import { makePlace } from './place.ts';
import type { Place } from './place.ts';
import { reportOf } from './report.ts';
import type { ChaosReport } from './report.ts';
import { possibleFaults, Saboteur } from './saboteur.ts';
import { FAULTS, scheduleOf } from './schedule.ts';
import { ServedCore } from './servedCore.ts';

/** What a chaos is made of. */
export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The real app in place of the headless core. */
  readonly app: boolean;
  readonly say: (line: string) => void;
  /** Keeps the folder of a chaos that found something. */
  readonly keep: boolean;
}

/** How long the queue may take to empty once everything is mended, while something still happens. */
const STALL_LIMIT_MS = 150_000;

/** Mistreats a core for a while and compares what is left. The same seed gives the same schedule of asks and faults. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seconds, seed, say } = options;
  const place = makePlace(Math.max(48, Math.ceil(seconds / 6)));
  const driver = makeDriver();
  const book = new Book();
  const killedRunners = new Set<string>();
  const checker = new Checker({ ...place, killedRunners }, book, (wrong) => say(`wrong: ${wrong}`));
  const core = new ServedCore(place, { ...process.env, ...driver.env }, options.app, (what) => checker.note(what));
  const onWrong = (what: string): void => checker.note(what);
  const parts = { core, book, place, onWrong, isMistreated: (): boolean => saboteur.mistreats };
  const clients = Array.from({ length: 5 }, (_, number) => new Client(`client${number}`, parts));
  const saboteur = new Saboteur({
    place,
    core,
    driver,
    checker,
    killedRunners,
    client: clients[4] ?? new Client('x', parts),
    say,
  });
  const over = new AbortController();
  const startedAt = new Date();
  try {
    await settle(place);
    const words = await core.start();
    if (words !== null) throw new Error(`the core did not start: ${words}`);
    const hearing = listen(core, book, over.signal, onWrong);
    const schedule = scheduleOf(seed, seconds * 1_000, possibleFaults(FAULTS, place));
    const began = performance.now();
    await Promise.all([
      saboteur.run(schedule.faults, began, began + seconds * 1_000),
      ...schedule.clients.map((asks, number) => clients[number]?.run(asks, began)),
    ]);
    await saboteur.mendAll();
    say('all is mended; waiting until every job has ended');
    await untilAllEnded(core, checker);
    const rows = checker.atTheEnd();
    over.abort();
    await core.end('SIGTERM');
    await hearing;
    checker.afterDeath();
    for (const line of bugsIn([core.logPath, join(place.data, 'app.log')], place))
      checker.note(`the core's log: ${line}`);
    return reportOf({ options, place, schedule, book, checker, saboteur, core, rows, startedAt });
  } catch (error) {
    say(`ended by ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    throw error;
  } finally {
    over.abort();
    await core.end('SIGKILL');
    driver.heal();
    driver.remove();
    if (options.keep && checker.wrong.length > 0) say(`kept: ${place.home}`);
    else removed(place, say);
  }
}

/** A folder that stays is no reason to lose the report. */
function removed(place: Place, say: (line: string) => void): void {
  try {
    place.remove();
  } catch (error) {
    say(`not removed: ${String(error)}`);
  }
}

/** A machine with room for three CPU jobs at a time. */
async function settle({ data }: Place): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  const core = createCore({
    dataFolder: data,
    samplesFolder: data,
    runners: { native: '/nowhere', portable: '/nowhere' },
    sqliteBinding: null,
    version: 'chaos',
    log: () => {},
  });
  await core.router('settings.set', { cpuSlots: 3 }, { origin: 'core', signal: new AbortController().signal });
  await core.close();
}

/** Releases what is held, lets everything run, and waits as long as anything still happens. */
async function untilAllEnded(core: ServedCore, checker: Checker): Promise<void> {
  let events = -1;
  let since = performance.now();
  for (;;) {
    const rows = readRows(checker.database);
    const open = rows.jobs.filter(({ status }) => ['queued', 'pending', 'running'].includes(status));
    if (open.length === 0) return;
    if (rows.events.length !== events) since = performance.now();
    events = rows.events.length;
    if (performance.now() - since > STALL_LIMIT_MS) return describeStall(open, core, checker);
    await core.ask('POST', '/queue/run');
    for (const { id, status } of open) if (status === 'queued') await core.ask('POST', `/jobs/${id}/release`);
    await pause(1_000);
  }
}

async function describeStall(open: Rows['jobs'], core: ServedCore, checker: Checker): Promise<void> {
  for (const { id } of open.slice(0, 20)) {
    const { body } = await core.ask('GET', `/jobs/${id}`);
    checker.note(`nothing happens any more and #${id} is ${String(body['status'])}: ${String(body['sentence'])}`);
  }
}

/** What the core calls a bug, other than a disk that was full, read-only or locked by us. */
function bugsIn(paths: readonly string[], { home }: Place): readonly string[] {
  const expected =
    /SQLITE_(FULL|IOERR|READONLY|BUSY)|ENOSPC|EROFS|disk is full|database or disk|disk I\/O error|readonly database|database is locked/;
  const text = paths.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join('\n');
  // The app's own log has the time before each entry.
  const log = text.replaceAll(/^\d{4}-\S+Z /gm, '').split(/^(?=\S)/m);
  return [...new Set(log.filter((entry) => entry.startsWith('bug: ') && !expected.test(entry)))].map((entry) =>
    entry.replaceAll(join(home, 'app'), '').slice(0, 600),
  );
}
