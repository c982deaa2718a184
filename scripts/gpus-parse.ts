import { readFileSync } from 'node:fs';
import { parseSaved } from '../src/main/core/gpu/nvidia-smi-parser/saved.ts';

/** Prints as JSON what the parser makes of a saved output of nvidia-smi (`-` reads standard input). */
const [file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0) {
  console.error('Usage: npm run -s gpus:parse -- FILE   (FILE is a saved output of nvidia-smi, - for standard input)');
  process.exitCode = 2;
} else {
  try {
    console.log(JSON.stringify(parseSaved(readFileSync(file === '-' ? 0 : file)), null, 2));
  } catch (error) {
    console.error(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
