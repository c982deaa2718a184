import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { JobSubmission, JobView } from '../../../shared/job.ts';
import { rowStateOf } from '../../state/jobState.ts';
import { finishedInOrder } from '../../state/rows.ts';
import { submissionFrom } from '../../state/submissions.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { StatusSign } from '../../ui/Status.tsx';
import { formatMoment } from '../../ui/format.ts';
import styles from './Compose.module.css';

const RECENT_MAX = 6;

interface RecentCommandsProps {
  readonly onChoose: (submission: JobSubmission, hiddenEnv: readonly string[]) => void;
  /** What stands below them. */
  readonly children: ReactNode;
}

/** Commands that were used lately, and the samples: one click fills the form. */
export function RecentCommands({ onChoose, children }: RecentCommandsProps) {
  const { api, clock } = useParts();
  const openJobs = useWindow((state) => state.openJobs);
  const finishedJobs = useWindow((state) => state.finishedJobs);
  const samples = useWindow((state) => state.samples);
  const recent = useMemo(
    () => latestCommands([...openJobs.values(), ...finishedInOrder(finishedJobs).slice(0, 50)]),
    [openJobs, finishedJobs],
  );

  async function choose(job: JobView): Promise<void> {
    const detail = await api.request('jobs.get', { jobId: job.id }).catch(() => null);
    const { submission, hiddenEnv } = submissionFrom(job, detail);
    onChoose(submission, hiddenEnv);
  }

  return (
    <div className={styles.side}>
      {recent.length === 0 ? null : (
        <div>
          <h3>Recent commands</h3>
          <div className={styles.recent}>
            {recent.map((job) => (
              <button key={job.id} type="button" title={job.command.join(' ')} onClick={() => void choose(job)}>
                <span className={`${styles.recentCommand} cut`}>{job.command.join(' ')}</span>
                <span className={styles.recentWhen}>
                  <StatusSign state={rowStateOf(job)} />#{job.id} · {formatMoment(job.submittedAt, clock.now())}
                </span>
              </button>
            ))}
          </div>
        </div>
      )}
      {children}
      {samples.length === 0 ? null : (
        <div>
          <h3>Samples</h3>
          <div className={styles.recent}>
            {samples.map((sample) => (
              <button
                key={sample.id}
                type="button"
                title={sample.about}
                onClick={() => onChoose(sample.submission, [])}
              >
                <span className="cut">{sample.title}</span>
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function latestCommands(jobs: readonly JobView[]): readonly JobView[] {
  const seen = new Set<string>();
  const latest: JobView[] = [];
  for (const job of [...jobs].sort((a, b) => b.submittedAt - a.submittedAt)) {
    const key = job.command.join('\0');
    if (seen.has(key)) continue;
    seen.add(key);
    latest.push(job);
    if (latest.length === RECENT_MAX) break;
  }
  return latest;
}
