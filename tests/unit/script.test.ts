import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lookAtScript } from '../../src/main/core/script.ts';
import { processesOf } from '../../src/main/core/domain/preset.ts';
import { startFrom } from '../../src/renderer/features/compose/dropped.ts';
import { sameAsLine } from '../../src/renderer/features/compose/sameAs.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-script-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text = '', mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('how a file that is pointed at would be run', () => {
  test('by its ending, by its first line, or as itself when it may run', () => {
    expect(lookAtScript(file('a.py'))).toEqual({
      command: ['python3', 'a.py'],
      cwd: folder,
      kind: 'script',
      about: null,
    });
    expect(lookAtScript(file('b.sh')).command).toEqual(['sh', 'b.sh']);
    expect(lookAtScript(file('c', '#!/usr/bin/env -S julia -t 4\n')).command).toEqual(['julia', '-t', '4', 'c']);
    expect(lookAtScript(file('d.sh', '#!/bin/bash -e\n')).command).toEqual(['/bin/bash', '-e', 'd.sh']);
    expect(lookAtScript(file('e', '#!/bin/sh\n', 0o755)).command).toEqual(['./e']);
  });

  test('a folder is a folder; what is no program says so; what is not there says so', () => {
    expect(lookAtScript(folder)).toMatchObject({ kind: 'folder', command: [], cwd: folder });
    expect(lookAtScript(file('data.bin', 'x', 0o755))).toMatchObject({ kind: 'file', command: [] });
    expect(lookAtScript(join(folder, 'nowhere.py'))).toMatchObject({ kind: 'missing', command: [] });
  });

  test('a project’s own Python comes before the machine’s, also from a folder below', () => {
    mkdirSync(join(folder, 'p/.venv/bin'), { recursive: true });
    mkdirSync(join(folder, 'p/src'));
    symlinkSync(process.execPath, join(folder, 'p/.venv/bin/python'));
    expect(lookAtScript(file('p/t.py')).command).toEqual(['.venv/bin/python', 't.py']);
    expect(lookAtScript(file('p/src/t.py')).command).toEqual([join(folder, 'p/.venv/bin/python'), 't.py']);
  });

  test('one script with its files fills the form in; two scripts do not', () => {
    const [script, config] = [file('s.py'), file('s.yaml')];
    const looked = [config, script].map(lookAtScript);
    expect(startFrom(looked, [config, script])).toMatchObject({
      submission: { command: ['python3', 's.py', 's.yaml'], cwd: folder },
    });
    expect(startFrom([script, script].map(lookAtScript), [script, script])).toContain('2 scripts were dropped');
    expect(startFrom([], [])).toContain('no file');
  });
});

test('a launcher says how many processes it starts, any other program does not', () => {
  expect(processesOf(['torchrun', '--nproc-per-node=4', 't.py'])).toBe(4);
  expect(processesOf(['accelerate', 'launch', '--num_processes', '2', 't.py'])).toBe(2);
  expect(processesOf(['torchrun', '--nproc-per-node=auto', 't.py'])).toBeNull();
  expect(processesOf(['python', 't.py', '--num_gpus=2'])).toBeNull();
});

test('the line for the terminal quotes what a shell would take apart, and has no value of a secret', () => {
  const line = sameAsLine({
    command: ['python', 'a b.py', '$HOME'],
    cwd: '/data/my runs',
    name: 'x y',
    gpus: 1,
    gpuIds: ['GPU-1', 'GPU-2'],
    env: { HF_TOKEN: 'abc', SEED: '1', PIN: '12' },
    secretEnv: ['PIN'],
    after: [3],
    held: true,
  });
  expect(line).toBe(
    "trainyard submit --name 'x y' --cwd '/data/my runs' --gpus 1 --gpu GPU-1 GPU-2 --secret-env HF_TOKEN --env SEED=1 --secret-env PIN --after 3 --hold -- python 'a b.py' '$HOME'",
  );
});
