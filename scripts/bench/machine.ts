import { execFileSync } from 'node:child_process';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';

/** Where and when the figures were taken. */
export interface MachineFacts {
  readonly date: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  /** Runnable processes on average over the last minute: a busy machine's figures say less. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at the machine as it is now. */
export function machineFacts(): MachineFacts {
  return {
    date: new Date().toISOString().slice(0, 10),
    system: `${platform()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      commit: answerOf('git', ['describe', '--always', '--dirty']),
      'task-spooler': answerOf('tsp', ['-V']),
      // The others want a cluster's settings before they say anything.
      slurm: answerOf('slurmd', ['-V']),
    },
  };
}

/** A program's first line; without it, that it is not there. */
function answerOf(program: string, options: readonly string[]): string {
  try {
    const text = execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text.split('\n')[0]?.trim() ?? '';
  } catch {
    return 'not there';
  }
}
