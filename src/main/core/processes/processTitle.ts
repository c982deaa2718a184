import { readFileSync } from 'node:fs';
import { commandWithoutSecrets, textWithoutValues } from '../domain/secretWords.ts';
import type { KeptSecrets } from '../domain/secretWords.ts';

/** Longer ones say nothing more to a person. */
const LONGEST = 200;

/** The command line or title of a process for people, secrets hidden; null when it is gone or the system does not tell. */
export function titleOf(pid: number, secrets: KeptSecrets): string | null {
  const line = readProc(pid, 'cmdline');
  if (line === null) return null;
  const words = textWithoutValues(line, secrets)
    .split('\0')
    .filter((word) => word !== '');
  const [first = ''] = words;
  // Who writes its own title writes it as one text.
  const title = commandWithoutSecrets(words.length === 1 ? first.trim().split(' ') : words, secrets);
  const text = title === '' ? `[${readProc(pid, 'comm')?.trim() ?? '?'}]` : title;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function readProc(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').slice(0, 16_384);
  } catch {
    return null;
  }
}
