import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeSshFolder, sweepSshFolders } from '../../../../src/main/core/engines/slurm/sshFolder.ts';
import { statOf } from '../../../../src/main/core/processes/processTable.ts';

test('folders of apps that are gone are removed, those of living ones and other things stay', () => {
  const root = mkdtempSync(join(tmpdir(), 'trainyard-sweep-'));
  const other = spawn('sleep', ['600']);
  try {
    const own = makeSshFolder(root);
    const gone = spawnSync('true').pid;
    const living = `trainyard-ssh-${other.pid}-${statOf(other.pid ?? 0)?.start}-abc`;
    // A living process has that number, and it is not the one that made the folder.
    const reused = `trainyard-ssh-${other.pid}-1-abc`;
    for (const name of [`trainyard-ssh-${gone}-5-abc`, living, reused, 'trainyard-ssh-other'])
      mkdirSync(join(root, name));
    writeFileSync(join(root, `trainyard-ssh-${gone}-5-abc`, 'control'), '');
    symlinkSync(own, join(root, `trainyard-ssh-${gone}-6-link`));
    sweepSshFolders(root);
    expect(readdirSync(root).sort()).toEqual(
      [own.slice(root.length + 1), living, 'trainyard-ssh-other', `trainyard-ssh-${gone}-6-link`].sort(),
    );
    sweepSshFolders(join(root, 'no-such-folder'));
  } finally {
    other.kill();
    rmSync(root, { recursive: true, force: true });
  }
});
