import { accessSync, constants, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/** Why not one instruction of the trainer ran, in the words of exit.json. */
export interface StartError {
  readonly stage: 'chdir' | 'log' | 'exec' | 'fork';
  readonly errno: number;
  readonly code: string;
  readonly message: string;
}

/** Errors of a place in PATH that only mean: not here, look further. */
const NOT_HERE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);
/** What a machine out of means answers to fork, not to exec. */
const NO_MEANS = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

/** A start error for what the system answered. */
export function startErrorOf(stage: StartError['stage'], error: unknown): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  const words = [...getSystemErrorMap().values()].find(([name]) => name === code)?.[1];
  const message = words ?? (error instanceof Error ? error.message : String(error));
  return {
    stage: stage === 'exec' && NO_MEANS.has(code) ? 'fork' : stage,
    errno: os.errno[code as keyof typeof os.errno] ?? 0,
    code,
    message: message.charAt(0).toUpperCase() + message.slice(1),
  };
}

/**
 * Where the program is that execvp would find in `cwd`, or why there is none. Looked at before the start because Node says
 * ENOENT both for a folder and for a program that is not there. On Windows Node's own search is used.
 */
export function findProgram(name: string, cwd: string, path: string | undefined): string | StartError {
  const noFolder = problemOf(() => {
    if (!statSync(cwd).isDirectory()) throw coded('ENOTDIR');
    accessSync(cwd, constants.X_OK);
  });
  if (noFolder !== null) return startErrorOf('chdir', noFolder);
  if (process.platform === 'win32') return name;
  if (name === '') return startErrorOf('exec', coded('ENOENT'));
  const places = name.includes('/') ? [''] : (path ?? '/usr/local/bin:/bin:/usr/bin').split(delimiter);
  let answer: Error = coded('ENOENT');
  for (const place of places) {
    const file = isAbsolute(name) ? name : resolve(cwd, join(place, name));
    const problem = problemOf(() => assertExecutable(file));
    if (problem === null) return file;
    if (name.includes('/')) return startErrorOf('exec', problem);
    if (codeOf(problem) === 'EACCES') answer = problem;
    else if (!NOT_HERE.has(codeOf(problem))) return startErrorOf('exec', problem);
  }
  return startErrorOf('exec', answer);
}

function assertExecutable(file: string): void {
  // The kernel's own answer for a folder or a device.
  if (!statSync(file).isFile()) throw coded('EACCES');
  accessSync(file, constants.X_OK);
}

function problemOf(check: () => void): Error | null {
  try {
    check();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}
