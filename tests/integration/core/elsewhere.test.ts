import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { TestYard } from '../../helpers/core.ts';
import { StubSlurm } from '../../helpers/stubSlurm.ts';

// Real programs on a loaded machine.
vi.setConfig({ testTimeout: 120_000 });

test('the preview of a job for Slurm says what the scheduler does with it', async () => {
  using slurm = new StubSlurm();
  await using yard = new TestYard();
  const wish = { command: ['true'], cwd: yard.home, target: 'slurm' as const };
  const said = async (after: number[]) => (await yard.get('jobs.preview', { ...wish, after })).sentences;
  await yard.get('settings.set', { slurmTarget: 'host', slurmCommands: join(slurm.folder, 'bin') });
  const taken = (id: number) =>
    expect.poll(async () => (await yard.job(id)).cluster, { timeout: 60_000 }).not.toBeNull();
  const first = await yard.submit(['true'], { target: 'slurm' });
  await taken(first.id);
  expect(await said([first.id])).toEqual(['Goes to Slurm at once, which decides when it starts.']);
  const next = await yard.submit(['true'], { target: 'slurm', after: [first.id] });
  await taken(next.id);
  expect(slurm.calls('sbatch')[1]).toContain('--dependency=afterok:101');
});

test('the commit of a folder is that of this machine: a job for a cluster over ssh has none', async (context) => {
  await using yard = new TestYard();
  if (spawnSync('git', ['init', '-q', yard.home]).status !== 0) context.skip('there is no git on this machine');
  await yard.get('settings.set', { slurmTarget: 'ssh', slurmSshHost: 'nowhere.invalid' });
  await yard.get('queue.setMode', { mode: 'pause' });
  const far = await yard.submit(['true'], { target: 'slurm' });
  const near = await yard.submit(['true']);
  await expect.poll(async () => (await yard.job(near.id)).git?.kind, { timeout: 60_000 }).not.toBe('reading');
  expect((await yard.job(near.id)).git).not.toBeNull();
  expect((await yard.job(far.id)).git).toBeNull();
});

test('seven hundred jobs for Slurm are claimed in slices, and all of them go out', async () => {
  using slurm = new StubSlurm();
  await using yard = new TestYard();
  await yard.get('settings.set', { slurmTarget: 'host', slurmCommands: join(slurm.folder, 'bin') });
  await yard.get('queue.setMode', { mode: 'pause' });
  const wish = { command: ['true'], cwd: yard.home, target: 'slurm' as const };
  await yard.get('jobs.submitMany', { jobs: Array.from({ length: 700 }, () => wish) });
  await yard.get('queue.setMode', { mode: 'run' });
  await yard.until(700, 'pending', 60_000);
  await yard.get('jobs.cancelMany', { jobs: 'all' });
  await yard.until(700, 'cancelled', 60_000);
});
