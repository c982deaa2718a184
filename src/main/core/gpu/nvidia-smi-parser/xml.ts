import { XMLParser } from 'fast-xml-parser';
import { readNumber, readText } from './cell.ts';
import type { QuantityName, Warn } from './cell.ts';
import { failureInText, parseFailure, unreadable } from './failure.ts';
import { hasUnifiedMemory, readMig, readUuid } from './gpuQuery.ts';
import type { Gpu, MigDevice, XmlProcess, XmlResult } from './types.ts';

/** An element: its text, or its children by tag. */
type Node = unknown;

const LISTS = new Set(['gpu', 'mig_device', 'process_info']);

/** Reads the answer of `-q -x`, of every DTD from v9 to v13 and of none. Never throws; it degrades field by field. */
export function parseXml(stdout: string): XmlResult {
  try {
    return readLog(stdout);
  } catch (error) {
    return failureInText(stdout.slice(0, 2000)) ?? unreadable(`The XML cannot be read: ${String(error)}`);
  }
}

function readLog(stdout: string): XmlResult {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    // Figures stay text: "9.0" and "0000" must not become numbers.
    parseTagValue: false,
    isArray: (tag) => LISTS.has(tag),
  });
  const log = child(parser.parse(stdout.replace(/^\u{feff}/u, '')), 'nvidia_smi_log');
  if (log === undefined) return failureInText(stdout) ?? parseFailure({ stdout });
  const warnings: string[] = [];
  if (!/<\/nvidia_smi_log>\s*$/.test(stdout)) warnings.push('the XML is cut off');
  const nodes = list(child(log, 'gpu'));
  if (nodes.length === 0) return failureInText(stdout) ?? unreadable('The XML lists no GPU.');
  const attached = Number(text(log, 'attached_gpus'));
  // A part of the GPUs (-i, or a broken one) loses the position that is the index.
  const positionIsIndex = attached === nodes.length;
  if (!positionIsIndex)
    warnings.push(
      `attached_gpus is ${attached || 'unknown'}, but the number of GPUs listed is ${nodes.length}: the index is unknown`,
    );
  const driverVersion = readText(text(log, 'driver_version')) ?? readText(text(log, 'kmd_version'));
  const gpus: Gpu[] = [];
  const processes: XmlProcess[] = [];
  for (const [at, node] of nodes.entries()) {
    const warn: Warn = (warning) => warnings.push(`gpu ${at + 1}, ${warning}`);
    const gpu = readGpu(node, { index: positionIsIndex ? at : null, driverVersion, warn });
    gpus.push(gpu);
    processes.push(
      ...list(child(node, 'processes', 'process_info')).map((process) => readProcess(process, gpu.uuid, warn)),
    );
  }
  return { kind: 'ok', gpus, processes, warnings };
}

function readGpu(
  node: Node,
  known: { readonly index: number | null; readonly driverVersion: string | null; readonly warn: Warn },
): Gpu {
  const number = figures(node, known.warn);
  const mig = readMig(text(node, 'mig_mode', 'current_mig'));
  const memory = (figure: string): string | undefined => text(node, 'fb_memory_usage', figure);
  return {
    uuid: readUuid(text(node, 'uuid'), known.warn),
    index: known.index,
    minorNumber: number('count', ['minor_number']),
    name: readText(text(node, 'product_name')),
    pciBusId: readText(text(node, 'pci', 'pci_bus_id')) ?? readText(text(node, '@id')),
    driverVersion: known.driverVersion,
    memoryTotalMiB: number('memoryMiB', ['fb_memory_usage', 'total']),
    memoryUsedMiB: number('memoryMiB', ['fb_memory_usage', 'used']),
    memoryFreeMiB: number('memoryMiB', ['fb_memory_usage', 'free']),
    utilizationPercent: number('percent', ['utilization', 'gpu_util']),
    temperatureCelsius: number('celsius', ['temperature', 'gpu_temp']),
    // Renamed with driver 535, and split in average and instant draw with 570.
    powerDrawWatts:
      number('watts', ['gpu_power_readings', 'power_draw']) ??
      number('watts', ['gpu_power_readings', 'average_power_draw']) ??
      number('watts', ['gpu_power_readings', 'instant_power_draw']) ??
      number('watts', ['power_readings', 'power_draw']),
    powerLimitWatts:
      number('watts', ['gpu_power_readings', 'current_power_limit']) ??
      number('watts', ['power_readings', 'power_limit']) ??
      number('watts', ['gpu_power_readings', 'power_limit']),
    mig,
    migDevices: list(child(node, 'mig_devices', 'mig_device')).map((device) => readMigDevice(device, known.warn)),
    unifiedMemory: mig !== 'enabled' && hasUnifiedMemory([memory('total'), memory('used'), memory('free')]),
  };
}

function readMigDevice(node: Node, warn: Warn): MigDevice {
  const number = figures(node, warn);
  return {
    index: number('count', ['index']),
    gpuInstanceId: number('count', ['gpu_instance_id']),
    computeInstanceId: number('count', ['compute_instance_id']),
    memoryTotalMiB: number('memoryMiB', ['fb_memory_usage', 'total']),
    memoryUsedMiB: number('memoryMiB', ['fb_memory_usage', 'used']),
    memoryFreeMiB: number('memoryMiB', ['fb_memory_usage', 'free']),
  };
}

function readProcess(node: Node, gpuUuid: string | null, warn: Warn): XmlProcess {
  const number = figures(node, warn);
  const type = text(node, 'type');
  return {
    gpuUuid,
    pid: number('pid', ['pid']),
    name: readText(text(node, 'process_name')),
    memoryUsedMiB: number('memoryMiB', ['used_memory']),
    type: type === 'C' || type === 'G' || type === 'C+G' ? type : null,
    gpuInstanceId: number('count', ['gpu_instance_id']),
  };
}

/** XML always prints units, so a number without one is cut off and refused. */
function figures(node: Node, warn: Warn): (quantity: QuantityName, path: readonly string[]) => number | null {
  return (quantity, path) =>
    readNumber(text(node, ...path), quantity, { column: path.join('/'), unitless: null, warn });
}

function text(node: Node, ...path: readonly string[]): string | undefined {
  const found = child(node, ...path);
  return typeof found === 'string' ? found : undefined;
}

function child(node: Node, ...path: readonly string[]): Node {
  let at: Node = node;
  for (const tag of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, tag)) return undefined;
    at = (at as Readonly<Record<string, Node>>)[tag];
  }
  return at;
}

function list(node: Node): readonly Node[] {
  return Array.isArray(node) ? node : [];
}
