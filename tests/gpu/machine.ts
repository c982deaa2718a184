import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The program that has PyTorch: TRAINYARD_TEST_PYTHON, or python3. */
export const PYTHON = process.env['TRAINYARD_TEST_PYTHON'] ?? 'python3';
/** The driver's own tool: asked directly, as a witness that knows nothing of Trainyard. */
export const NVIDIA_SMI = process.env['TRAINYARD_TEST_NVIDIA_SMI'] ?? 'nvidia-smi';

/** One GPU as the witness sees it. */
export interface WitnessedGpu {
  readonly uuid: string;
  readonly name: string;
  readonly driver: string;
  readonly usedMiB: number | null;
  readonly totalMiB: number | null;
}

/** What the machine has, or why nothing can be tested on it. */
export type Machine =
  | { readonly kind: 'ready'; readonly gpus: readonly WitnessedGpu[]; readonly torch: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** Asks for a driver, a GPU, and a PyTorch that sees it. */
export async function machineHere(): Promise<Machine> {
  let gpus: readonly WitnessedGpu[];
  try {
    gpus = await witnessedGpus();
  } catch (error) {
    return { kind: 'skipped', reason: `no NVIDIA GPU: ${firstLine(error)}` };
  }
  if (gpus.length === 0) return { kind: 'skipped', reason: 'no NVIDIA GPU: nvidia-smi lists none' };
  try {
    const ask = 'import torch; print(torch.__version__, torch.cuda.is_available())';
    const [version = '', available] = (await run(PYTHON, ['-c', ask])).stdout.trim().split(' ');
    if (available !== 'True') return { kind: 'skipped', reason: `PyTorch ${version} sees no CUDA GPU` };
    return { kind: 'ready', gpus, torch: version };
  } catch (error) {
    return { kind: 'skipped', reason: `no PyTorch in ${PYTHON}: ${firstLine(error)}` };
  }
}

/** The GPUs now. */
export async function witnessedGpus(): Promise<readonly WitnessedGpu[]> {
  const fields = 'uuid,name,driver_version,memory.used,memory.total';
  const { stdout } = await run(NVIDIA_SMI, [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']);
  return stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [uuid = '', name = '', driver = '', used, total] = line.split(',').map((cell) => cell.trim());
      return { uuid, name, driver, usedMiB: figure(used), totalMiB: figure(total) };
    });
}

/** Pids that the driver lists on any GPU now. */
export async function witnessedPids(): Promise<readonly number[]> {
  const { stdout } = await run(NVIDIA_SMI, ['--query-compute-apps=pid', '--format=csv,noheader,nounits']);
  return stdout
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function figure(cell: string | undefined): number | null {
  return cell !== undefined && /^\d+$/.test(cell) ? Number(cell) : null;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [first = text] = text.split('\n').filter((line) => line !== '');
  return first;
}
