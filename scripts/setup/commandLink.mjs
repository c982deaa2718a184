import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repoRoot } from './paths.mjs';
import { readStamp } from './stamp.mjs';

const link = join(repoRoot, 'node_modules', '.bin', 'trainyard');
const target = join('..', '..', 'bin', 'trainyard.mjs');

/** `trainyard` among the clone's commands, so that `npx trainyard` never asks the registry and npm scripts find it. */
export const commandLinkStep = {
  name: 'trainyard command',
  // Read through the link: a dangling one counts as missing.
  isDone: () => process.platform === 'win32' || readStamp(link) !== null,
  run: () => {
    mkdirSync(dirname(link), { recursive: true });
    if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
    symlinkSync(target, link);
  },
};
