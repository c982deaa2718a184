import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestYard } from '../../helpers/core.ts';
import { Door } from '../http/door.ts';

test('the door is on loopback alone: at no other address of this machine does anybody answer', async (context) => {
  const others = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    .map(({ address }) => address);
  if (others.length === 0) context.skip('this machine has no address but loopback');
  await using door = await Door.open();
  for (const host of others) {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ host, port: door.server.port, timeout: 5_000 });
      socket.once('connect', () => resolve('connected'));
      socket.once('error', (error) => resolve(String(error)));
      socket.once('timeout', () => resolve('timeout'));
      socket.once('close', () => socket.destroy());
    });
    expect(answer, host).not.toBe('connected');
  }
});

test('no shell reads a command: what a shell would act on arrives as it was written', async () => {
  await using yard = new TestYard();
  const out = join(yard.home, 'words');
  const marker = join(yard.home, 'touched');
  const words = [`$(touch ${marker})`, '`id`', '; touch x', '&& rm -rf /nothing', '*', '~', "'", '"', '\n', '$HOME'];
  const script = `require('fs').writeFileSync(process.argv[1], JSON.stringify(process.argv.slice(2)))`;
  const job = await yard.submit([process.execPath, '-e', script, out, ...words]);
  await yard.until(job.id, 'completed');
  expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(words);
  expect(existsSync(marker)).toBe(false);
});

test('a trainer sees nothing of the app’s own variables, and none that would load code into it', async () => {
  const mine = {
    TRAINYARD_SQLITE_BINDING: '/x',
    TRAINYARD_HOME: '/y',
    ELECTRON_RUN_AS_NODE: '',
    NODE_OPTIONS: '--no-warnings',
    npm_config_token: 'z',
  };
  const before = { ...process.env };
  Object.assign(process.env, mine);
  try {
    await using yard = new TestYard();
    const out = join(yard.home, 'environment');
    const job = await yard.submit(['sh', '-c', `env > ${out}`], { env: { MY_TOKEN: 'kept for the run' } });
    await yard.until(job.id, 'completed');
    const names = readFileSync(out, 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0] ?? '');
    expect(names.filter((name) => name in mine)).toEqual([]);
    expect(names).toContain('MY_TOKEN');
    // And nobody who asks the core is told the value.
    expect((await yard.job(job.id)).env).toContainEqual({ name: 'MY_TOKEN', value: null });
  } finally {
    for (const name of Object.keys(mine)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});
