import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurmMissing } from '../helpers/slurmCluster.ts';
import { sshMissing, startSsh } from '../helpers/sshServer.ts';
import type { SshServer } from '../helpers/sshServer.ts';
import { programIn, SAVES_ON_TERM, sleeper, SlurmYard } from './slurmYard.ts';

const LIMIT_MS = 120_000;
const missing = slurmMissing() ?? sshMissing();

describe.skipIf(missing !== null)('Slurm over ssh', () => {
  let slurm: SlurmYard;
  let server: SshServer;
  /** The far side's shared folder: the app sees it only through ssh. */
  let far: string;
  const path = process.env['PATH'];

  beforeAll(async () => {
    slurm = await SlurmYard.start();
    server = await startSsh(slurm.cluster.env);
    far = join(server.home, 'far');
    mkdirSync(far);
    process.env['PATH'] = `${server.bin}:${process.env['PATH']}`;
    // From here on only ssh knows where Slurm is.
    delete process.env['SLURM_CONF'];
    await slurm.yard.get('settings.set', { slurmTarget: 'ssh', slurmSshHost: server.host, slurmFolder: far });
  });
  afterAll(async () => {
    process.env['SLURM_CONF'] = slurm.cluster.env['SLURM_CONF'];
    process.env['PATH'] = `${server.bin}:${path}`;
    try {
      await slurm[Symbol.asyncDispose]();
    } finally {
      await server[Symbol.asyncDispose]();
      process.env['PATH'] = path;
    }
    // The connection's private folder goes with it.
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('trainyard-ssh-'))).toEqual([]);
  });

  test('is probed: version, partitions, their GPUs and default time', async () => {
    const view = await slurm.yard.get('slurm.lookAgain', {});
    expect(view).toMatchObject({ state: 'ok', via: 'ssh test-cluster', cluster: 'yard' });
    expect(view.partitions).toMatchObject([
      {
        name: 'gpu',
        isDefault: true,
        isUp: true,
        gpus: { total: 2, allocated: 0, idle: 2, down: 0 },
        defaultSeconds: 3_600,
      },
      { name: 'long', isDefault: false, defaultSeconds: null, maxSeconds: null },
    ]);
  });

  test('a job runs there, its log comes over the connection in parts, and a cancel keeps its checkpoint', async () => {
    const { yard } = slurm;
    const saved = join(far, 'saved');
    const text = `for n in range(30000): print('line', n, 'x' * 40)\n${SAVES_ON_TERM}`;
    const job = await slurm.submit(['python3', programIn(far, 'saver.py', text)], {
      cwd: far,
      env: { SAVED: saved },
      graceSeconds: 60,
      gpus: 1,
    });
    await yard.until(job.id, 'running', LIMIT_MS);
    await slurm.untilLogSize(job.id, 1_500_000);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, 'cancelled', LIMIT_MS);
    expect(readFileSync(saved, 'utf8')).toBe('step 7');
    const { cluster, runDirectory } = await yard.job(job.id);
    const here = readFileSync(join(runDirectory ?? '', 'output.log'), 'utf8');
    expect(here).toBe(readFileSync(cluster?.output ?? '', 'utf8'));
    expect(here).toContain('saved on SIGTERM');
    expect(here.match(/^line \d+/gm)).toHaveLength(30_000);
  });

  test('a folder that only the other side has is taken as it is; one without it fails with the far shell’s words', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(['pwd'], { cwd: '/no/such/folder/here' });
    await yard.until(job.id, 'failed', LIMIT_MS);
    expect(await slurm.log(job.id)).toContain('/no/such/folder/here');
  });

  test('the connection is lost in the middle: nothing has failed, and the cancel is sent when it is back', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(sleeper(), { cwd: far });
    await yard.until(job.id, 'running', LIMIT_MS);
    await server.cut();
    await yard.until(job.id, ({ sentence }) => sentence.includes('not reachable since'), LIMIT_MS);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, ({ sentence }) => sentence.includes('the cancel is kept'), LIMIT_MS);
    expect((await yard.job(job.id)).status).toBe('running');
    await server.resume();
    await yard.until(job.id, 'cancelled', LIMIT_MS);
  });

  test('one connection serves everything', async () => {
    const { yard } = slurm;
    const jobs = await Promise.all(Array.from({ length: 8 }, () => slurm.submit(['true'], { cwd: far })));
    for (const { id } of jobs) await yard.until(id, 'completed', LIMIT_MS);
    expect(server.connections()).toBe(1);
  });

  test('a host that asks for a password is not reachable, in ssh’s own words', async () => {
    const { yard } = slurm;
    await yard.get('settings.set', { slurmSshHost: 'nobody@test-cluster' });
    const view = await yard.get('slurm.lookAgain', {});
    expect(view.state).toBe('unreachable');
    expect(view.problem).toMatch(/permission denied|connection (closed|reset)/i);
    await yard.get('settings.set', { slurmSshHost: server.host });
    expect(existsSync(far)).toBe(true);
  });
});

// The reason stands in the list of what was skipped.
if (missing !== null) test.skip(`no Slurm over ssh on this machine: ${missing}`, () => undefined);
