import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';
import { Door } from './door.ts';

/** Neither its name nor what it looks like gives it away. */
const VALUE = 'correct-horse-battery';

test.for(['native', 'portable'] as const)(
  '%s: a secret reaches the run, and no answer, event, receipt, record or log of ours has its value',
  async (runner) => {
    await using door = await Door.open({ runner });
    const { yard } = door;
    const told: unknown[] = [];
    const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
      const answer = await door.call(method, path, body);
      told.push(answer);
      return answer.body;
    };
    // What a script does with a secret: it hands it on in the command line of another program.
    const [node = '', script = ''] = program('tree.mjs');
    const command = ['sh', '-c', `trap "" TERM; "$0" "$1" --name "$SITE" --ignore & wait`, node, script];
    await call('POST', '/api/training/jobs', {
      command,
      cwd: yard.home,
      env: { ANNOUNCE: yard.announced, SITE: VALUE, SEED: '7' },
      secret_env: ['SITE'],
      // All of them live until SIGKILL, so that the app sees them at its first look after the stop.
      grace_seconds: 3,
    });
    await until('the run has it', () => yard.processes.length === 1, yard.announced);
    const shown = await call('GET', '/api/training/jobs/1');
    expect(shown['env']).toEqual([
      { name: 'ANNOUNCE', value: yard.announced },
      { name: 'SITE', value: null },
      { name: 'SEED', value: '7' },
    ]);
    expect(shown['secret_env']).toEqual(['SITE']);
    await call('POST', '/api/training/cancel/1');
    await yard.expectCancelledAndGone(1);
    const { members } = (await call('GET', '/api/training/jobs/1/receipt')) as { members: { command: string }[] };
    expect(members.map((member) => member.command)).toContainEqual(expect.stringContaining('--name •••••• --ignore'));
    await call('POST', '/api/training/jobs/1/requeue');
    await until('the second run has it too', () => yard.processes.length === 2, yard.announced);
    expect((await call('GET', '/api/training/jobs/1'))['env']).toContainEqual({ name: 'SITE', value: null });
    await call('POST', '/api/training/cancel/1');
    await yard.until(1, 'cancelled');
    await call('GET', '/api/training/jobs');
    const events = await door.listen('/api/training/events?since=0', (heard) =>
      heard.some(({ data }) => data['seq'] === yard.changes.at(-1)?.seq),
    );
    const records = globSync('data/jobs/**/*', { cwd: yard.home, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(records.length, 'records of both runs').toBeGreaterThan(4);
    expect(JSON.stringify([told, events, yard.changes, yard.bugs, records])).not.toContain(VALUE);
  },
);

test('a secret that is not in env is refused by its name, in a batch too, and nothing is queued', async () => {
  await using door = await Door.open();
  const job = { command: ['true'], cwd: door.yard.home, env: { SITE: VALUE }, secret_env: ['SIGHT'] };
  expect(await door.call('POST', '/api/training/jobs', job)).toEqual({
    status: 400,
    body: {
      success: false,
      error: {
        code: 'INVALID_INPUT',
        field: 'secret_env',
        message: 'secret_env: names SIGHT, which is not in env',
      },
    },
  });
  expect(await door.call('POST', '/api/training/jobs/batch', { jobs: [job] })).toMatchObject({
    status: 400,
    body: { error: { field: 'jobs[0].secret_env', message: 'jobs[0].secret_env: names SIGHT, which is not in env' } },
  });
  expect((await door.call('GET', '/api/training/jobs')).body['jobs']).toEqual([]);
});
