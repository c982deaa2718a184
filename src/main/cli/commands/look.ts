import type { Command } from 'commander';
import { jobDetails, jobTable } from '../jobTable.ts';
import { printLog } from '../printLog.ts';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION, jobNumber, wholeNumber } from '../session.ts';

interface ListOptions extends JsonOptions {
  readonly status?: string;
  readonly search?: string;
  readonly limit: number;
}

interface LogOptions extends JsonOptions {
  readonly follow?: true;
  readonly bytes?: number;
}

interface GpuOptions extends JsonOptions {
  readonly parse?: string;
}

/** `list`, `show`, `logs`, `receipt`, `gpus`: they change nothing. */
export function addLook(program: Command, session: CliSession): void {
  program
    .command('list')
    .description('show jobs, newest first')
    .option('--status <statuses>', 'only these, separated by commas')
    .option('--search <text>', 'only jobs whose name or command holds this')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 50)
    .option(...JSON_OPTION)
    .action(async ({ status, search, limit, json }: ListOptions) => {
      const query = new URLSearchParams({ limit: String(limit) });
      if (status !== undefined) query.set('status', status);
      if (search !== undefined) query.set('search', search);
      const answer = await session.core.request('GET', `/api/training/jobs?${query}`);
      session.finish(answer, json, ({ jobs }) => jobTable(jobs as readonly Record<string, unknown>[]));
    });

  program
    .command('show')
    .description('everything about one job')
    .argument('<id>', 'number of the job', jobNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, { json }: JsonOptions) => {
      session.finish(await session.core.request('GET', `/api/training/jobs/${id}`), json, jobDetails);
    });

  program
    .command('logs')
    .description('print what a run has written')
    .argument('<id>', 'number of the job', jobNumber)
    .option('-f, --follow', 'go on until the run has ended')
    .option('-n, --bytes <count>', 'only the last so many bytes', wholeNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, { follow, bytes, json }: LogOptions) => {
      const options = { follow: follow === true, bytes: bytes ?? null, json: json === true };
      const failed = await printLog(session.core, id, options);
      if (failed !== null) session.finish(failed, json, () => '');
    });

  program
    .command('receipt')
    .description('the proof that a stop left behind')
    .argument('<id>', 'number of the job', jobNumber)
    .option(...JSON_OPTION)
    .action(async (id: number, { json }: JsonOptions) => {
      const answer = await session.core.request('GET', `/api/training/jobs/${id}/receipt`);
      session.finish(answer, json, (receipt) => {
        const steps = receipt['steps'] as readonly { at: number; words: string }[];
        const asked = Number(receipt['requested_at']);
        const lines = steps.map(({ at, words }) => `  +${((at - asked) / 1_000).toFixed(3)} s  ${words}`);
        const proofs = (receipt['proofs'] as readonly string[]).map((proof) => `  ${proof}`);
        return [`#${id}: ${String(receipt['verdict'])}`, ...lines, 'Proof:', ...proofs].join('\n');
      });
    });

  program
    .command('gpus')
    .description('the GPUs of this machine and who uses them')
    .option(...JSON_OPTION)
    .option(
      '--parse <file>',
      'instead: what the parser makes of a saved output of nvidia-smi, as JSON (- for standard input)',
    )
    .action(async ({ json, parse }: GpuOptions) => {
      if (parse !== undefined) {
        // Only here: the XML reader is heavy, and every other command would pay for it.
        const { printParsed } = await import('../gpuParse.ts');
        printParsed(parse, session);
        return;
      }
      session.finish(await session.core.request('GET', '/api/training/gpus'), json, gpuWords);
    });
}

function gpuWords(body: Record<string, unknown>): string {
  const gpus = body['gpus'] as readonly Record<string, unknown>[];
  const failure = body['failure'] as { message: string; advice: string } | null;
  const lines = gpus.map((gpu) => {
    const memory = `${String(gpu['memory_used_mib'] ?? '?')} / ${String(gpu['memory_total_mib'] ?? '?')} MiB`;
    return `GPU ${String(gpu['index'] ?? '?')}  ${String(gpu['name'] ?? 'unnamed')}  ${memory}  ${String(gpu['uuid'])}`;
  });
  if (failure !== null) lines.push(`${failure.message} ${failure.advice}`);
  return lines.join('\n') || 'No GPU has been read yet.';
}
