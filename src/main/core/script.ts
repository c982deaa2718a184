import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import type { ScriptView } from '../../shared/contract.ts';

/** What runs a script that says nothing about it itself, by its ending. */
const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  '.py': ['python3'],
  '.sh': ['sh'],
  '.bash': ['bash'],
  '.js': ['node'],
  '.mjs': ['node'],
  '.cjs': ['node'],
  '.ts': ['node'],
  '.jl': ['julia'],
  '.r': ['Rscript'],
  '.pl': ['perl'],
  '.rb': ['ruby'],
};
/** Folders in which people keep a project's own Python, from the script's folder upwards. */
const ENVIRONMENTS = ['.venv', 'venv', 'env'];
const FOLDERS_UP = 4;

/**
 * How a file that somebody points at would be run, and in which folder: a folder as that folder, a program or a script with
 * its own first line as itself, any other script by its ending. `command` is empty where nothing runs it. Reads, runs nothing.
 */
export function lookAtScript(path: string): ScriptView {
  const kind = kindOf(path);
  if (kind === 'missing') return { command: [], cwd: dirname(path), kind, about: `There is no ${path}.` };
  if (kind === 'folder') return { command: [], cwd: path, kind, about: null };
  const [cwd, name] = [dirname(path), basename(path)];
  const ending = extname(name).toLowerCase();
  if (ending === '.py') return { command: [pythonFor(cwd), name], cwd, kind: 'script', about: null };
  const isProgram = mayRun(path);
  const first = firstBytes(path);
  if (isProgram && (first.startsWith('#!') || first.startsWith('\u007fELF')))
    return { command: [`./${name}`], cwd, kind: 'script', about: null };
  const named = interpreterIn(first) ?? INTERPRETERS[ending];
  if (named !== undefined) return { command: [...named, name], cwd, kind: 'script', about: null };
  return { command: [], cwd, kind: 'file', about: `${name} is no script that is known and no program.` };
}

function kindOf(path: string): 'missing' | 'folder' | 'file' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  return found.isDirectory() ? 'folder' : 'file';
}

/** The project's own Python, as it is typed in `folder`, or the machine's. */
function pythonFor(folder: string): string {
  let at = folder;
  for (let up = 0; up < FOLDERS_UP; up += 1) {
    for (const name of ENVIRONMENTS) {
      const python = join(at, name, 'bin', 'python');
      if (mayRun(python)) return up === 0 ? relative(folder, python) : python;
    }
    if (at === dirname(at)) break;
    at = dirname(at);
  }
  return 'python3';
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function firstBytes(path: string): string {
  const bytes = Buffer.alloc(256);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    // A file that may not be read is judged by its name.
    return '';
  }
}

/** What a first line such as `#!/usr/bin/env python3` or `#!/bin/bash -e` names. */
function interpreterIn(first: string): readonly string[] | undefined {
  const words = /^#!\s*([^\n\r]+)/.exec(first)?.[1]?.trim().split(/\s+/);
  if (words === undefined) return undefined;
  const rest = basename(words[0] ?? '') === 'env' ? words.slice(words[1] === '-S' ? 2 : 1) : words;
  return rest.length === 0 ? undefined : rest;
}
