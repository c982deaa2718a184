import { useCallback, useEffect, useState } from 'react';
import type { RouteInput } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import { ApiFailure } from '../../bridge.ts';
import { useParts } from '../../state/window.tsx';

/** A change of some settings. */
export type SettingsPatch = RouteInput<'settings.set'>;

/** The settings as the core has them, and what it said about the last change that it refused. */
export interface SettingsState {
  /** Null until they were read. */
  readonly settings: Settings | null;
  /** The field and the sentence of a refusal; the field is null when it is about none. */
  readonly refusal: { readonly field: string | null; readonly message: string } | null;
  /** Sends one change at once. */
  readonly save: (patch: SettingsPatch) => void;
  /** The refusal about a field, or null. */
  readonly errorAt: (field: keyof Settings) => string | null;
}

/** Reads the settings and saves each change as it is made. */
export function useSettings(): SettingsState {
  const { api, announcer } = useParts();
  const [settings, setSettings] = useState<Settings | null>(null);
  const [refusal, setRefusal] = useState<SettingsState['refusal']>(null);

  const failed = useCallback((cause: unknown) => {
    const field = cause instanceof ApiFailure ? (cause.field?.split(/[.[]/)[0] ?? null) : null;
    setRefusal({ field, message: cause instanceof Error ? cause.message : 'The settings cannot be reached.' });
  }, []);
  useEffect(() => {
    let isShown = true;
    api.request('settings.get', {}).then(
      (read) => (isShown ? setSettings(read) : undefined),
      (cause: unknown) => (isShown ? failed(cause) : undefined),
    );
    return () => {
      isShown = false;
    };
  }, [api, failed]);

  const save = useCallback(
    (patch: SettingsPatch) => {
      api.request('settings.set', patch).then((saved) => {
        setSettings(saved);
        setRefusal(null);
        announcer.say('Saved');
      }, failed);
    },
    [api, announcer, failed],
  );
  const known = settings === null ? [] : Object.keys(settings);
  return {
    settings,
    refusal: refusal === null || known.includes(refusal.field ?? '') ? refusal : { ...refusal, field: null },
    save,
    // At the field its name stands already.
    errorAt: (field) => (refusal?.field === field ? refusal.message.replace(`${field}: `, '') : null),
  };
}
