import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

/** Where nvidia-smi is, or in one sentence where it was looked for. */
export type Located =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing'; readonly message: string };

/** Places that are often not on PATH: WSL2 mounts the Windows driver there, Windows drivers install there. */
const USUAL_PLACES: Readonly<Record<'win32' | 'other', readonly string[]>> = {
  win32: ['C:\\Windows\\System32\\nvidia-smi.exe', 'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvidia-smi.exe'],
  other: ['/usr/lib/wsl/lib/nvidia-smi'],
};

/** Finds nvidia-smi: the path of the settings if there is one and nothing else then; otherwise PATH, then the usual places. */
export async function locateNvidiaSmi(options: {
  readonly command: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}): Promise<Located> {
  const { command, env, platform = process.platform } = options;
  if (command !== null) {
    // A path that cannot be executed is returned too: starting it tells why it cannot.
    const exists = await isFile(command);
    return exists
      ? { kind: 'found', path: command }
      : { kind: 'missing', message: `There is no nvidia-smi at ${command}, the path in the settings.` };
  }
  const windows = platform === 'win32';
  const name = windows ? 'nvidia-smi.exe' : 'nvidia-smi';
  const { join, isAbsolute } = windows ? path.win32 : path.posix;
  const onPath = (env['PATH'] ?? env['Path'] ?? '')
    .split(windows ? ';' : ':')
    // An empty or relative entry means the working directory, where anybody's file could be called nvidia-smi.
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name));
  for (const candidate of [...onPath, ...USUAL_PLACES[windows ? 'win32' : 'other']]) {
    if ((await isFile(candidate)) && (await isExecutable(candidate))) return { kind: 'found', path: candidate };
  }
  return { kind: 'missing', message: 'nvidia-smi is neither on PATH nor in the usual places.' };
}

async function isFile(candidate: string): Promise<boolean> {
  try {
    return (await stat(candidate)).isFile();
  } catch {
    return false;
  }
}

async function isExecutable(candidate: string): Promise<boolean> {
  try {
    await access(candidate, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
