/** GPUs of a partition, counted by what can be done with them. */
export interface SlurmGpus {
  readonly total: number;
  readonly allocated: number;
  readonly idle: number;
  /** On nodes that are down, drained or in maintenance and not in use by a job. */
  readonly down: number;
}

/** A partition as the cluster describes it. A node may be in several: sums over partitions may count it twice. */
export interface SlurmPartition {
  readonly name: string;
  readonly isDefault: boolean;
  /** It takes jobs and starts them. */
  readonly isUp: boolean;
  readonly nodes: number;
  readonly gpus: SlurmGpus;
  /** Types of its GPUs, with how many there are; one without a type is not listed. */
  readonly gpuTypes: readonly { readonly type: string; readonly count: number }[];
  /** Time limit of a job that names none, seconds; null for none. */
  readonly defaultSeconds: number | null;
  /** The longest time limit, seconds; null for none. */
  readonly maxSeconds: number | null;
}

/** What is known of the Slurm that the settings name. Times are Unix milliseconds. */
export interface SlurmView {
  /** `off`: none is set up. `starting`: not asked yet. `unreachable`: `partitions` holds the last word. */
  readonly state: 'off' | 'starting' | 'ok' | 'unreachable';
  /** How it is reached, for people: `this host` or `ssh login1`; empty when off. */
  readonly via: string;
  readonly cluster: string | null;
  readonly version: string | null;
  readonly partitions: readonly SlurmPartition[];
  /** Since when it does not answer, and its own words. */
  readonly unreachableSince: number | null;
  readonly problem: string | null;
  /** Seconds between SIGTERM and SIGKILL of its own `scancel`. */
  readonly killWaitSeconds: number | null;
  /** How Slurm knows the processes of a job (`proctrack/cgroup`); null while unknown. */
  readonly processTracking: string | null;
  readonly sampledAt: number | null;
}

/** What is shown while no Slurm is set up. */
export const SLURM_OFF: SlurmView = {
  state: 'off',
  via: '',
  cluster: null,
  version: null,
  partitions: [],
  unreachableSince: null,
  problem: null,
  killWaitSeconds: null,
  processTracking: null,
  sampledAt: null,
};
