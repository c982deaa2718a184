/** Jobs as a table for a terminal, one line each. */
export function jobTable(jobs: readonly Record<string, unknown>[]): string {
  if (jobs.length === 0) return 'No jobs. Add one: trainyard submit -- python3 train.py';
  const rows = jobs.map((job) => [`#${text(job['job_id'])}`, statusOf(job), text(job['name']), text(job['sentence'])]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
    )
    .join('\n');
}

function statusOf(job: Record<string, unknown>): string {
  const live = job['status'] === 'running' || job['status'] === 'pending';
  return live && job['stop'] !== null ? 'cancelling' : text(job['status']);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
