import type { StopPresetView } from '../../../shared/contract.ts';
import { STOP_SIGNAL_NAMES } from '../../../shared/signals.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import { FieldError, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { stopPresets } from './draft.ts';
import type { Draft, StopDefaults } from './draft.ts';
import styles from './Compose.module.css';

interface StopPolicyProps {
  readonly draft: Draft;
  readonly settings: StopDefaults;
  /** How the command's program wants to be stopped, or null for a plain one. */
  readonly proposed: StopPresetView | null;
  readonly signalError: string | null;
  readonly graceError: string | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

/** What a cancel does to the run: the signal that asks, and how long it may take. */
export function StopPolicy({ draft, settings, proposed, signalError, graceError, onChange }: StopPolicyProps) {
  const presets = stopPresets(settings, proposed);
  const fitting = presets.filter(
    ({ graceSeconds, stopSignal }) =>
      String(graceSeconds) === draft.graceSeconds.trim() && (stopSignal ?? draft.stopSignal) === draft.stopSignal,
  );
  const wanted = proposed === null ? 'plain' : 'preset';
  const chosen = (fitting.find(({ value }) => value === wanted) ?? fitting[0])?.value ?? null;
  return (
    <div className={fieldStyles.labelled} role="group" aria-label="When it is cancelled">
      <span className={fieldStyles.label}>When it is cancelled</span>
      <div className={`${styles.inline} ${styles.wrap}`}>
        <RadioPills
          label="Preset"
          look="pills"
          choices={presets}
          value={chosen}
          onChoose={(value) => {
            const preset = presets.find((candidate) => candidate.value === value);
            if (preset === undefined) return;
            const stopSignal = preset.stopSignal ?? draft.stopSignal;
            onChange({ stopSignal, graceSeconds: String(preset.graceSeconds), isPolicyChosen: true });
          }}
        />
        <span className="push" />
        <label className="muted" htmlFor="compose-signal">
          Signal
        </label>
        <select
          id="compose-signal"
          className={fieldStyles.field}
          style={{ width: 104 }}
          value={draft.stopSignal}
          {...invalidProps('compose-signal', signalError)}
          onChange={(event) => onChange({ stopSignal: event.target.value as StopSignal, isPolicyChosen: true })}
        >
          {STOP_SIGNAL_NAMES.map((signal) => (
            <option key={signal}>{signal}</option>
          ))}
        </select>
        <span className={styles.inline}>
          <label className="muted" htmlFor="compose-grace">
            Grace
          </label>
          <input
            id="compose-grace"
            className={`${fieldStyles.field} ${styles.number}`}
            style={{ width: 56 }}
            inputMode="decimal"
            value={draft.graceSeconds}
            {...invalidProps('compose-grace', graceError)}
            onChange={(event) => onChange({ graceSeconds: event.target.value, isPolicyChosen: true })}
          />
          <span className="muted">s</span>
        </span>
      </div>
      <FieldError id="compose-signal" error={signalError} />
      <FieldError id="compose-grace" error={graceError} />
      <span className={styles.help}>
        {proposed === null ? null : <span className="muted">{proposed.why} </span>}
        {draft.target === 'slurm'
          ? `${draft.stopSignal} to main first, sent by Slurm. scancel, and with it SIGKILL after the site’s KillWait,`
          : `${draft.stopSignal} to main first, then to what it leaves behind. SIGKILL to all that is left`}{' '}
        {draft.graceSeconds.trim() === '0' ? 'at once' : `at ${draft.graceSeconds} s`}.
      </span>
    </div>
  );
}
