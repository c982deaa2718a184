import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** When nothing tells a time: 1 January 2020, after which every archive format can write it. */
const FALLBACK = 1_577_836_800;

/** The time that files in a package have, Unix seconds: SOURCE_DATE_EPOCH, else the last commit's. */
export async function sourceTime(root: string): Promise<number> {
  const given = Number(process.env['SOURCE_DATE_EPOCH']);
  if (Number.isSafeInteger(given) && given > 0) return given;
  try {
    const { stdout } = await promisify(execFile)('git', ['log', '-1', '--format=%ct'], { cwd: root });
    return Number(stdout) || FALLBACK;
  } catch {
    // Sources without their history.
    return FALLBACK;
  }
}
