import type { Settings } from '../../../shared/settings.ts';
import type { SettingsState } from './useSettings.ts';

/** What a section of the settings is given. */
export interface SectionProps {
  readonly settings: Settings;
  /** Sends one change at once. */
  readonly save: SettingsState['save'];
  /** The core's refusal about a field, or null. */
  readonly errorAt: SettingsState['errorAt'];
}
