import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');
const ownFolder = path.join(root, 'tests/fixtures/nvidia-smi-samples');

/** A sample made for these tests, as text. */
export function sample(name: string): string {
  return readFileSync(path.join(ownFolder, name), 'utf8');
}

/** A sample made for these tests, as the bytes in the file. */
export function sampleBytes(name: string): Uint8Array {
  return readFileSync(path.join(ownFolder, name));
}

/** Names of all samples made for these tests. */
export function sampleNames(): readonly string[] {
  return readdirSync(ownFolder).filter((name) => name !== 'README.md');
}

/** Folder of the larger set of real outputs, or null where it is not there. */
export function referenceFolder(): string | null {
  const folder = process.env['TRAINYARD_NVIDIA_SMI_SAMPLES'] ?? path.join(root, '../shared/reference/nvidia-smi');
  return existsSync(path.join(folder, 'INDEX.md')) ? folder : null;
}
