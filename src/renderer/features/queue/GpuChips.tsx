import type { JobView } from '../../../shared/job.ts';
import type { RowState } from '../../state/jobState.ts';
import { useWindow } from '../../state/window.tsx';
import { formatGiB } from '../../ui/format.ts';
import styles from './JobRow.module.css';

/** The GPUs of a job: solid for held, dashed for wanted or reserved, red for quarantined. */
export function GpuChips({ job, state }: { readonly job: JobView; readonly state: RowState }) {
  return (
    <div role="gridcell" className={styles.chips} data-cell="gpus">
      {job.target.kind === 'slurm' ? (
        <SlurmChip job={job} state={state} />
      ) : job.gpus === 0 ? (
        <span className={styles.chip}>CPU</span>
      ) : job.heldGpus.length === 0 ? (
        <span className={`${styles.chip} ${styles.wanted}`} title={wantedWords(job)}>
          {job.gpus}
          {job.gpuMemoryMiB === null ? '' : ` × ${formatGiB(job.gpuMemoryMiB)} GiB`}
        </span>
      ) : (
        job.heldGpus.map((uuid) => <HeldChip key={uuid} uuid={uuid} state={state} />)
      )}
    </div>
  );
}

/** Which GPUs a job has on Slurm is Slurm's; how many is known. */
function SlurmChip({ job, state }: { readonly job: JobView; readonly state: RowState }) {
  const isHeld = state === 'running' || state === 'cancelling';
  const gpus = job.gpus === 1 ? '1 GPU' : `${job.gpus} GPUs`;
  return (
    <span
      className={`${styles.chip} ${isHeld ? '' : styles.wanted}`}
      title={job.gpus === 0 ? 'on Slurm, without a GPU' : `${gpus} on Slurm`}
    >
      Slurm{job.gpus === 0 ? '' : ` ${job.gpus}`}
    </span>
  );
}

function HeldChip({ uuid, state }: { readonly uuid: string; readonly state: RowState }) {
  const index = useWindow((window) => window.gpus.gpus.find((gpu) => gpu.uuid === uuid)?.index ?? null);
  const look = state === 'pending' ? styles.wanted : state === 'stuck' ? styles.locked : '';
  return (
    <span className={`${styles.chip} ${look}`} title={index === null ? uuid : `GPU ${index}`}>
      {index ?? '?'}
    </span>
  );
}

function wantedWords(job: JobView): string {
  const gpus = job.gpus === 1 ? '1 GPU' : `${job.gpus} GPUs`;
  return job.gpuMemoryMiB === null ? `${gpus}, whole` : `${gpus} with ${formatGiB(job.gpuMemoryMiB)} GiB each`;
}
