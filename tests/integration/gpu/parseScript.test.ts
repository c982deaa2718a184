import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 30_000 });

const root = path.resolve(import.meta.dirname, '../../..');
const samples = path.join(root, 'tests/fixtures/nvidia-smi-samples');

async function parse(
  file: string,
  input = '',
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [path.join(root, 'scripts/gpus-parse.ts'), file], { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

test('a saved output is printed as JSON alone, so that it can be pasted into a bug report', async () => {
  const { code, stdout } = await parse(path.join(samples, 'query-gpu-two.csv'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'query-gpu', result: { kind: 'ok', gpus: { length: 2 } } });
});

test('standard input is read for -', async () => {
  const { stdout } = await parse('-', readFileSync(path.join(samples, 'failure-mismatch.txt'), 'utf8'));
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'failure', result: { reason: 'version-mismatch' } });
});

test('a file that is not there is told and is no stack trace', async () => {
  const { code, stderr } = await parse('/nowhere/x');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Cannot read \/nowhere\/x: .*\n$/);
});
