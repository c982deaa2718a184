import type { Failure, FailureReason, RunOutcome } from './types.ts';

const ADVICE: Readonly<Record<FailureReason, string>> = {
  'no-driver': 'Install the NVIDIA driver, or load it with "sudo modprobe nvidia" if it is installed, then look again.',
  'version-mismatch':
    'The driver was updated while it was loaded: restart the computer when the running jobs have ended.',
  'no-devices':
    'Check with "lspci | grep -i nvidia" that the card is seen; in a container or virtual machine, pass the GPU through.',
  lost: 'A GPU has fallen off the bus: restart the computer, and check power and cooling if it happens again.',
  permission: 'Give this user access to /dev/nvidia* (on many systems: membership of the group "video" or "render").',
  'not-installed':
    'Install the NVIDIA driver, or give the path of nvidia-smi in the settings; jobs without GPUs run all the same.',
  timeout:
    'The driver does not answer: look for "NVRM" or "Xid" in the kernel log (dmesg), and restart the computer if it stays so.',
  'library-not-found':
    'Reinstall the NVIDIA driver: libnvidia-ml is missing; in a container, start it with GPU support (--gpus all).',
  'invalid-field': 'This driver does not know the field; nothing needs to be done, the field is left out.',
  'handle-error':
    'One GPU does not answer: look for "Xid" in the kernel log (dmesg), then reset that GPU or restart the computer.',
  crashed: 'Run nvidia-smi in a terminal; if it crashes there as well, reinstall the NVIDIA driver.',
  unknown:
    'Run nvidia-smi in a terminal and read what it says; restart the container or the computer if it does not recover.',
};

/** One sentence on what the user can do about a failure. */
export function adviceFor(reason: FailureReason): string {
  return ADVICE[reason];
}

/** The plain reasons; `invalid-field`, `lost` and `handle-error` carry more than a text. */
type PlainReason = Exclude<FailureReason, 'invalid-field' | 'lost' | 'handle-error'>;

/** Texts of nvidia-smi, the C library's loader and shells. The first that matches wins, so the specific ones come first. */
const TEXTS: readonly (readonly [RegExp, PlainReason])[] = [
  [/driver\/library version mismatch|lib\/rm version mismatch/i, 'version-mismatch'],
  [/communicate with the NVIDIA driver|NVML: Driver Not Loaded/i, 'no-driver'],
  [
    /couldn.t find libnvidia-ml|couldn.t find nvml\.dll|NVML: (NVML )?Shared Library Not Found|libnvidia-ml\S*: cannot open/i,
    'library-not-found',
  ],
  [/no devices (were )?found/i, 'no-devices'],
  [
    /NVML: (Insufficient Permissions|GPU access blocked)|insufficient permissions to|permission denied|access is denied/i,
    'permission',
  ],
  [/segmentation fault|core dumped|bus error|illegal instruction/i, 'crashed'],
  [/NVML: Timeout|timed out/i, 'timeout'],
  [/nvidia-smi\S*: (command )?not found|is not recognized as an internal|no such file or directory/i, 'not-installed'],
  [/failed to initialize NVML|NVIDIA-SMI has failed/i, 'unknown'],
];

/** Under WSL2 the driver is Windows': what helps on Linux would do harm there. nvidia-smi says these only there. */
const WSL_TEXT = /NVML: GPU access blocked by the operating system|properly shut down NVML: Driver Not Loaded/i;
const WSL_ADVICE =
  'Under WSL2: update the NVIDIA driver in Windows and run "wsl --update", then "wsl --shutdown" there; install no NVIDIA driver inside Linux.';

/** NVML return codes, which nvidia-smi uses as exit codes, and a shell's own. */
const EXIT_CODES: Readonly<Record<number, PlainReason>> = {
  4: 'permission',
  6: 'no-devices',
  9: 'no-driver',
  10: 'timeout',
  12: 'library-not-found',
  17: 'permission',
  18: 'version-mismatch',
  126: 'permission',
  127: 'not-installed',
};

/** NVML_ERROR_GPU_IS_LOST and NVML_ERROR_RESET_REQUIRED. */
const LOST_EXIT_CODES: readonly number[] = [15, 16];

const DEVICE_HANDLE = /unable to determine the device handle for (?:gpu)?([^\n]*)/gi;
const PCI_BUS_ID = /(?:[0-9a-f]{8}|[0-9a-f]{4}):[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]/i;

