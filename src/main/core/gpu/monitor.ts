import type { GpuFailure, GpuProcess, GpuSnapshot, GpuView } from '../../../shared/gpu.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../shared/gpu.ts';

/** How closely somebody looks: a visible window, only running or waiting jobs, or nobody. */
export type Pace = 'watched' | 'busy' | 'idle';

/** What {@link createGpuMonitor} needs; only `onSample` is required. */
export interface GpuMonitorOptions {
  /** Path of nvidia-smi from the settings; null or left out looks on PATH and in the usual places. */
  readonly command?: string | null;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Period of a watched monitor, milliseconds; the other paces are multiples of it. Default 1000. */
  readonly intervalMs?: number;
  /** Environment of nvidia-smi and the source of PATH. Default: the app's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with every new snapshot, also when only its staleness or failure changed. */
  readonly onSample: (snapshot: GpuSnapshot) => void;
}

/** A fresh list of compute apps, or why there is none. */
export type ComputeAppsAnswer =
  | { readonly kind: 'ok'; readonly processes: readonly GpuProcess[]; readonly sampledAt: number }
  | { readonly kind: 'failure'; readonly failure: GpuFailure };

/** Fresh figures of all GPUs, or why there are none. */
export type GpusAnswer =
  | { readonly kind: 'ok'; readonly gpus: readonly GpuView[]; readonly sampledAt: number }
  | { readonly kind: 'failure'; readonly failure: GpuFailure };

/** Watches the GPUs from creation until closed; no method throws or rejects. */
export interface GpuMonitor {
  /** The latest snapshot. */
  readonly snapshot: () => GpuSnapshot;
  readonly setPace: (pace: Pace) => void;
  /** Uses another nvidia-smi (settings changed) and looks again. */
  readonly setCommand: (command: string | null) => void;
  /** Looks for nvidia-smi and the driver now, whatever the back-off says; resolves with the first snapshot that follows. */
  readonly lookAgain: () => Promise<GpuSnapshot>;
  /** Compute apps read after this call, for release checks; callers that wait at the same time share one query. */
  readonly computeApps: () => Promise<ComputeAppsAnswer>;
  /** GPU figures read after this call, for release checks where pids are unknown. */
  readonly sampleGpus: () => Promise<GpusAnswer>;
  /** Ends its nvidia-smi processes; resolves when they are reaped, or after 2 s when the kernel does not let one go. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts watching at once. */
export function createGpuMonitor(_options: GpuMonitorOptions): GpuMonitor {
  const nothing: GpuFailure = { reason: 'not-installed', message: 'The monitor is not built yet.', advice: 'Use a later build.' };
  const close = (): Promise<void> => Promise.resolve();
  return {
    snapshot: () => GPU_SNAPSHOT_AT_START,
    setPace: () => undefined,
    setCommand: () => undefined,
    lookAgain: () => Promise.resolve(GPU_SNAPSHOT_AT_START),
    computeApps: () => Promise.resolve({ kind: 'failure', failure: nothing }),
    sampleGpus: () => Promise.resolve({ kind: 'failure', failure: nothing }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
