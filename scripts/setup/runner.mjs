import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentHash } from './contentHash.mjs';
import { repoRoot } from './paths.mjs';
import { lastLines, runCommand } from './runCommand.mjs';
import { readStamp, writeStamp } from './stamp.mjs';
import { StepFailure } from './stepFailure.mjs';
import { isOnPath } from './systemPackages.mjs';

const sourceFolder = 'src/runner';
const program = join(repoRoot, 'out', 'runner', `linux-${process.arch}`, 'trainyard-runner');
const stampPath = `${program}.stamp`;
const commonFlags = ['-std=gnu11', '-O2', '-Wall', '-Wextra'];

/**
 * Smallest program first: musl static is 66 KB, glibc static 0.9 MB, dynamic needs the libc of the machine. Warnings
 * are errors, but a compiler that is newer than we know and warns of more must not keep a user from starting.
 */
const attempts = [
  { command: 'musl-gcc', flags: ['-Werror', '-static'] },
  { command: 'cc', flags: ['-Werror', '-static'] },
  { command: 'cc', flags: ['-Werror'] },
  { command: 'cc', flags: [] },
];

/** The native runner, compiled from every .c file in src/runner with the machine's C compiler. */
export const runnerStep = {
  name: 'native runner',
  isDone: () => {
    if (process.platform !== 'linux' || sources().length === 0) return true;
    return existsSync(program) && readStamp(stampPath) === wantedStamp();
  },
  run: async () => {
    const usable = attempts.filter((attempt) => isOnPath(attempt.command));
    if (usable.length === 0) {
      rmSync(program, { force: true });
      console.log('No C compiler found (cc, musl-gcc): the TypeScript runner is used instead of the native one.');
      return;
    }
    const temporary = `${program}.${process.pid}`;
    mkdirSync(dirname(program), { recursive: true });
    let firstOutput = '';
    for (const { command, flags } of usable) {
      const args = [...commonFlags, ...flags, '-o', temporary, ...sources()];
      const { code, output } = await runCommand(command, args, { cwd: repoRoot });
      if (code === 0) {
        // A run in progress keeps the old program: a rename never touches it.
        renameSync(temporary, program);
        writeStamp(stampPath, wantedStamp());
        console.log(`Compiled the native runner with ${[command, ...flags].join(' ')}.`);
        return;
      }
      firstOutput ||= output;
    }
    rmSync(temporary, { force: true });
    throw new StepFailure('The native runner did not compile', {
      advice: `Please report this, with the output of \`${usable[0]?.command} --version\`.`,
      output: lastLines(firstOutput),
    });
  },
};

function sources() {
  const folder = join(repoRoot, sourceFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => `${sourceFolder}/${name}`);
}

function wantedStamp() {
  const names = readdirSync(join(repoRoot, sourceFolder)).filter((name) => /\.[ch]$/.test(name));
  return contentHash(repoRoot, [...names.sort().map((name) => `${sourceFolder}/${name}`), 'scripts/setup/runner.mjs']);
}
