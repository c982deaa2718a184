/** Why nvidia-smi gave no usable answer. `timeout` also stands for a driver that hangs. */
export const GPU_FAILURE_REASONS = [
  'no-driver',
  'version-mismatch',
  'no-devices',
  'lost',
  'permission',
  'not-installed',
  'timeout',
  'library-not-found',
  'invalid-field',
  'handle-error',
  'crashed',
  'unknown',
] as const;
export type GpuFailureReason = (typeof GPU_FAILURE_REASONS)[number];

/** A failure as people read it: what happened, and one sentence on what to do. */
export interface GpuFailure {
  readonly reason: GpuFailureReason;
  readonly message: string;
  readonly advice: string;
}

/** One GPU at one moment. `null` means that the driver does not tell; it never stands for 0. */
export interface GpuView {
  /** What runs are bound to (`CUDA_VISIBLE_DEVICES`); stays the same over reboots. */
  readonly uuid: string;
  /** Position in PCI bus order, from 0; may change at a reboot. */
  readonly index: number | null;
  readonly name: string | null;
  readonly pciBusId: string | null;
  readonly driverVersion: string | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly memoryFreeMiB: number | null;
  /** Share of the last sample period in which a kernel ran, 0 to 100. */
  readonly utilizationPercent: number | null;
  readonly temperatureCelsius: number | null;
  readonly powerDrawWatts: number | null;
  readonly powerLimitWatts: number | null;
  readonly mig: 'enabled' | 'disabled' | null;
  /** The GPU shares the machine's RAM and has no memory figures of its own (GB10, Jetson). */
  readonly unifiedMemory: boolean;
  /** Why it is given to no job although it is there, in one sentence; null when it is well. */
  readonly quarantine: string | null;
}

/** A process the driver lists as a compute app. In containers and on WSL2 the list may be empty or name other pids. */
export interface GpuProcess {
  /** `null` where the driver withholds it (restricted containers). */
  readonly pid: number | null;
  readonly gpuUuid: string;
  /** `null` where the driver cannot name it: a process that is gone, or one of another pid namespace. */
  readonly name: string | null;
  /** `null` on Windows (WDDM) and where the driver withholds it. */
  readonly memoryUsedMiB: number | null;
  /** The job it belongs to: one that runs, or with `leaked` one that has ended. `null` for a process of somebody else. */
  readonly jobId: number | null;
  /** Nobody uses this memory any more: its job has ended, or there is no such process. */
  readonly leaked: boolean;
  /** What is wrong with it, in one sentence; null when nothing is. */
  readonly words: string | null;
}

/** All the window and the scheduler know of the GPUs. Times are Unix milliseconds. */
export interface GpuSnapshot {
  /**
   * `starting`: nothing is known yet. `absent`: no nvidia-smi, or no GPU behind it. `failing`: there should be GPUs but the
   * driver does not answer; `gpus` then holds the last word, and `staleSince` says how old it is.
   */
  readonly state: 'starting' | 'ok' | 'absent' | 'failing';
  readonly gpus: readonly GpuView[];
  readonly processes: readonly GpuProcess[];
  /** Set when `absent` or `failing`; when `ok`, a partial failure: one GPU is missing from `gpus`, or processes are unknown. */
  readonly failure: GpuFailure | null;
  /** When `gpus` was last read, or null before the first time. */
  readonly sampledAt: number | null;
  /** When `processes` was last read, or null before the first time. */
  readonly processesSampledAt: number | null;
  /** Since when the figures are older than they should be, or null while they are fresh. */
  readonly staleSince: number | null;
}

/** The snapshot before anything was read. */
export const GPU_SNAPSHOT_AT_START: GpuSnapshot = {
  state: 'starting',
  gpus: [],
  processes: [],
  failure: null,
  sampledAt: null,
  processesSampledAt: null,
  staleSince: null,
};
