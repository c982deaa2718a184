import { parse } from 'csv-parse/sync';
import { quoted, readNumber, readText, saysNotApplicable } from './cell.ts';
import type { QuantityName, Warn } from './cell.ts';
import { columnsAsked, columnsOfHeader } from './columns.ts';
import type { Column } from './columns.ts';
import { failureInText, parseFailure, unreadable } from './failure.ts';
import type { Gpu, GpuQueryResult } from './types.ts';

/**
 * Reads the answer of `--query-gpu`, with or without header and units. Without a header `fields` must be the names that were
 * asked for, in their order. Never throws; an unreadable field is null and a warning, an unreadable answer a failure.
 */
export function parseGpuQuery(stdout: string, options: { readonly fields?: readonly string[] } = {}): GpuQueryResult {
  try {
    return readGpuQuery(stdout, options.fields);
  } catch (error) {
    return unreadable(`The answer of --query-gpu cannot be read: ${String(error)}`);
  }
}

/** The cells of comma-separated lines. Quotes mean nothing: nvidia-smi never quotes. */
export function splitRows(text: string): readonly (readonly string[])[] {
  return parse(text, {
    bom: true,
    delimiter: ',',
    quote: null,
    escape: null,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
}

function readGpuQuery(stdout: string, fields: readonly string[] | undefined): GpuQueryResult {
  const warnings: string[] = [];
  const gpus: Gpu[] = [];
  let columns = fields === undefined ? null : columnsAsked(fields, 'gpu');
  for (const cells of splitRows(stdout)) {
    const line = cells.join(', ');
    const header = columnsOfHeader(cells, 'gpu');
    if (header !== null) {
      columns = header;
    } else if (columns === null || failureInText(line) !== null || isProse(cells, columns)) {
      warnings.push(`not part of the table: ${quoted(line)}`);
    } else {
      addSample(
        gpus,
        readRow(cells, columns, (warning) => warnings.push(`row ${gpus.length + 1}, ${warning}`)),
      );
    }
  }
  if (gpus.length > 0) return { kind: 'ok', gpus, warnings };
  return (
    failureInText(stdout) ??
    (columns === null || stdout.trim() === '' ? parseFailure({ stdout }) : unreadable('nvidia-smi listed no GPU.'))
  );
}

/** A sentence between the rows, such as `WARNING: infoROM is corrupted at gpu 0000:1B:00.0`, has too few cells for a row. */
function isProse(cells: readonly string[], columns: readonly Column[]): boolean {
  return cells.length * 2 <= columns.length && cells.length !== columns.length;
}

/** A saved loop holds many samples of one GPU: the last one counts. */
function addSample(gpus: Gpu[], gpu: Gpu): void {
  const isSame = (other: Gpu): boolean =>
    other.uuid === gpu.uuid && other.index === gpu.index && other.pciBusId === gpu.pciBusId;
  const known = gpu.uuid === null && gpu.index === null && gpu.pciBusId === null ? -1 : gpus.findIndex(isSame);
  if (known === -1) gpus.push(gpu);
  else gpus[known] = gpu;
}

function readRow(cells: readonly string[], columns: readonly Column[], warn: Warn): Gpu {
  const aligned = align(cells, columns, warn);
  const cell = (field: string): string | undefined => {
    const at = columns.findIndex((column) => column.field === field);
    return at === -1 ? undefined : aligned[at];
  };
  const number = (field: string, quantity: QuantityName): number | null => {
    const unitless = columns.find((column) => column.field === field)?.unit ?? null;
    return readNumber(cell(field), quantity, { column: field, unitless, warn });
  };
  const mig = readMig(cell('mig.mode.current'));
  return {
    uuid: readUuid(cell('uuid'), warn),
    index: number('index', 'count'),
    minorNumber: null,
    name: readText(cell('name')),
    pciBusId: readText(cell('pci.bus_id')),
    driverVersion: readText(cell('driver_version')),
    memoryTotalMiB: number('memory.total', 'memoryMiB'),
    memoryUsedMiB: number('memory.used', 'memoryMiB'),
    memoryFreeMiB: number('memory.free', 'memoryMiB'),
    utilizationPercent: number('utilization.gpu', 'percent'),
    temperatureCelsius: number('temperature.gpu', 'celsius'),
    powerDrawWatts: number('power.draw', 'watts'),
    powerLimitWatts: number('power.limit', 'watts'),
    mig,
    migDevices: [],
    unifiedMemory:
      mig !== 'enabled' && hasUnifiedMemory([cell('memory.total'), cell('memory.used'), cell('memory.free')]),
  };
}

/** Cells by column: a name that holds commas is put together again, and the last cell of a cut-off row is dropped. */
function align(cells: readonly string[], columns: readonly Column[], warn: Warn): readonly (string | undefined)[] {
  const extra = cells.length - columns.length;
  if (extra === 0) return cells;
  if (extra < 0) {
    warn(`the row is cut off after ${cells.length} of ${columns.length} columns`);
    return cells.slice(0, -1);
  }
  const name = columns.findIndex((column) => column.field === 'name');
  if (name === -1) {
    warn(`the row has ${cells.length} cells for ${columns.length} columns`);
    return cells;
  }
  return [...cells.slice(0, name), cells.slice(name, name + extra + 1).join(', '), ...cells.slice(name + extra + 1)];
}

/** The uuid of a GPU or MIG instance; anything else in its place is a shifted row. */
export function readUuid(cell: string | undefined, warn: Warn): string | null {
  const text = readText(cell);
  if (text === null || /^(GPU|MIG)-[\w/-]+$/i.test(text)) return text;
  warn(`uuid: cannot read ${quoted(text)}`);
  return null;
}

/** Whether MIG is on, or null where the GPU has none or does not say. */
export function readMig(cell: string | undefined): 'enabled' | 'disabled' | null {
  const text = cell?.trim().toLowerCase();
  return text === 'enabled' || text === 'disabled' ? text : null;
}

/** Whether every memory figure that was asked for is "not applicable", the total among them. */
export function hasUnifiedMemory([total, ...others]: readonly [
  string | undefined,
  ...(string | undefined)[],
]): boolean {
  return total !== undefined && [total, ...others].every((cell) => cell === undefined || saysNotApplicable(cell));
}
