/** One column of a CSV answer. */
export interface Column {
  /** The field's canonical name, lower case: aliases such as `gpu_uuid` are resolved. */
  readonly field: string;
  /** The unit in the header's brackets (`[MiB]`), or null. */
  readonly unit: string | null;
}

/** What the app asks of `--query-gpu`. The last column is a word, so that a cut-off line cannot pass as a smaller number. */
export const GPU_QUERY_FIELDS = [
  'index',
  'uuid',
  'name',
  'pci.bus_id',
  'driver_version',
  'memory.total',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'mig.mode.current',
] as const;

/** What the app asks of `--query-compute-apps`. */
export const COMPUTE_APPS_FIELDS = ['gpu_uuid', 'pid', 'process_name', 'used_gpu_memory'] as const;

/** Which list a CSV answer is: `name` is the GPU's in one and the process's in the other. */
export type QueryKind = 'gpu' | 'compute-apps';

const ALIASES: Readonly<Record<QueryKind, Readonly<Record<string, string>>>> = {
  gpu: { gpu_uuid: 'uuid', gpu_name: 'name', gpu_bus_id: 'pci.bus_id', 'gpu.power.requested_limit': 'power.limit' },
  'compute-apps': { name: 'process_name', used_memory: 'used_gpu_memory' },
};

/** Units of a `nounits` answer without a header (`nvidia-smi --help-query-gpu`). */
const USUAL_UNITS: Readonly<Record<string, string>> = {
  'memory.total': 'MiB',
  'memory.used': 'MiB',
  'memory.free': 'MiB',
  'utilization.gpu': '%',
  'temperature.gpu': 'C',
  'power.draw': 'W',
  'power.limit': 'W',
  used_gpu_memory: 'MiB',
};

/** Names that tell a header from a row; an answer that has none of them is not recognised. */
const HEADER_WORDS: Readonly<Record<QueryKind, ReadonlySet<string>>> = {
  gpu: new Set([
    ...GPU_QUERY_FIELDS,
    'timestamp',
    'count',
    'serial',
    'pstate',
    'fan.speed',
    'memory.reserved',
    'utilization.memory',
    'compute_mode',
    'compute_cap',
  ]),
  'compute-apps': new Set(['pid', 'process_name', 'used_gpu_memory', 'gpu_uuid']),
};

/** The columns of an answer without a header, by the names that were asked for. */
export function columnsAsked(fields: readonly string[], kind: QueryKind): readonly Column[] {
  return fields.map((name) => {
    const field = canonical(name, kind);
    return { field, unit: usualUnit(field) };
  });
}

/** The columns a header names, or null when these cells are no header. */
export function columnsOfHeader(cells: readonly string[], kind: QueryKind): readonly Column[] | null {
  let nameLike = 0;
  let known = 0;
  const columns = cells.map((cell) => {
    const match = /^([a-z][\w.]*)(?:\s*\[([^\]]*)\])?$/i.exec(cell.trim());
    // A junk column does not spoil a header, but keeps its place.
    const field = match?.[1] === undefined ? '' : canonical(match[1], kind);
    if (field !== '') nameLike += 1;
    if (HEADER_WORDS[kind].has(field)) known += 1;
    return { field, unit: match?.[2] ?? usualUnit(field) };
  });
  // A process may be called "pid": one familiar word between a uuid and numbers makes no header.
  return known > 0 && nameLike * 2 > cells.length ? columns : null;
}

function canonical(name: string, kind: QueryKind): string {
  const lower = name.trim().toLowerCase();
  const aliases = ALIASES[kind];
  return Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower;
}

function usualUnit(field: string): string | null {
  return Object.hasOwn(USUAL_UNITS, field) ? (USUAL_UNITS[field] ?? null) : null;
}
