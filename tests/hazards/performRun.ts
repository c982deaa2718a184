import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announcedIn, isGone, readStat, until } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { hazard as fixture, startRun } from '../helpers/runner.ts';
import type { ExitRecord, Run } from '../helpers/runner.ts';
import type { RunHazard } from './catalogue.ts';
import { Bystanders, membersOf, SecondTag } from './groundTruth.ts';
import { FrozenFolder, namespaceCommand } from './machine.ts';
import type { Performance } from './performance.ts';
import { insteadOfTheTests, KEEP_COMPILED } from './runners.ts';
import type { NativeBuild, TestRunner } from './runners.ts';

/** Longer than a stop takes on any machine; the grace comes on top. */
const END_LIMIT_MS = 20_000;
const READY_LIMIT_MS = 60_000;
/** The portable runner looks for members twice a second. */
const SEEN_BY_PORTABLE_MS = 700;
const ORDINARY_USER = 65_534;
const STUCK_LIMIT_MS = 8_000;

/** Starts the hazard's program under a runner, stops it, and tells what the witnesses saw. Ends everything it started. */
export async function performRun(hazard: RunHazard, runner: TestRunner, build: NativeBuild): Promise<Performance> {
  await using stack = new AsyncDisposableStack();
  const aside = mkdtempSync(join(tmpdir(), 'trainyard-hazard-'));
  stack.defer(() => rmSync(aside, { recursive: true, force: true }));
  const frozen = hazard.twist === 'frozen' ? stack.use(new FrozenFolder()) : null;
  const bystanders = new Bystanders();
  stack.defer(() => bystanders.end());
  const tag = new SecondTag();
  const run = stack.use(
    startRun(
      (dir, runDirectory) => {
        if (hazard.twist === 'other user') giveTo(ORDINARY_USER, dir, runDirectory);
        return hazard.program(dir, frozen?.path ?? aside);
      },
      {
        graceMs: hazard.graceMs,
        killAfterExitMs: hazard.graceMs,
        env: { ...process.env, ...KEEP_COMPILED, ...tag.environment },
        // An id of its own: the portable runner takes whatever carries it for a member.
        through: [...outside(hazard, aside), fixture('withrun'), randomUUID(), ...insteadOfTheTests(runner, build)],
      },
    ),
  );
  if (frozen !== null) stack.defer(() => frozen.thaw());
  await untilReady(hazard, run);
  bystanders.add();
  if (hazard.twist === 'pid reuse') await giveNumberAway(run, aside, runner);

  let from = performance.now();
  if (hazard.ending !== 'main ends') run.ask(hazard.ending === 'force' ? 'force' : `stop ${hazard.graceMs}`);
  const problems: string[] = [];
  if (frozen !== null) {
    await run.untilEvent('stuck', STUCK_LIMIT_MS);
    if (existsSync(run.path('exit.json'))) problems.push('the run is said to be over while a process is stuck');
    // What counts is how soon it is over once the kernel lets go.
    from = performance.now();
    frozen.thaw();
  }
  const ended = await endOf(run, END_LIMIT_MS + hazard.graceMs);
  const goneMs = ended ? performance.now() - from : null;
  if (hazard.inPidNamespace && ended) await untilFileOf(aside, 'wrong');
  const survivors = ended ? survivorsOf(hazard, run, tag, aside) : [];
  const wrongKills = bystanders.lost() + (hazard.inPidNamespace && ended ? numberIn(aside, 'wrong') : 0);
  if (hazard.twist === 'pid reuse' && ended && numberIn(aside, 'naive') !== 1)
    problems.push('the number was not given to a stranger: this run proves nothing');
  if (hazard.inPidNamespace) writeFileSync(join(aside, 'finish'), '');
  const checkpoints = hazard.expect.checkpoints ?? [];
  const lost = checkpoints.filter((name) => !isSaved(run.hazardPath(name)));
  if (!ended) problems.push('the run was not over in time');
  else problems.push(...differences(hazard, runner, recordOf(run)));
  return { survivors: survivors.length, wrongKills, checkpointsLost: lost.length, ended, goneMs, problems };
}

