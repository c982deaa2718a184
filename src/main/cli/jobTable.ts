/** A job as it comes over the wire. */
type WireJob = Record<string, unknown>;

/** Jobs as a table for a terminal, one line each. */
export function jobTable(jobs: readonly WireJob[]): string {
  if (jobs.length === 0) return 'No jobs. Add one: trainyard submit -- python3 train.py';
  return aligned(
    jobs.map((job) => [`#${text(job['job_id'])}`, statusOf(job), text(job['name']), text(job['sentence'])]),
  );
}

/** One job, a line a fact. */
export function jobDetails(job: WireJob): string {
  const env = (job['env'] ?? []) as readonly { name: string; value: string | null }[];
  const history = (job['history'] ?? []) as readonly { at: number; words: string }[];
  const facts: [string, string][] = [
    ['job', `#${text(job['job_id'])} ${text(job['name'])}`],
    ['status', statusOf(job)],
    ['', text(job['sentence'])],
    [
      'command',
      (job['command'] as readonly string[])
        .map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word)))
        .join(' '),
    ],
    ['folder', text(job['cwd'])],
    ['gpus', String(job['gpus'])],
    ['stop', `${text(job['stop_signal'])}, ${String(job['grace_seconds'])} s`],
    ['commit', gitWords(job['git'])],
    ['files', text(job['run_directory'])],
    ['log', text(job['log_removed'])],
    ...env.map(({ name, value }): [string, string] => ['env', `${name}=${value ?? '(hidden)'}`]),
    ...history.map(({ at, words }): [string, string] => [new Date(at).toISOString(), words]),
  ];
  return aligned(facts.filter(([, value]) => value !== ''));
}

/** `a1b2c3d4e5f6 on main, 2 changed files, 1 untracked`. */
function gitWords(git: unknown): string {
  if (typeof git !== 'object' || git === null) return '';
  const state = git as Record<string, unknown>;
  if (state['kind'] === 'unknown') return `not known: ${text(state['why'])}`;
  if (state['kind'] !== 'known') return '';
  const commit = state['commit'] === null ? 'no commit yet' : text(state['commit']).slice(0, 12);
  const branch = state['branch'] === null ? 'detached' : `on ${text(state['branch'])}`;
  const changed = Number(state['changed_files']);
  const untracked = Number(state['untracked_files']);
  const parts = [`${commit} ${branch}`, changed === 0 ? 'no changes' : `${changed} changed`];
  if (untracked > 0) parts.push(`${untracked} untracked`);
  return parts.join(', ');
}

function aligned(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function statusOf(job: WireJob): string {
  const live = job['status'] === 'running' || job['status'] === 'pending';
  if (live && job['stop'] !== null) return 'cancelling';
  return job['held'] === true ? 'held' : text(job['status']);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
