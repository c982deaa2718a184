import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aboutApp } from '../../src/main/shell/updates/about.ts';

test('the About box says of a package made around the stand-in that it is a test build, and of a clone that it is none', () => {
  const root = mkdtempSync(join(tmpdir(), 'trainyard-about-'));
  const manifest = (more: object): void =>
    writeFileSync(join(root, 'package.json'), JSON.stringify({ productName: 'Trainyard', version: '1.2.3', ...more }));
  try {
    manifest({ testBuild: true });
    expect(aboutApp(root, true, { ready: '2.0.0' })).toMatchObject({
      testBuild: true,
      version: '1.2.3',
      updates: 'on',
      updateReady: '2.0.0',
    });
    manifest({});
    expect(aboutApp(root, false, null)).toMatchObject({
      testBuild: false,
      licences: null,
      updates: 'off',
      updateReady: null,
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});
