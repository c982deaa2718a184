import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './place.ts';
import type { ChaosReport } from './report.ts';

const cannotRun =
  process.platform !== 'linux'
    ? 'the chaos is for Linux'
    : spawnSync('cc', ['--version']).status === 0
      ? null
      : 'there is no C compiler (cc)';
if (cannotRun !== null) console.warn(`chaos skipped: ${cannotRun}`);

test.skipIf(cannotRun !== null)(
  'nothing is lost, doubled, left alive or wrongly recorded while the core is killed and its disk and driver fail',
  { timeout: 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-chaos-test-'));
    try {
      const json = join(folder, 'report.json');
      const line = [join(ROOT, 'scripts/chaos.mjs'), '--minutes', '0.5', '--seed', '20', '--json', json];
      const child = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const code = await new Promise((done) => child.once('close', done));
      const report = JSON.parse(readFileSync(json, 'utf8')) as ChaosReport;
      expect(report.wrong).toEqual([]);
      expect(code, said).toBe(0);
      for (const left of report.leftOut) console.warn(`chaos: ${left}`);
      // It has really happened.
      expect(report.faults['kill-core']).toBeGreaterThan(0);
      expect(report.jobs['accepted']).toBeGreaterThan(0);
      expect(report.outcomes['exited']).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
