import type { Database, RunResult } from 'better-sqlite3';

/** What a column takes. */
type Value = string | number | null;

/**
 * Prepares a statement that changes rows, its values named in the text (`@name`), and answers what runs it. They are bound by
 * place: binding by name takes twice the time, which is felt where thousands of jobs are written at once.
 */
export function runStatement<N extends string>(
  db: Database,
  sql: string,
): (values: Readonly<Record<N, Value>>) => RunResult {
  const names: N[] = [];
  const statement = db.prepare<Value[]>(
    sql.replaceAll(/@(\w+)/g, (_, name: N) => {
      names.push(name);
      return '?';
    }),
  );
  return (values) => statement.run(...names.map((name) => values[name]));
}
