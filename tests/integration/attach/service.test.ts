import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { serveHttp } from '../../../src/main/core/api/http/server.ts';
import { openService } from '../../../src/main/service.ts';
import type { Service } from '../../../src/main/service.ts';
import { joinAll } from '../../../src/main/shell/quit/joiners.ts';
import { ROOT, TestYard } from '../../helpers/core.ts';

function open(yard: TestYard): Promise<Service> {
  return openService({ dataFolder: yard.core.dataFolder, root: ROOT, version: 'test', log: () => {} });
}

test('a core that is still starting is waited for: it holds the folder before it can be found', async () => {
  await using yard = new TestYard();
  const opening = open(yard);
  await sleep(500);
  const server = await serveHttp(yard.core, { port: 0, version: 'test' });
  const service = await opening;
  expect(service.attached).toBe(true);
  await joinAll(service.joiners, () => {});
  await server.close();
});

test('a core that is about to end is waited for: the app runs the queue itself then', async () => {
  await using yard = new TestYard();
  const opening = open(yard);
  await sleep(500);
  await yard.close();
  const service = await opening;
  expect(service.attached).toBe(false);
  await joinAll(service.joiners, () => {});
});
