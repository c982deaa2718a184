import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseRunner, runnerPromise } from '../../core/engines/local/runnerCommand.ts';
import type { RunnerLocations } from '../../core/engines/local/runnerCommand.ts';
import { findUserManager } from '../../core/engines/local/scope.ts';
import { runBounded } from '../../core/processes/boundedCommand.ts';
import type { Finding } from './finding.ts';
import { note, ok, wrong } from './finding.ts';

const TRIAL_LIMIT_MS = 10_000;
/** Leaves a process behind in a session of its own: only a subreaper inherits it. */
const LEAVES_ONE_BEHIND = ['sh', '-c', '(setsid sleep 0.2 &) ; exit 0'];

/** Which runner is in use, and whether it holds its promise: it is tried on a program that leaves a process behind. */
export async function runner(locations: RunnerLocations): Promise<readonly Finding[]> {
  const chosen = chooseRunner(locations);
  const promise = runnerPromise(chosen.kind);
  if (chosen.kind === 'portable') {
    const advice =
      process.platform === 'linux'
        ? 'Install a C compiler and run `npm run setup`, or use the package, which has it compiled.'
        : null;
    const none = note('subreaper', 'not used by the portable runner.');
    return [note('runner', promise, advice), none];
  }
  const directory = mkdtempSync(join(tmpdir(), 'trainyard-doctor-'));
  try {
    writeFileSync(join(directory, 'journal.jsonl'), '');
    const options = ['--dir', directory, '--cwd', '/', '--run', 'doctor', '--boot', 'doctor'];
    const stop = ['--signal', '15', '--grace-ms', '1000', '--kill-after-exit-ms', '1000'];
    const { code, stderr } = await runBounded(chosen.program, [...options, ...stop, '--', ...LEAVES_ONE_BEHIND], {
      environment: process.env,
      cwd: directory,
      limitMs: TRIAL_LIMIT_MS,
    });
    const record = existsSync(join(directory, 'exit.json'))
      ? (JSON.parse(readFileSync(join(directory, 'exit.json'), 'utf8')) as { code: number; reaped: number })
      : null;
    if (code !== 0 || record === null || record.code !== 0) {
      const meaning = `the native runner is there but a trial run did not go through (${stderr.trim() || `exit ${String(code)}`}).`;
      return [
        wrong(
          'runner',
          meaning,
          'Build it anew (npm run setup), or install the package again. Until then no run starts.',
        ),
      ];
    }
    // Two were reaped: the program, and the process it had left to whoever inherits it.
    const inherits = record.reaped >= 2;
    return [
      ok('runner', promise),
      inherits
        ? ok('subreaper', 'a process that leaves its session and its parent still belongs to its run.')
        : wrong(
            'subreaper',
            'a process left behind was not inherited by the runner.',
            'A kernel from 3.4 on is needed.',
          ),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether systemd gives each run a scope of its own. */
export async function systemdScope(environment: NodeJS.ProcessEnv): Promise<Finding> {
  const name = 'systemd scope';
  const manager = await findUserManager(environment);
  if (manager !== null) return ok(name, 'each run gets a scope of its own, a second proof that nothing of it is left.');
  const advice =
    process.platform === 'linux'
      ? 'Nothing needs to be done. For the second proof log in with a systemd user session.'
      : null;
  return note(name, 'no user manager of systemd answers, so runs go without a scope; the runner alone proves.', advice);
}

/** Whether the kernel's second version of control groups is there. */
export function controlGroups(): Finding {
  const name = 'cgroup v2';
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return ok(name, 'mounted at /sys/fs/cgroup.');
  return note(name, 'not mounted at /sys/fs/cgroup; only the second proof of a stop needs it.');
}
