import type { Settings } from '../../../../shared/settings.ts';

/** Which Slurm jobs go to: how it is reached, and where it has its commands and folders. */
export interface SlurmPlace {
  /** `host`, or `ssh:` and the host's alias; kept with every run that goes there. */
  readonly via: string;
  /** Null takes PATH. */
  readonly commands: string | null;
  /** What the nodes share; null takes the data folder (host) or `~/.trainyard` there (ssh). */
  readonly folder: string | null;
}

/** The place that the settings name; null when they name none. */
export function placeOf(
  settings: Pick<Settings, 'slurmTarget' | 'slurmSshHost' | 'slurmCommands' | 'slurmFolder'>,
): SlurmPlace | null {
  const { slurmTarget, slurmSshHost, slurmCommands: commands, slurmFolder: folder } = settings;
  if (slurmTarget === 'host') return { via: 'host', commands, folder };
  if (slurmTarget === 'ssh' && slurmSshHost !== null) return { via: `ssh:${slurmSshHost}`, commands, folder };
  return null;
}

/** The host of a place that is reached by ssh; null for this host. */
export function sshHostOf(via: string): string | null {
  return via.startsWith('ssh:') ? via.slice('ssh:'.length) : null;
}
