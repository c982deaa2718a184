import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../helpers/process.ts';
import { hazard } from '../helpers/runner.ts';
import { Bystanders, Witness } from './groundTruth.ts';
import { lacking } from './machine.ts';

const why = lacking(['compiler']);

// Whoever trusts "0 survivors" must know that the witness would see one.
test.skipIf(why !== null)(
  `the witness sees what a kill of the process group leaves behind${why === null ? '' : ` [skipped: ${why}]`}`,
  async () => {
    await using stack = new AsyncDisposableStack();
    const announced = mkdtempSync(join(tmpdir(), 'trainyard-hazard-'));
    stack.defer(() => rmSync(announced, { recursive: true, force: true }));
    const witness = new Witness();
    stack.defer(() => witness.end(announced));
    const [program = '', ...rest] = witness.around([hazard('daemon'), announced, 'noenv']);
    const child = spawn(program, rest, { detached: true, stdio: 'ignore' });
    await until('ready', () => existsSync(join(announced, 'ready')), announced);
    expect(witness.living(announced)).toHaveLength(2);
    const ended = once(child, 'exit');
    // The group of a child that was not reaped yet: the number can be nobody else's.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;
    expect(witness.living(announced)).toHaveLength(1);
  },
);

test('a bystander that was killed is counted', async () => {
  const bystanders = new Bystanders();
  try {
    expect(bystanders.lost()).toBe(0);
    await bystanders.end();
    expect(bystanders.lost()).toBeGreaterThan(0);
  } finally {
    await bystanders.end();
  }
});
