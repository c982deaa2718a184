/**
 * One GPU as nvidia-smi tells it. `null` means that the driver does not say, was not asked, or said something unreadable;
 * it never stands for 0.
 */
export interface Gpu {
  /** `GPU-…`: the only identity that survives a reboot. */
  readonly uuid: string | null;
  /** Position in PCI bus order, from 0: what `nvidia-smi -i` and CUDA with `CUDA_DEVICE_ORDER=PCI_BUS_ID` call it. */
  readonly index: number | null;
  /** Number of the device file `/dev/nvidiaN`; differs from the index on some machines. Only in XML. */
  readonly minorNumber: number | null;
  readonly name: string | null;
  readonly pciBusId: string | null;
  readonly driverVersion: string | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly memoryFreeMiB: number | null;
  readonly utilizationPercent: number | null;
  readonly temperatureCelsius: number | null;
  readonly powerDrawWatts: number | null;
  readonly powerLimitWatts: number | null;
  readonly mig: 'enabled' | 'disabled' | null;
  /** MIG instances; CSV never lists them. */
  readonly migDevices: readonly MigDevice[];
  /** A healthy GPU whose memory figures are all `[N/A]`, because it shares the machine's RAM (GB10, Jetson). */
  readonly unifiedMemory: boolean;
}

/** One MIG instance of a GPU, as XML lists it (without its uuid, which only `-L` prints). */
export interface MigDevice {
  readonly index: number | null;
  readonly gpuInstanceId: number | null;
  readonly computeInstanceId: number | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly memoryFreeMiB: number | null;
}

/** One row of the compute-apps list. */
export interface ComputeApp {
  /** On MIG machines the uuid of the whole GPU. `null` only in XML, where the GPU did not tell its own. */
  readonly gpuUuid: string | null;
  /** `null` where the driver withholds it. In containers it is the host's pid. */
  readonly pid: number | null;
  /** `null` where the driver cannot name the process. */
  readonly name: string | null;
  readonly memoryUsedMiB: number | null;
}

/** A process of the XML output, which also lists graphics programs and the MIG instance. */
export interface XmlProcess extends ComputeApp {
  /** C: compute, G: graphics. */
  readonly type: 'C' | 'G' | 'C+G' | null;
  readonly gpuInstanceId: number | null;
}

/** Why there is no answer. `timeout` also stands for a driver that hangs. */
export type FailureReason =
  | 'no-driver'
  | 'version-mismatch'
  | 'no-devices'
  | 'lost'
  | 'permission'
  | 'not-installed'
  | 'timeout'
  | 'library-not-found'
  | 'invalid-field'
  | 'handle-error'
  | 'crashed'
  | 'unknown';

interface FailureText {
  readonly kind: 'failure';
  /** What nvidia-smi or the operating system said, one line. */
  readonly message: string;
  /** One sentence on what the user can do. */
  readonly advice: string;
}

/** nvidia-smi gave no usable answer. */
export type Failure = FailureText &
  (
    | { readonly reason: 'invalid-field'; readonly field: string }
    | { readonly reason: 'lost' | 'handle-error'; readonly pciBusIds: readonly string[] }
    | { readonly reason: Exclude<FailureReason, 'invalid-field' | 'lost' | 'handle-error'> }
  );

/** What `--query-gpu` told. `gpus` is never empty: no GPU at all is the failure `no-devices`. */
export type GpuQueryResult =
  | { readonly kind: 'ok'; readonly gpus: readonly Gpu[]; readonly warnings: readonly string[] }
  | Failure;

/** What `--query-compute-apps` told. */
export type ComputeAppsResult =
  | {
      readonly kind: 'ok';
      readonly processes: readonly ComputeApp[];
      /** False when a row was unreadable or withheld its pid: then a pid that is not listed may still be there. */
      readonly complete: boolean;
      readonly warnings: readonly string[];
    }
  | Failure;

/** What `-q -x` told. */
export type XmlResult =
  | {
      readonly kind: 'ok';
      readonly gpus: readonly Gpu[];
      readonly processes: readonly XmlProcess[];
      readonly warnings: readonly string[];
    }
  | Failure;

/** How one nvidia-smi process ended. */
export interface RunOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** Set when it could not be started: `code` as Node gives it (`ENOENT`, `EACCES`, …). */
  readonly spawnError: { readonly code: string | null; readonly message: string } | null;
}
