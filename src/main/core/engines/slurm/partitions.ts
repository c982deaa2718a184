import type { SlurmPartition } from '../../../../shared/slurmView.ts';
import { secondsOfSlurmTime } from '../../../../shared/slurmTime.ts';
import { fieldsOf } from './scontrol.ts';

/** A node that these are said of takes no job, whatever else is said of it. */
const NOT_USABLE = /DOWN|DRAIN|FAIL|MAINT|POWERED_DOWN|POWERING_DOWN|NOT_RESPONDING|UNKNOWN|\*/;

interface NodeGpus {
  readonly partitions: readonly string[];
  readonly types: ReadonlyMap<string, number>;
  readonly total: number;
  readonly allocated: number;
  readonly usable: boolean;
}

/** The partitions of a cluster, from `scontrol --oneliner show partitions` and `scontrol --oneliner --details show nodes`. */
export function partitionsOf(partitionLines: string, nodeLines: string): readonly SlurmPartition[] {
  const nodes = linesOf(nodeLines, 'NodeName=').map(nodeGpus);
  return linesOf(partitionLines, 'PartitionName=').flatMap((line) => {
    const fields = fieldsOf(line);
    const name = fields.get('PartitionName');
    if (name === undefined || fields.get('Hidden') === 'YES') return [];
    const own = nodes.filter(({ partitions }) => partitions.includes(name));
    return [
      {
        name,
        isDefault: fields.get('Default') === 'YES',
        isUp: fields.get('State') === 'UP',
        nodes: own.length,
        gpus: countedGpus(own),
        gpuTypes: typesOf(own),
        defaultSeconds: secondsOfSlurmTime(fields.get('DefaultTime') ?? ''),
        maxSeconds: secondsOfSlurmTime(fields.get('MaxTime') ?? ''),
      },
    ];
  });
}

function countedGpus(nodes: readonly NodeGpus[]): SlurmPartition['gpus'] {
  const sum = (of: (node: NodeGpus) => number): number => nodes.reduce((total, node) => total + of(node), 0);
  return {
    total: sum(({ total }) => total),
    allocated: sum(({ allocated }) => allocated),
    idle: sum(({ usable, total, allocated }) => (usable ? total - allocated : 0)),
    down: sum(({ usable, total, allocated }) => (usable ? 0 : total - allocated)),
  };
}

function typesOf(nodes: readonly NodeGpus[]): SlurmPartition['gpuTypes'] {
  const counts = new Map<string, number>();
  for (const { types } of nodes) {
    for (const [type, count] of types) counts.set(type, (counts.get(type) ?? 0) + count);
  }
  return [...counts].map(([type, count]) => ({ type, count }));
}

function nodeGpus(line: string): NodeGpus {
  const fields = fieldsOf(line);
  const gres = gpusIn(fields.get('Gres'));
  const total = gres.reduce((sum, { count }) => sum + count, 0);
  const allocated = Math.min(
    total,
    gpusIn(fields.get('GresUsed')).reduce((sum, { count }) => sum + count, 0),
  );
  const types = new Map<string, number>();
  for (const { type, count } of gres) if (type !== null) types.set(type, (types.get(type) ?? 0) + count);
  return {
    partitions: (fields.get('Partitions') ?? '').split(','),
    types,
    total,
    allocated,
    usable: !NOT_USABLE.test(fields.get('State') ?? 'UNKNOWN'),
  };
}

/** GPUs of a GRES text such as `gpu:a100:4(S:0-1),gpu:2,shard:8`. */
function gpusIn(text: string | undefined): readonly { readonly type: string | null; readonly count: number }[] {
  return [...(text ?? '').matchAll(/(?:^|,)gpu(?::([A-Za-z][\w.-]*))?:(\d+)/g)].map(([, type, count]) => ({
    type: type ?? null,
    count: Number(count),
  }));
}

function linesOf(text: string, begin: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(begin));
}
