import { columnsOfHeader, COMPUTE_APPS_FIELDS, GPU_QUERY_FIELDS } from './columns.ts';
import { parseComputeApps } from './computeApps.ts';
import { failureInText } from './failure.ts';
import { parseGpuQuery } from './gpuQuery.ts';
import type { ComputeAppsResult, Failure, GpuQueryResult, XmlResult } from './types.ts';
import { parseXml } from './xml.ts';

/** What a saved output turned out to be. The kinds with a `note` are recognised but not parsed. */
export type SavedOutput =
  | { readonly kind: 'query-gpu'; readonly result: GpuQueryResult }
  | { readonly kind: 'query-compute-apps'; readonly result: ComputeAppsResult }
  | { readonly kind: 'xml'; readonly result: XmlResult }
  | { readonly kind: 'failure'; readonly result: Failure }
  | {
      readonly kind: 'table' | 'list' | 'pmon' | 'query-text' | 'version' | 'several' | 'empty' | 'unrecognised';
      readonly note: string;
    };

const NOT_PARSED = {
  table:
    'The table of plain nvidia-smi is recognised but not parsed: its layout changes with the driver. Save "nvidia-smi -q -x" instead.',
  list: 'The list of "nvidia-smi -L" is recognised but not parsed. Save "nvidia-smi -q -x" instead.',
  pmon: 'The output of "nvidia-smi pmon" is recognised but not parsed: it cuts names. Save "nvidia-smi -q -x" instead.',
  'query-text': 'The text of "nvidia-smi -q" is recognised but not parsed. Save "nvidia-smi -q -x" instead.',
  version: 'The output of "nvidia-smi --version" is recognised but not parsed. Save "nvidia-smi -q -x" instead.',
  several: 'This file holds several outputs, each under its command. Save one of them alone.',
  empty: 'The file is empty.',
  unrecognised: 'This is no output of nvidia-smi that is known here.',
} as const;

/** Recognises and reads any saved output of nvidia-smi, as bytes or text; never throws. */
export function parseSaved(saved: string | Uint8Array): SavedOutput {
  const text = typeof saved === 'string' ? saved : decode(saved);
  const head = text.slice(0, 4000);
  if (text.trim() === '') return note('empty');
  if (/^# \$ nvidia-smi/m.test(head)) return note('several');
  if (/<nvidia_smi_log[\s>]/.test(head)) return { kind: 'xml', result: parseXml(text) };
  if (/^=+NVSMI LOG=+/m.test(head)) return note('query-text');
  if (/^# gpu\s+pid\s/m.test(head)) return note('pmon');
  if (/^NVIDIA-SMI version\s*:/im.test(head)) return note('version');
  if (/^GPU \d+: .*\(UUID: /m.test(head)) return note('list');
  if (/^\+-{10,}/m.test(head) || /^\|.*\|\s*$/m.test(head)) return note('table');
  return parseCsv(text);
}

function parseCsv(text: string): SavedOutput {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  for (const line of lines.slice(0, 20)) {
    const cells = line.split(',');
    const apps = columnsOfHeader(cells, 'compute-apps');
    if (apps?.some((column) => column.field === 'pid') === true)
      return { kind: 'query-compute-apps', result: parseComputeApps(text) };
    if (columnsOfHeader(cells, 'gpu') !== null) return { kind: 'query-gpu', result: parseGpuQuery(text) };
  }
  const failure = failureInText(text);
  if (failure !== null) return { kind: 'failure', result: failure };
  // Without a header only the app's own two questions can be recognised, by their shape.
  const first = lines[0]?.split(',') ?? [];
  if (first.length === GPU_QUERY_FIELDS.length && /^\s*(GPU|MIG)-/.test(first[1] ?? '')) {
    return { kind: 'query-gpu', result: parseGpuQuery(text, { fields: GPU_QUERY_FIELDS }) };
  }
  if (first.length >= COMPUTE_APPS_FIELDS.length && /^\s*(GPU|MIG)-/.test(first[0] ?? '')) {
    return { kind: 'query-compute-apps', result: parseComputeApps(text, { fields: COMPUTE_APPS_FIELDS }) };
  }
  return note('unrecognised');
}

function note(kind: keyof typeof NOT_PARSED): SavedOutput {
  return { kind, note: NOT_PARSED[kind] };
}

/** PowerShell's `>` writes UTF-16 with a byte order mark. */
function decode(bytes: Uint8Array): string {
  const littleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(littleEndian ? 'utf-16le' : 'utf-8').decode(bytes);
}
