/** What one GPU of a run did over time. All lists have the same length; null is what the driver did not tell. */
export interface GpuCurve {
  readonly uuid: string;
  /** Position in PCI bus order and name, as the GPU is known now; null for one that is not here any more. */
  readonly index: number | null;
  readonly name: string | null;
  readonly memoryTotalMiB: number | null;
  /** Unix milliseconds, rising. */
  readonly times: readonly number[];
  /** Memory in use on the whole GPU, MiB. */
  readonly usedMiB: readonly (number | null)[];
  /** Memory that processes of this job were listed with, MiB. */
  readonly jobMiB: readonly (number | null)[];
  readonly utilizationPercent: readonly (number | null)[];
}

/** The GPUs of a job's last run over time. */
export interface GpuCurves {
  readonly gpus: readonly GpuCurve[];
  /** So far apart the points are at least, milliseconds: a longer run has coarser ones. 0 keeps every sample. */
  readonly everyMs: number;
}
