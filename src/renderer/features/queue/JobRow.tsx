import { memo } from 'react';
import type { CSSProperties } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { isLive, isOver, rowStateOf } from '../../state/jobState.ts';
import { colourValue } from '../../state/colours.ts';
import { useNow, useWindow } from '../../state/window.tsx';
import { Status } from '../../ui/Status.tsx';
import { formatDuration } from '../../ui/format.ts';
import { GpuChips } from './GpuChips.tsx';
import { ProgressCells } from './ProgressCells.tsx';
import { RowActions } from './RowActions.tsx';
import styles from './JobRow.module.css';

interface JobRowProps {
  readonly job: JobView;
  readonly rowIndex: number;
  readonly endsGroup: boolean;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
}

/** One job in the table. What it says about the job is the core's sentence. */
export const JobRow = memo(function JobRow({ job, rowIndex, endsGroup, isSelected, isTabStop }: JobRowProps) {
  const state = rowStateOf(job);
  const refusal = useWindow((window) => window.refusals.get(job.id) ?? null);
  const hasCells = refusal === null && state === 'running' && job.progress !== null && job.progress.fraction !== null;
  const looks = [
    styles.row,
    styles[state],
    isOver(job) ? styles.over : '',
    endsGroup ? styles.groupEnd : '',
    hasCells ? '' : styles.tells,
  ];
  return (
    <div
      className={looks.filter(Boolean).join(' ')}
      role="row"
      aria-rowindex={rowIndex}
      aria-label={`#${job.id} ${job.name}`}
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      data-job-id={job.id}
      data-state={state}
    >
      <div role="gridcell" className={styles.status} data-cell="status">
        <Status state={state} />
      </div>
      <JobCell job={job} />
      <ProgressCells job={job} state={state} refusal={refusal} />
      <GpuChips job={job} state={state} />
      <div role="gridcell" className={`${styles.number} ${styles.time}`} data-cell="elapsed">
        <Elapsed job={job} />
      </div>
      <div role="gridcell" className={styles.actions}>
        <RowActions job={job} state={state} />
      </div>
    </div>
  );
});

function JobCell({ job }: { readonly job: JobView }) {
  const colour = useWindow((window) => (isLive(job) && job.gpus > 0 ? colourValue(window.colours, job.id) : null));
  const command = job.command.join(' ');
  return (
    <div role="gridcell" className={styles.job}>
      <span
        className={`${styles.swatch} ${colour === null ? styles.bare : ''}`}
        style={colour === null ? undefined : ({ '--j': colour } as CSSProperties)}
      />
      <span className={styles.id}>#{job.id}</span>
      <span className={styles.name} title={job.name}>
        {job.name}
      </span>
      <span className={`${styles.command} cut`} title={command}>
        {command}
      </span>
    </div>
  );
}

function Elapsed({ job }: { readonly job: JobView }) {
  if (isOver(job))
    return formatDuration(job.startedAt === null || job.endedAt === null ? null : job.endedAt - job.startedAt);
  return <Since at={job.startedAt ?? job.submittedAt} />;
}

function Since({ at }: { readonly at: number }) {
  return formatDuration(useNow() - at);
}
