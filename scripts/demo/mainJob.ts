import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright';
import type { SampleView } from '../../src/shared/contract.ts';
import type { JobDetail } from '../../src/shared/job.ts';
import { required } from '../../src/shared/result.ts';
import type { QueuePage } from '../../tests/e2e/pages/queuePage.ts';
import { launchApp } from './launch.ts';
import type { LaunchedApp } from './launch.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PICTURES = join(ROOT, 'screenshots', 'demo');
/** Generous: a slow machine is no failure of the app. */
const LIMIT_MS = 120_000;

/**
 * The main job, clicked through the window: three sample runs are submitted, the running one and a queued one are cancelled
 * with their Cancel buttons, the third starts by itself and completes. Exit code 0 only when all of it happened.
 */
mkdirSync(PICTURES, { recursive: true });
const app = await launchApp();
try {
  await demonstrate(app);
} finally {
  await app.end();
}

async function demonstrate({ page, queue, ask }: LaunchedApp): Promise<void> {
  page.setDefaultTimeout(LIMIT_MS);
  await picture(page, '1-empty');

  const { samples } = await ask('samples.list', {});
  const long = required(
    samples.find(({ id }) => id === 'digits'),
    'the sample “digits” ships with the app',
  );
  const short = required(
    samples.find(({ id }) => id === 'digits-short'),
    'the sample “digits-short” ships with the app',
  );
  await submit(queue, long, 'digits, to be cancelled while it runs');
  await submit(queue, long, 'digits, to be cancelled while it waits');
  await submit(queue, short, 'digits, to the end');
  say('three sample runs submitted');

  await status(queue, 1, 'Running');
  await queue.progress(1).waitFor();
  const panel = await queue.select(1);
  await panel.line(/loss/).first().waitFor();
  await picture(page, '2-running');

  await queue.cancel(2);
  await status(queue, 2, 'Cancelled');
  say('#2 cancelled while it was queued');
  await queue.cancel(1);
  await status(queue, 1, 'Cancelled');
  say('#1 cancelled while it was running');
  await panel.line(/checkpoint saved/).waitFor();
  await picture(page, '3-cancelled');
  await panel.open('Receipt');
  await picture(page, '4-receipt');

  await status(queue, 3, 'Running');
  say('#3 started by itself');
  await status(queue, 3, 'Completed');
  await queue.select(3);
  await panel.open('Log');
  await panel
    .line(/test_acc|accuracy/i)
    .first()
    .waitFor();
  await picture(page, '5-completed');
  say('#3 completed');

  const jobs = await Promise.all([1, 2, 3].map((jobId) => ask('jobs.get', { jobId })));
  process.stdout.write(`\n${table(jobs)}\n\nPictures: ${PICTURES}\n`);
  check(jobs);
}

async function submit(queue: QueuePage, sample: SampleView, name: string): Promise<void> {
  const { command: argv, cwd, env: variables = {}, graceSeconds } = sample.submission;
  const dialog = await queue.newRun();
  await dialog.fill({
    command: argv.map(quoted).join(' '),
    folder: cwd,
    name,
    environment: variables,
    grace: String(graceSeconds ?? 10),
  });
  await dialog.add();
}

/** A word as a shell would want it written. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function status(queue: QueuePage, id: number, word: string): Promise<void> {
  return queue.status(id).filter({ hasText: word }).waitFor({ timeout: LIMIT_MS });
}

function table(jobs: readonly JobDetail[]): string {
  const time = (at: number | null): string => (at === null ? '-' : new Date(at).toTimeString().slice(0, 8));
  const rows = [
    ['job', 'name', 'status', 'started', 'ended', 'receipt'],
    ...jobs.map((job) => [
      `#${job.id}`,
      job.name,
      job.status,
      time(job.startedAt),
      time(job.endedAt),
      job.receipt?.verdict ?? job.sentence,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Says what did not happen; the clicks alone are no proof. */
function check([running, queued, last]: readonly JobDetail[]): void {
  const claims: readonly [string, boolean][] = [
    ['the running job is cancelled', running?.status === 'cancelled' && running.startedAt !== null],
    [
      'its receipt says that nothing is left',
      running?.receipt?.survivors === 0 && (running.receipt?.membersGone ?? 0) >= 1,
    ],
    ['it exited by itself after saving', running?.outcome?.kind === 'exited' && running.outcome.code === 0],
    ['the queued job is cancelled and never started', queued?.status === 'cancelled' && queued.startedAt === null],
    ['the third job completed', last?.status === 'completed'],
    ['it started after the first had ended', (last?.startedAt ?? 0) >= (running?.endedAt ?? Infinity)],
  ];
  for (const [claim, holds] of claims) say(`${holds ? 'holds' : 'DOES NOT HOLD'}: ${claim}`);
  if (claims.some(([, holds]) => !holds)) process.exitCode = 1;
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
