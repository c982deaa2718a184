import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { isGone, readStat, signalIdentity, until } from './process.ts';
import type { Identity } from './process.ts';

/** Where Debian has the daemons; they are on no ordinary user's PATH. */
const DAEMON_FOLDERS = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin'];
/** Carried by every process of a cluster, so that what a daemon leaves behind is found. */
const CLUSTER_TAG = 'TRAINYARD_TEST_CLUSTER';
const ANSWER_MS = 60_000;
const END_MS = 20_000;

/** How a cluster for tests is made. */
export interface SlurmClusterOptions {
  /** GPUs of the one node; each is a device file, no hardware is needed. */
  readonly gpus?: number;
  /** Where everything of the cluster is kept; a new folder below the system's temporary one when it is not named. */
  readonly dir?: string;
  /** After how many seconds Slurm forgets a finished job. */
  readonly minJobAge?: number;
  /** Seconds between SIGTERM and SIGKILL of a plain `scancel`. */
  readonly killWait?: number;
}

/** A real Slurm of one node on this machine, without systemd and without accounting. */
export interface SlurmCluster extends AsyncDisposable {
  readonly dir: string;
  /** What a program needs to talk to this cluster: SLURM_CONF, and PATH with Slurm's commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one of Slurm's commands to its end; throws with its words when it fails. */
  run(command: string, options?: readonly string[], stdin?: string): Promise<string>;
  /** Resolves when slurmctld has written down everything up to now; it does so every few seconds. */
  saveState(): Promise<void>;
  /** Ends slurmctld as `kill -9` does; jobs go on. */
  killController(): Promise<void>;
  /** Starts slurmctld again, and resolves when it answers. */
  startController(): Promise<void>;
  /** Cancels every job and ends every process of the cluster. */
  close(): Promise<void>;
}

