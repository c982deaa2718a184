import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lacking, FrozenFolder } from '../../hazards/machine.ts';
import { ROOT, TestYard } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';

const missing = lacking(['root', 'loop device']);

test.skipIf(missing !== null)(
  `the app is killed while a run is stuck in the kernel: the next start still says stuck, keeps its place, and ends it after the thaw${missing === null ? '' : ` (${missing})`}`,
  async () => {
    await using yard = new TestYard();
    using frozen = new FrozenFolder();
    await yard.close();
    const home = join(yard.home, 'data');
    const serving = spawn(process.execPath, [join(ROOT, 'src/main/cli.ts'), 'serve'], {
      env: { ...process.env, TRAINYARD_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(serving.stdout, 'data');
    const { port, token } = JSON.parse(readFileSync(join(home, 'api.json'), 'utf8')) as { port: number; token: string };
    const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`http://127.0.0.1:${port}/api/training${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    const command = ['sh', '-c', ': > "$0/file"; exec sleep 3600', frozen.path];
    await ask('POST', '/jobs', { command, cwd: yard.home, grace_seconds: 0.2 });
    await ask('POST', '/jobs', { command: [process.execPath, '-e', ''], cwd: yard.home });
    let pid = 0;
    while (pid === 0) pid = Number((await ask('GET', '/jobs/1'))['main_pid'] ?? 0);
    await until('main sleeps in the kernel', () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') D '));
    await ask('POST', '/cancel/1?wait=0');
    for (let stage: unknown; stage !== 'stuck';) {
      const { stop } = (await ask('GET', '/jobs/1?wait_ms=300')) as { stop: { stage: string } | null };
      stage = stop?.stage;
    }
    serving.kill('SIGKILL');
    await once(serving, 'exit');

    yard.open();
    expect(await yard.job(1)).toMatchObject({ status: 'running', stop: { stage: 'stuck' } });
    expect((await yard.job(2)).status, 'what the stuck run holds is not given away').toBe('queued');
    frozen.thaw();
    await yard.expectCancelledAndGone(1);
    expect((await yard.job(1)).receipt?.steps.map(({ rung }) => rung)).toContain('stuck');
    await yard.until(2, 'completed');
  },
);
