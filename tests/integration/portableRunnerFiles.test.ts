import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../src/main/core/engines/local/portableRunner.ts');

test.skipIf(process.platform !== 'linux')(
  'a pipe of the app ends when the app has let go of it, while the run lives on (Linux only)',
  async () => {
    const base = mkdtempSync(join(tmpdir(), 'trainyard-files-'));
    const directory = join(base, 'run');
    mkdirSync(directory);
    writeFileSync(join(directory, 'control'), '');
    const options = ['--dir', directory, '--cwd', base, '--run', '1-1-files', '--boot', 'b', '--signal', '15'];
    const limits = ['--grace-ms', '1000', '--kill-after-exit-ms', '1000'];
    const command = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
    const runner = spawn(process.execPath, [SCRIPT, ...options, ...limits, '--', ...command], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const ofTheApp = runner.stdio[3] as Readable;
    ofTheApp.resume();
    await once(ofTheApp, 'end');
    expect(runner.exitCode, 'the run lives').toBeNull();
    appendFileSync(join(directory, 'control'), 'force\n');
    expect(await once(runner, 'exit')).toEqual([0, null]);
    rmSync(base, { recursive: true });
  },
);
