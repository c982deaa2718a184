import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locateNvidiaSmi } from '../../../src/main/core/gpu/locate.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'trainyard-locate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, mode = 0o755): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, mode);
  return file;
}

test('the first executable on PATH is taken: a folder or a plain file of that name is none', async () => {
  mkdirSync(path.join(folder, 'one/nvidia-smi'), { recursive: true });
  program('two/nvidia-smi', 0o644);
  const third = program('three/nvidia-smi');
  const PATH = ['one', 'two', 'three'].map((name) => path.join(folder, name)).join(':');
  expect(await locateNvidiaSmi({ command: null, env: { PATH }, platform: 'linux' })).toEqual({
    kind: 'found',
    path: third,
  });
});

test('the path of the settings is the only one that counts', async () => {
  program('bin/nvidia-smi');
  const env = { PATH: path.join(folder, 'bin') };
  const missing = path.join(folder, 'elsewhere/nvidia-smi');
  expect(await locateNvidiaSmi({ command: missing, env })).toMatchObject({
    kind: 'missing',
    message: expect.stringContaining(missing),
  });
});

test('a relative entry of PATH never runs a file of the working directory', async () => {
  const before = process.cwd();
  program('nvidia-smi');
  process.chdir(folder);
  try {
    expect(await locateNvidiaSmi({ command: null, env: { PATH: ':.' }, platform: 'linux' })).not.toMatchObject({
      path: expect.stringContaining(folder),
    });
  } finally {
    process.chdir(before);
  }
});

test('an empty environment is no crash', async () => {
  expect(['found', 'missing']).toContain((await locateNvidiaSmi({ command: null, env: {} })).kind);
});
