import type { ROUTES } from '../../../shared/contract.ts';
import { ok } from '../../../shared/result.ts';
import { HIDDEN_SECRET } from '../../../shared/serviceSettings.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { GpuMonitor } from '../gpu/monitor.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import type { HandlersOf } from './router.ts';

/** Where settings are kept, and who acts on a change at once. */
export interface SettingsParts {
  readonly queue: JobQueue;
  readonly settings: SettingsStore;
  readonly gpus: Pick<GpuMonitor, 'setCommand'>;
  readonly slurm: { readonly settingsChanged: () => void };
}

/** Reads and changes the settings; nobody but the core itself is told the webhooks' key. */
export function settingsHandlers({
  queue,
  settings,
  gpus,
  slurm,
}: SettingsParts): Pick<HandlersOf<typeof ROUTES>, 'settings.get' | 'settings.set'> {
  return {
    // Only the core itself signs with the key: everybody else gets to know that there is one.
    'settings.get': (_, { origin }) => ok(origin === 'core' ? settings.get() : withoutSecrets(settings.get())),
    'settings.set': (patch) => {
      const now = settings.get();
      const isKept = patch.webhookSecret === HIDDEN_SECRET;
      const next = { ...now, ...withoutUndefined(patch), ...(isKept ? { webhookSecret: now.webhookSecret } : {}) };
      queue.setSettings(next);
      gpus.setCommand(next.nvidiaSmiPath);
      slurm.settingsChanged();
      return ok(withoutSecrets(next));
    },
  };
}

function withoutSecrets(settings: Settings): Settings {
  return settings.webhookSecret === null ? settings : { ...settings, webhookSecret: HIDDEN_SECRET };
}

function withoutUndefined<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