/** What went wrong in a run of nvidia-smi that gave no usable table. Never throws; what it does not know is `unknown`. */
export function parseFailure(outcome: Partial<RunOutcome>): Failure {
  const { exitCode = null, stdout = '', stderr = '', signal = null, timedOut = false, spawnError = null } = outcome;
  if (spawnError !== null) return failedToStart(spawnError);
  // stdout first: there nvidia-smi puts its errors.
  const said = firstLine(stdout) ?? firstLine(stderr);
  if (timedOut)
    return plain(
      'timeout',
      said === null ? 'nvidia-smi did not answer in time.' : `nvidia-smi did not end in time; it said: ${said}`,
    );
  const byText = failureInText(stdout) ?? failureInText(stderr);
  if (byText !== null) return byText;
  if (signal !== null || (exitCode !== null && isCrash(exitCode))) {
    return plain('crashed', said ?? `nvidia-smi was ended by ${signal ?? `exit code ${exitCode}`}.`);
  }
  const message =
    said ??
    (exitCode === null ? 'nvidia-smi printed nothing.' : `nvidia-smi printed nothing and exited with ${exitCode}.`);
  if (exitCode !== null && LOST_EXIT_CODES.includes(exitCode))
    return located('lost', message, busIdsIn(stdout + stderr));
  return plain((exitCode === null ? undefined : EXIT_CODES[exitCode]) ?? 'unknown', message);
}

/** The failure that a text of nvidia-smi tells of, or null when it holds none of the known error texts. */
export function failureInText(text: string): Failure | null {
  const field = /field "([^"\n]{1,200})" is not a valid field to query/i.exec(text);
  if (field?.[1] !== undefined) {
    return {
      kind: 'failure',
      reason: 'invalid-field',
      field: field[1],
      message: clipped(field[0]),
      advice: ADVICE['invalid-field'],
    };
  }
  const handles = [...text.matchAll(DEVICE_HANDLE)];
  const first = handles[0];
  if (first !== undefined) {
    const told = handles.map((match) => match[1] ?? '').join('\n');
    const lost = /is lost|fallen off the bus|requires reset|reset required/i.test(told);
    return located(lost ? 'lost' : 'handle-error', clipped(first[0]), busIdsIn(told));
  }
  for (const [pattern, reason] of TEXTS) {
    const line = text.split(/\r?\n/).find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    const failure = plain(reason, clipped(line));
    return WSL_TEXT.test(text) ? { ...failure, advice: WSL_ADVICE } : failure;
  }
  return null;
}

/** A failure for a text that nothing else fits. */
export function unreadable(message: string): Failure {
  return plain('unknown', clipped(message));
}

function failedToStart(error: { readonly code: string | null; readonly message: string }): Failure {
  const reason = {
    ENOENT: 'not-installed',
    ENOTDIR: 'not-installed',
    EACCES: 'permission',
    EPERM: 'permission',
  } as const;
  const known =
    error.code !== null && Object.hasOwn(reason, error.code) ? reason[error.code as keyof typeof reason] : 'unknown';
  const failure = plain(known, `nvidia-smi could not be started: ${clipped(error.message)}`);
  return known === 'permission'
    ? { ...failure, advice: 'Make nvidia-smi executable for this user, or give another path in the settings.' }
    : failure;
}

/** A shell reports a signal as 128 + its number; Windows reports an exception as 0xC0000000 and above. */
function isCrash(exitCode: number): boolean {
  const fatalSignals = [4, 6, 7, 8, 9, 11];
  return fatalSignals.includes(exitCode - 128) || exitCode >= 0xc0000000 || exitCode < 0;
}

function plain(reason: PlainReason, message: string): Failure {
  return { kind: 'failure', reason, message, advice: ADVICE[reason] };
}

function located(reason: 'lost' | 'handle-error', message: string, pciBusIds: readonly string[]): Failure {
  return { kind: 'failure', reason, pciBusIds, message, advice: ADVICE[reason] };
}

function busIdsIn(text: string): readonly string[] {
  const all = text.match(new RegExp(PCI_BUS_ID, 'gi')) ?? [];
  return [...new Set(all)];
}

function firstLine(text: string): string | null {
  const line = text.split(/\r?\n/).find((candidate) => candidate.trim() !== '');
  return line === undefined ? null : clipped(line);
}

function clipped(text: string): string {
  // Control characters of a broken output must not reach a terminal.
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return clean.length > 300 ? `${clean.slice(0, 300)}…` : clean;
}
