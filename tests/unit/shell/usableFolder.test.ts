import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { folderProblem } from '../../../src/main/usableFolder.ts';

const home = mkdtempSync(join(tmpdir(), 'trainyard-usable-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('a folder that is not there is made, for its owner alone', () => {
  const folder = join(home, 'new', 'data');
  expect(folderProblem(folder)).toBeNull();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(folderProblem(folder)).toBeNull();
});

test('a file in the folder’s place is said with what to do, so that the app does not leave without a word', () => {
  const file = join(home, 'file');
  writeFileSync(file, '');
  expect(folderProblem(file)).toMatch(/^The data folder .* cannot be written \(.*\)\. .*TRAINYARD_HOME\.$/);
});
