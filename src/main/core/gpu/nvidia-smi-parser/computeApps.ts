import { quoted, readNumber, readText, saysUnknown } from './cell.ts';
import type { Warn } from './cell.ts';
import { columnsAsked, columnsOfHeader } from './columns.ts';
import type { Column } from './columns.ts';
import { failureInText, parseFailure, unreadable } from './failure.ts';
import { readUuid } from './gpuQuery.ts';
import type { ComputeApp, ComputeAppsResult } from './types.ts';

/**
 * Reads the answer of `--query-compute-apps`. Without a header `fields` must be the names that were asked for; then an empty
 * answer is an empty list. Never throws; a row it cannot read is left out, and `complete` says so.
 */
export function parseComputeApps(
  stdout: string,
  options: { readonly fields?: readonly string[] } = {},
): ComputeAppsResult {
  try {
    return readComputeApps(stdout, options.fields);
  } catch (error) {
    return unreadable(`The answer of --query-compute-apps cannot be read: ${String(error)}`);
  }
}

function readComputeApps(stdout: string, fields: readonly string[] | undefined): ComputeAppsResult {
  const warnings: string[] = [];
  const processes: ComputeApp[] = [];
  let columns = fields === undefined ? null : columnsAsked(fields, 'compute-apps');
  let complete = true;
  const lines = stdout.replace(/^\u{feff}/u, '').split(/\r\n|\n|\r/);
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '' || /^no running (compute )?processes found/i.test(line.trim())) continue;
    const header = columnsOfHeader(line.split(','), 'compute-apps');
    if (header !== null) {
      columns = header;
      continue;
    }
    const warn: Warn = (warning) => warnings.push(`line ${at + 1}, ${warning}`);
    const row = columns === null ? null : readRow(line, columns, warn);
    if (row === null) {
      const failure = failureInText(line);
      if (failure !== null) return failure;
      warnings.push(`line ${at + 1} is no row: ${quoted(line)}`);
    } else {
      processes.push(row);
    }
    if (row === null || row.pid === null) complete = false;
  }
  // Without a header nothing proves that the list was printed at all.
  if (columns === null) return failureInText(stdout) ?? parseFailure({ stdout });
  return { kind: 'ok', processes, complete, warnings };
}

function readRow(line: string, columns: readonly Column[], warn: Warn): ComputeApp | null {
  const cells = cellsAroundName(line, columns);
  if (cells === null) return null;
  const cell = (field: string): string | undefined => {
    const at = columns.findIndex((column) => column.field === field);
    return at === -1 ? undefined : cells[at];
  };
  const gpuUuid = readUuid(cell('gpu_uuid'), warn);
  const pid = readNumber(cell('pid'), 'pid', { column: 'pid', unitless: null, warn });
  const pidCell = cell('pid');
  // A pid that is a word of nvidia-smi is withheld; one that is anything else belongs to a broken row.
  if (pid === null && (pidCell === undefined || !saysUnknown(pidCell))) return null;
  if (gpuUuid === null && cell('gpu_uuid') !== undefined) return null;
  const unitless = columns.find((column) => column.field === 'used_gpu_memory')?.unit ?? null;
  return {
    gpuUuid,
    pid,
    name: readText(cell('process_name')),
    memoryUsedMiB: readNumber(cell('used_gpu_memory'), 'memoryMiB', { column: 'used_gpu_memory', unitless, warn }),
  };
}

/**
 * Cells of a row, the process name whole: it is printed without quotes, so its commas look like separators. What stands left
 * of it is counted from the left and what stands right of it from the right. Null when the row has too few cells.
 */
function cellsAroundName(line: string, columns: readonly Column[]): readonly string[] | null {
  const cells = line.split(',');
  const extra = cells.length - columns.length;
  const name = columns.findIndex((column) => column.field === 'process_name');
  if (extra < 0 || (extra > 0 && name === -1)) return null;
  const whole = cells.slice(name, name + extra + 1).join(',');
  const merged = name === -1 ? cells : [...cells.slice(0, name), whole, ...cells.slice(name + extra + 1)];
  return merged.map((cell) => cell.trim());
}
