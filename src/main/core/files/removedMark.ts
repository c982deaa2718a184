import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Ms } from '../domain/job.ts';
import { whenGone } from './measure.ts';

/** The file that stays in the folder of a run whose files were removed, and says when. */
export const MARK = 'removed.json';

const markSchema = z.object({ at: z.int() });

/** Removes what is in a run's folder and leaves the mark. A crash in between leaves the mark, and the rest is removed later. */
export async function removeMarked(folder: string, at: Ms): Promise<void> {
  await writeFile(join(folder, MARK), JSON.stringify({ at, by: 'retention' }), { mode: 0o600, flag: 'wx' }).catch(
    (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    },
  );
  for (const name of await readdir(folder)) {
    if (name !== MARK) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** When the files of a run were removed; null while they are there, and for a folder that is not. */
export async function removedAt(folder: string): Promise<Ms | null> {
  const path = join(folder, MARK);
  const text = await readFile(path, 'utf8').catch(whenGone);
  if (text === null) return null;
  try {
    return markSchema.parse(JSON.parse(text)).at;
  } catch {
    // It was cut short by a crash: it is as old as its file.
    return (await stat(path)).mtimeMs;
  }
}

/** What is said in place of a log that retention has removed. */
export function removedWords(at: Ms): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `The log was removed by the retention setting on ${day.join('-')}.`;
}

/** What is said in place of the log of a run; null while its files are there. */
export async function removedNotice(folder: string): Promise<string | null> {
  const at = await removedAt(folder);
  return at === null ? null : removedWords(at);
}
