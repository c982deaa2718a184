import { DatabaseProblem } from './problem.ts';

/**
 * The value of a JSON column, which this app has written itself. Throws {@link DatabaseProblem} for text that is no JSON: SQLite
 * has no checksums, so a byte that has changed on the disk shows first here.
 */
export function storedJson<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw DatabaseProblem.corrupt(null, error);
  }
}
