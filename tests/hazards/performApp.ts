import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { announcedIn, isGone, until } from '../helpers/process.ts';
import { hazard as fixture } from '../helpers/runner.ts';
import { App } from './app.ts';
import type { Told } from './app.ts';
import type { AppKilled, Moment } from './catalogue.ts';
import { Bystanders, Witness } from './groundTruth.ts';
import type { Performance } from './performance.ts';
import type { TestRunner } from './runners.ts';

/** Main and two children that ignore the stop signals, so that a stop has every stage. */
const PROCESSES = 3;
const GRACE_MS = 600;
/** How long the final transaction waits for the database before the app is killed in it. */
const IN_TRANSACTION_MS = 40;

/** A data folder, the app on it, and one job that it ran. */
interface Stage {
  readonly home: string;
  readonly announced: string;
  readonly witness: Witness;
  app: App;
}

/** Kills the app at the hazard's moment, starts it again, and tells whether it says what is true. */
export async function performApp({ moment }: AppKilled, runner: TestRunner): Promise<Performance> {
  await using stack = new AsyncDisposableStack();
  const base = mkdtempSync(join(tmpdir(), 'trainyard-hazard-'));
  const [home, announced] = [join(base, 'data'), join(base, 'announced')];
  stack.defer(() => rmSync(base, { recursive: true, force: true }));
  for (const folder of [home, announced]) mkdirSync(folder);
  const bystanders = new Bystanders();
  stack.defer(() => bystanders.end());
  const witness = new Witness();
  // Last in, first out: the run is ended by its witness when the app has gone.
  stack.defer(() => witness.end(announced));
  const stage: Stage = { home, announced, witness, app: await App.start(home, runner) };
  stack.defer(() => stage.app.quit());

  const gate = join(base, 'go');
  const program =
    moment === 'idle'
      ? ['/bin/sh', '-c', `echo x > ${base}/up; while [ ! -e ${gate} ]; do sleep 0.01; done; exit 42`]
      : [fixture('tree'), announced, '2', '1', 'ignore'];
  await stage.app.submit(witness.around(program), base, GRACE_MS);
  bystanders.add();
  await killAt(stage, moment, () => until('main', () => existsSync(join(base, 'up')), base));
  if (moment === 'idle') writeFileSync(gate, '');

  stage.app = await App.start(home, runner);
  const problems: string[] = [];
  const from = performance.now();
  const told = await endingAfterRestart(stage, moment, problems);
  const goneMs = performance.now() - from;
  const survivors = witness.living(announced).length;
  problems.push(...differences(told, moment));
  return { survivors, wrongKills: bystanders.lost(), checkpointsLost: 0, ended: true, goneMs, problems };
}

/** Brings the job to the moment and kills the app in it. */
async function killAt(stage: Stage, moment: Moment, untilUp: () => Promise<unknown>): Promise<void> {
  const { app } = stage;
  switch (moment) {
    case 'submitted':
      return app.kill();
    case 'run folder':
      await until('the run folder', () => runFolder(stage));
      return app.kill();
    case 'identity':
      await untilInRun(stage, 'identity.json');
      return app.kill();
    case 'idle':
      await untilUp();
      await app.untilStatus('running');
      return app.kill();
    default:
      await untilTree(stage);
      return killDuringStop(stage, moment);
  }
}

async function killDuringStop(stage: Stage, moment: Moment): Promise<void> {
  const { app } = stage;
  const db = moment === 'final transaction' ? new BetterSqlite3(join(stage.home, 'queue.sqlite')) : null;
  try {
    await app.cancel();
    if (moment === 'forced') await app.cancel(true);
    if (moment === 'first signal') await untilEvent(stage, '"to":"main"');
    if (moment === 'rest') await untilEvent(stage, '"to":"rest"');
    if (moment === 'killing') await untilEvent(stage, '"event":"killing"');
    if (moment === 'exit record' || moment === 'final transaction') await untilInRun(stage, 'exit.json');
    if (db !== null) {
      // Whoever holds the database now makes the app wait in the transactions that end the job.
      db.exec('BEGIN IMMEDIATE');
      await new Promise((resolve) => setTimeout(resolve, IN_TRANSACTION_MS));
    }
    await app.kill();
  } finally {
    db?.close();
  }
}

/** What the app that was started again says in the end. */
async function endingAfterRestart(stage: Stage, moment: Moment, problems: string[]): Promise<Told> {
  const { app } = stage;
  if (moment === 'submitted' || moment === 'run folder' || moment === 'identity') {
    // It must run now, exactly once, and be stoppable.
    await untilTree(stage);
    await app.untilStatus('running');
    const living = stage.witness.living(stage.announced).length;
    if (living !== PROCESSES) problems.push(`${living} processes run, not ${PROCESSES}: it was started twice or lost`);
    await app.cancel();
  }
  return await app.untilStatus('completed', 'failed', 'cancelled');
}

function differences(told: Told, moment: Moment): string[] {
  const found: string[] = [];
  const status = moment === 'idle' ? 'failed' : 'cancelled';
  if (told.status !== status) found.push(`the job is ${told.status}, not ${status}`);
  if (moment === 'idle' && told.exit_code !== 42) found.push(`its exit code is ${told.exit_code}, not 42`);
  if (moment !== 'idle' && told.receipt?.survivors !== 0) found.push('its receipt does not say that nothing is left');
  return found;
}

/** The folder of the job's only run, as soon as it is made; beside it are the job's own files. */
function runFolder({ home }: Stage): string | null {
  const job = join(home, 'jobs/1');
  const run = existsSync(job) ? readdirSync(job).find((name) => name !== 'files') : undefined;
  return run === undefined ? null : join(job, run);
}

async function untilInRun(stage: Stage, name: string): Promise<void> {
  const folder = await until('the run folder', () => runFolder(stage));
  await until(name, () => existsSync(join(folder, name)), folder);
}

async function untilEvent(stage: Stage, text: string): Promise<void> {
  const folder = await until('the run folder', () => runFolder(stage));
  await until(text, () => readFileSync(join(folder, 'journal.jsonl'), 'utf8').includes(text), folder);
}

/** Every process of the job has announced itself and lives. */
async function untilTree({ announced }: Stage): Promise<void> {
  await until(
    'the tree',
    () => announcedIn(announced).filter((identity) => !isGone(identity)).length >= PROCESSES,
    announced,
  );
}
