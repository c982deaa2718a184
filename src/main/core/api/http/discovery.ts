import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const discoverySchema = z.object({
  port: z.int().min(1).max(65_535),
  token: z.string().min(16),
  pid: z.int().min(1),
  version: z.string(),
});

/** How a client on this machine finds the running core: `<data>/api.json`, readable by its owner alone. */
export type Discovery = z.output<typeof discoverySchema>;

/** Writes the file whole, mode 0600 from its first moment. */
export function writeDiscovery(dataFolder: string, discovery: Discovery): void {
  const path = join(dataFolder, 'api.json');
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(discovery)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** Takes the file away, if it is still this process's. */
export function removeDiscovery(dataFolder: string): void {
  if (readDiscovery(dataFolder)?.pid === process.pid) rmSync(join(dataFolder, 'api.json'), { force: true });
}

/** What the file says, or null when there is none that can be read. Whether the core still runs is for the caller to find out. */
export function readDiscovery(dataFolder: string): Discovery | null {
  try {
    const parsed = discoverySchema.safeParse(JSON.parse(readFileSync(join(dataFolder, 'api.json'), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
