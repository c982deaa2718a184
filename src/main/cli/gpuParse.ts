import { readFileSync } from 'node:fs';
import { parseSaved } from '../core/gpu/nvidia-smi-parser/saved.ts';
import { EXIT } from './exitCodes.ts';
import type { CliSession } from './session.ts';

/** Prints as JSON what the parser makes of a saved output of nvidia-smi, for bug reports; `-` reads standard input. */
export function printParsed(file: string, session: CliSession): void {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    session.complain(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    session.exitCode = EXIT.failed;
    return;
  }
  session.print(JSON.stringify(parseSaved(bytes), null, 2));
}
