import type { ReactNode } from 'react';
import type { JobView, StopStage } from '../../../shared/job.ts';
import { secondsLeftOf } from '../../state/jobState.ts';
import type { RowState } from '../../state/jobState.ts';
import { useNow } from '../../state/window.tsx';
import { formatLoss, formatPercent, formatTimeLeft } from '../../ui/format.ts';
import { QueueMarks } from './QueueMarks.tsx';
import styles from './JobRow.module.css';

interface ProgressCellsProps {
  readonly job: JobView;
  readonly state: RowState;
  readonly refusal: string | null;
}

/** Progress, time left and loss of a run whose log tells them; one sentence over all three for every other row. */
export function ProgressCells({ job, state, refusal }: ProgressCellsProps) {
  if (refusal !== null) return <Sentence text={refusal} look={styles.refusal ?? ''} />;
  if (state === 'cancelling' || state === 'stuck') return <StopCell job={job} isStuck={state === 'stuck'} />;
  const progress = job.progress;
  if (state === 'queued') return <Sentence text={job.sentence} look="muted" marks={<QueueMarks job={job} />} />;
  if (state !== 'running') return <Sentence text={job.sentence} look={state === 'failed' ? '' : 'muted'} />;
  if (job.note !== null) return <Sentence text={job.note} look="muted" />;
  if (progress === null || progress.fraction === null)
    return <Sentence text={progress?.position ?? job.sentence} look="muted" />;
  const percent = formatPercent(progress.fraction);
  return (
    <>
      <div role="gridcell" className={styles.progress} data-cell="progress">
        <span
          className={styles.bar}
          role="progressbar"
          aria-label={`Progress of #${job.id}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(progress.fraction * 100)}
        >
          <i style={{ width: `${Math.min(100, Math.max(0, progress.fraction * 100))}%` }} />
        </span>
        <span className={styles.percent}>{percent}</span>
        <span className={`${styles.step} cut`} title={progress.position ?? ''}>
          {progress.position}
        </span>
      </div>
      <div role="gridcell" className={styles.number} data-cell="time-left">
        {formatTimeLeft(progress.secondsLeft)}
      </div>
      <div role="gridcell" className={styles.number} data-cell="loss">
        {formatLoss(progress.loss)}
      </div>
    </>
  );
}

interface SentenceProps {
  readonly text: string;
  readonly look: string;
  readonly marks?: ReactNode;
}

function Sentence({ text, look, marks }: SentenceProps) {
  return (
    <div role="gridcell" className={styles.say} data-cell="sentence">
      {marks}
      <span className={`cut ${look}`} title={text}>
        {text}
      </span>
    </div>
  );
}

function StopCell({ job, isStuck }: { readonly job: JobView; readonly isStuck: boolean }) {
  return (
    <div role="gridcell" className={styles.say} data-cell="sentence">
      <StopRungs stage={job.stop?.stage ?? 'asked'} />
      <span className="cut" title={job.sentence}>
        {isStuck ? null : <SecondsLeft job={job} />}
        {job.sentence}
      </span>
    </div>
  );
}

function SecondsLeft({ job }: { readonly job: JobView }) {
  const seconds = secondsLeftOf(job, useNow());
  if (seconds === null) return null;
  return (
    <>
      <b className="medium">{seconds} s left</b>
      {' · '}
    </>
  );
}

const RUNGS = ['asked', 'terminating', 'killing', 'verifying'] as const satisfies readonly StopStage[];

/** Four boxes, one for each stage of a stop: full is passed, half is now, striped is stuck. */
function StopRungs({ stage }: { readonly stage: StopStage }) {
  const isStuck = stage === 'stuck';
  const now = isStuck ? RUNGS.length - 1 : RUNGS.indexOf(stage);
  return (
    <span
      className={`${styles.rungs} ${isStuck ? styles.held : ''}`}
      role="img"
      aria-label={isStuck ? 'Stuck at the last of 4 stages' : `Stage ${now + 1} of 4: ${stage}`}
    >
      {RUNGS.map((rung, index) => (
        <i key={rung} className={index < now ? styles.done : index === now ? styles.now : ''} />
      ))}
    </span>
  );
}
