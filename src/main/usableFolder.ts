import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the data folder with the part of it that is Electron's. Answers in words for a person why it cannot be used, or
 * null: Electron takes a folder that it cannot write for one that another instance holds, and would leave without a word.
 */
export function folderProblem(folder: string): string | null {
  const electron = join(folder, 'electron');
  try {
    mkdirSync(electron, { recursive: true, mode: 0o700 });
    for (const path of [folder, electron]) accessSync(path, constants.W_OK);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EROFS')
      return `The data folder ${folder} is on a file system that is read-only. Nothing was changed; runs go on. Make it writable and start again, or choose another folder with TRAINYARD_HOME.`;
    return `The data folder ${folder} cannot be written (${error instanceof Error ? error.message : String(error)}). Give yourself write permission and start again, or choose another folder with TRAINYARD_HOME.`;
  }
}
