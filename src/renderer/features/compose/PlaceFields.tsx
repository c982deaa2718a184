import type { JobView } from '../../../shared/job.ts';
import { useWindow } from '../../state/window.tsx';
import { Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import type { Draft, TimeUnit } from './draft.ts';
import styles from './Compose.module.css';

/** More than this are not offered; the newest are. */
const JOBS_OFFERED = 300;

interface PlaceFieldsProps {
  readonly draft: Draft;
  readonly limitError: string | null;
  readonly afterError: string | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

/** How long it may run, and when its turn is: after another job, or when it is released. */
export function PlaceFields({ draft, limitError, afterError, onChange }: PlaceFieldsProps) {
  return (
    <>
      <div className={styles.two}>
        <Labelled label="Time limit" id="compose-limit" error={limitError}>
          <span className={styles.inline}>
            <input
              id="compose-limit"
              className={`${fieldStyles.field} ${styles.number}`}
              style={{ width: 56 }}
              inputMode="decimal"
              placeholder="none"
              value={draft.timeLimit}
              {...invalidProps('compose-limit', limitError)}
              onChange={(event) => onChange({ timeLimit: event.target.value })}
            />
            <select
              className={fieldStyles.field}
              aria-label="Unit of the time limit"
              style={{ width: 88 }}
              value={draft.timeUnit}
              onChange={(event) => onChange({ timeUnit: event.target.value as TimeUnit })}
            >
              <option>minutes</option>
              <option>hours</option>
            </select>
            <span className={styles.help}>then stopped</span>
          </span>
        </Labelled>
        <Labelled label="After job" id="compose-after" error={afterError}>
          <select
            id="compose-after"
            className={fieldStyles.field}
            value={draft.after ?? ''}
            {...invalidProps('compose-after', afterError)}
            onChange={(event) => onChange({ after: event.target.value === '' ? null : Number(event.target.value) })}
          >
            <AfterOptions chosen={draft.after} />
          </select>
        </Labelled>
      </div>
      <label className={styles.check}>
        <input type="checkbox" checked={draft.held} onChange={(event) => onChange({ held: event.target.checked })} />
        Hold: it stays in the queue until it is released
      </label>
    </>
  );
}

function AfterOptions({ chosen }: { readonly chosen: number | null }) {
  const openJobs = useWindow((state) => state.openJobs);
  const jobs: readonly JobView[] = [...openJobs.values()].sort((a, b) => b.id - a.id).slice(0, JOBS_OFFERED);
  return (
    <>
      <option value="">none: as soon as there is room</option>
      {chosen === null || jobs.some(({ id }) => id === chosen) ? null : <option value={chosen}>#{chosen}</option>}
      {jobs.map(({ id, name }) => (
        <option key={id} value={id}>
          #{id} {name}, if completed
        </option>
      ))}
    </>
  );
}