/** What stands between the harness and the runner. */
function outside(hazard: RunHazard, aside: string): readonly string[] {
  if (hazard.inPidNamespace) return [...namespaceCommand(), fixture('outsider'), aside];
  if (hazard.twist === 'other user')
    return ['setpriv', `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, '--clear-groups'];
  return [];
}

function giveTo(user: number, dir: string, runDirectory: string): void {
  chmodSync(join(runDirectory, '..'), 0o755);
  for (const path of [dir, runDirectory]) chownSync(path, user, user);
}

async function untilReady(hazard: RunHazard, run: Run): Promise<void> {
  const { files, processes, mainState } = hazard.ready;
  await until(
    `${hazard.name} ready`,
    () =>
      files.every((name) => existsSync(run.hazardPath(name))) &&
      readdirSync(run.hazardDirectory).filter((name) => name.endsWith('.pid')).length >= processes,
    run.hazardDirectory,
    READY_LIMIT_MS,
  );
  // A program may be ready before its runner has said that it runs.
  await run.untilEvent('started');
  if (mainState === undefined) return;
  const { main_pid: main } = await run.identity();
  await until(`main in state ${mainState}`, () => readStat(main)?.state === mainState);
}

/** The worker ends, is reaped, and its number goes to a process outside the run. */
async function giveNumberAway(run: Run, aside: string, runner: TestRunner): Promise<void> {
  // There is no event for "has been seen": the look is every half second.
  if (runner === 'portable') await new Promise((resolve) => setTimeout(resolve, SEEN_BY_PORTABLE_MS));
  writeFileSync(run.hazardPath('let-go'), '');
  await untilFileOf(aside, 'victim');
  await run.ready();
}

async function endOf(run: Run, limitMs: number): Promise<boolean> {
  try {
    await until('exit.json', () => existsSync(run.path('exit.json')), run.directory, limitMs);
    return true;
  } catch {
    return false;
  }
}

/** What lives when the runner has said that nothing does. */
function survivorsOf(hazard: RunHazard, run: Run, tag: SecondTag, aside: string): readonly unknown[] {
  // Pid files tell the numbers of the namespace; its own process table was counted inside, before it went.
  if (hazard.inPidNamespace) return Array.from({ length: numberIn(aside, 'left') });
  const members = run.witness === null ? tag.living() : membersOf(run.witness.directory);
  const living = [...members, ...announcedIn(run.hazardDirectory)].filter((identity) => !isGone(identity));
  const different = new Map(living.map((identity: Identity) => [identity.pid, identity]));
  // The runner itself is just about to go.
  different.delete(run.process.pid ?? 0);
  return [...different.values()];
}

function differences(hazard: RunHazard, runner: TestRunner, record: ExitRecord): string[] {
  const hole = runner === 'portable' ? hazard.portableHole : undefined;
  const { main, killing } = { ...hazard.expect, ...hole };
  const found: string[] = [];
  const ended = record.signal ?? record.code;
  if (main !== null && ended !== main) found.push(`main ended with ${ended}, not ${main}`);
  if (killing !== null && record.kill_rounds > 0 !== killing)
    found.push(killing ? 'it ended without SIGKILL' : 'SIGKILL was sent');
  if (record.stopped !== (hazard.ending !== 'main ends')) found.push(`stopped is ${record.stopped}`);
  return found;
}

function recordOf(run: Run): ExitRecord {
  return JSON.parse(readFileSync(run.path('exit.json'), 'utf8')) as ExitRecord;
}

function isSaved(path: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === 'saved';
}

function numberIn(folder: string, name: string): number {
  const path = join(folder, name);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

async function untilFileOf(folder: string, name: string): Promise<void> {
  await until(name, () => existsSync(join(folder, name)), folder);
}