/** Why no cluster can be started on this machine, or null when one can. */
export function slurmMissing(): string | null {
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue'].filter((name) => found(name) === null);
  if (missing.length === 0) return null;
  return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed (Debian: slurm-wlm munge)`;
}

/** Starts munged, slurmctld and slurmd on ports of their own and resolves when the node takes jobs. */
export async function startSlurm(options: SlurmClusterOptions = {}): Promise<SlurmCluster> {
  const missing = slurmMissing();
  if (missing !== null) throw new Error(`no Slurm here: ${missing}`);
  const { gpus = 2, dir = mkdtempSync(join(tmpdir(), 'trainyard-slurm-')) } = options;
  for (const folder of ['munge', 'state', 'spool', 'log'])
    mkdirSync(join(dir, folder), { recursive: true, mode: 0o755 });
  const key = join(dir, 'munge.key');
  writeFileSync(key, randomBytes(1_024), { mode: 0o400 });
  const [controllerPort, nodePort] = await Promise.all([freePort(), freePort()]);
  const node = hostname().split('.')[0] ?? 'localhost';
  writeFileSync(join(dir, 'slurm.conf'), configuration({ dir, node, controllerPort, nodePort, gpus, ...options }));
  writeFileSync(join(dir, 'gres.conf'), gresOf(node, gpus));

  const env = {
    PATH: [...new Set([...(process.env['PATH'] ?? '').split(delimiter), ...DAEMON_FOLDERS])].join(delimiter),
    SLURM_CONF: join(dir, 'slurm.conf'),
  };
  const daemons = new Map<string, ChildProcess>();

  function start(name: string, args: readonly string[]): void {
    const log = openSync(join(dir, 'log', `${name}.out`), 'a');
    const child = spawn(found(name) ?? name, args, {
      cwd: dir,
      env: { ...process.env, ...env, [CLUSTER_TAG]: dir },
      stdio: ['ignore', log, log],
    });
    daemons.set(name, child);
  }

  async function end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = daemons.get(name);
    daemons.delete(name);
    const stat = child?.pid === undefined ? null : readStat(child.pid);
    if (stat === null) return;
    signalIdentity(stat, signal);
    await until(`${name} gone`, () => isGone(stat), undefined, END_MS).catch(() => signalIdentity(stat, 'SIGKILL'));
  }

  function run(command: string, args: readonly string[] = [], stdin = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        command,
        args,
        { env: { ...process.env, ...env }, cwd: dir, maxBuffer: 1024 ** 3 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`));
        },
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
    });
  }

  async function untilAnswers(what: string, asks: () => Promise<boolean>): Promise<void> {
    const limit = Date.now() + ANSWER_MS;
    let last = '';
    while (Date.now() < limit) {
      try {
        if (await asks()) return;
      } catch (error) {
        last = String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${what} did not answer: ${last}\n${logsOf(dir)}`);
  }

  async function startController(): Promise<void> {
    start('slurmctld', ['-D', '-f', env.SLURM_CONF]);
    await untilAnswers('slurmctld', async () => (await run('sinfo', ['-h', '-o', '%T'])).trim() !== '');
  }

  async function saveState(): Promise<void> {
    const saved = join(dir, 'state', 'job_state');
    // A change makes it write; the change has to be one that nobody else looks at.
    const id = (await run('sbatch', ['--parsable', '--hold', '--output=/dev/null'], '#!/bin/sh\n')).trim();
    const since = Date.now();
    await until(
      'slurmctld saves its state',
      () => (statSync(saved, { throwIfNoEntry: false })?.mtimeMs ?? 0) > since,
      undefined,
      ANSWER_MS,
    );
    await run('scancel', [id]);
  }

  async function close(): Promise<void> {
    if (daemons.has('slurmctld')) {
      await run('scancel', [`--user=${userInfo().username}`]).catch(() => '');
      await untilAnswers('scancel', async () => (await run('squeue', ['-h'])).trim() === '').catch(() => undefined);
    }
    for (const name of ['slurmd', 'slurmctld', 'munged']) await end(name, 'SIGTERM');
    const left = taggedWith(dir);
    for (const process of left) signalIdentity(process, 'SIGKILL');
    await until('the cluster’s processes gone', () => left.every(isGone), undefined, END_MS);
    rmSync(dir, { recursive: true, force: true });
  }

  try {
    start('munged', [
      '--foreground',
      '--force',
      `--key-file=${key}`,
      `--socket=${join(dir, 'munge', 'socket')}`,
      `--pid-file=${join(dir, 'munge', 'pid')}`,
      `--seed-file=${join(dir, 'munge', 'seed')}`,
      `--log-file=${join(dir, 'log', 'munged')}`,
    ]);
    await until(
      'munged listens',
      () => readdirSync(join(dir, 'munge')).includes('socket'),
      join(dir, 'munge'),
      ANSWER_MS,
    );
    await startController();
    start('slurmd', ['-D', '-f', env.SLURM_CONF]);
    await untilAnswers('slurmd', async () => /^(idle|mixed)/.test(await run('sinfo', ['-h', '-o', '%T', '-p', 'gpu'])));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dir,
    env,
    run,
    startController,
    saveState,
    killController: () => end('slurmctld', 'SIGKILL'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface ClusterPlan extends SlurmClusterOptions {
  readonly dir: string;
  readonly node: string;
  readonly controllerPort: number;
  readonly nodePort: number;
  readonly gpus: number;
}

/** Two partitions, `gpu` (the default, an hour) and `long` (no limit), of one node with 64 cores that nobody counts. */
function configuration(plan: ClusterPlan): string {
  const { dir, node, controllerPort, nodePort, gpus, minJobAge = 300, killWait = 2 } = plan;
  const user = userInfo().username;
  return `
ClusterName=yard
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${join(dir, 'munge', 'socket')}
CredType=cred/munge
StateSaveLocation=${join(dir, 'state')}
SlurmdSpoolDir=${join(dir, 'spool')}
SlurmctldPidFile=${join(dir, 'slurmctld.pid')}
SlurmdPidFile=${join(dir, 'slurmd.pid')}
SlurmctldLogFile=${join(dir, 'log', 'slurmctld')}
SlurmdLogFile=${join(dir, 'log', 'slurmd')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
GresTypes=gpu
ReturnToService=2
MinJobAge=${minJobAge}
KillWait=${killWait}
MaxJobCount=50000
MaxArraySize=20001
SlurmdParameters=config_overrides
NodeName=${node} NodeAddr=127.0.0.1 CPUs=64 Boards=1 SocketsPerBoard=1 CoresPerSocket=64 ThreadsPerCore=1 RealMemory=65536${gpus > 0 ? ` Gres=gpu:${gpus}` : ''} State=UNKNOWN
PartitionName=gpu Nodes=${node} Default=YES DefaultTime=01:00:00 MaxTime=1-00:00:00 State=UP
PartitionName=long Nodes=${node} MaxTime=INFINITE State=UP
`;
}

/** Any device file stands for a GPU: nobody opens it. */
function gresOf(node: string, gpus: number): string {
  const devices = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty', '/dev/ptmx'];
  if (gpus > devices.length) throw new Error(`there are device files for ${devices.length} GPUs only`);
  return devices
    .slice(0, gpus)
    .map((file) => `NodeName=${node} Name=gpu File=${file}\n`)
    .join('');
}

function found(program: string): string | null {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...DAEMON_FOLDERS]) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // Not in this one.
    }
  }
  return null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Every living process whose environment says that it belongs to the cluster in `dir`: steps outlive their slurmd. */
function taggedWith(dir: string): readonly Identity[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (!environment.includes(`${CLUSTER_TAG}=${dir}`) && !environment.includes(`SLURM_CONF=${dir}/slurm.conf`))
        return [];
      const stat = readStat(Number(name));
      return stat === null || isGone(stat) || environment.includes('VITEST=true') ? [] : [stat];
    } catch {
      return [];
    }
  });
}

function logsOf(dir: string): string {
  return readdirSync(join(dir, 'log'))
    .map((name) => `${name}: ${readFileSync(join(dir, 'log', name), 'utf8').slice(-1_500)}`)
    .join('\n');
}
