import { readFileSync } from 'node:fs';
import type { ProcessName } from '../../processes/processTable.ts';

/**
 * Numbers of the processes of these containers, by their cgroup: both docker and podman name it after the container. They
 * are no descendants of the client. Empty for a daemon on another machine.
 */
export function processesOfContainers(ids: readonly string[], table: readonly ProcessName[]): readonly number[] {
  if (ids.length === 0) return [];
  return table.flatMap(({ pid }) => {
    try {
      const text = readFileSync(`/proc/${pid}/cgroup`, 'latin1');
      return ids.some((id) => text.includes(id)) ? [pid] : [];
    } catch {
      return [];
    }
  });
}
