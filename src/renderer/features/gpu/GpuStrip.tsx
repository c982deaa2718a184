import { useState } from 'react';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { GpuCell } from './GpuCell.tsx';
import { Orphans } from './Orphans.tsx';
import { Partitions } from './Partitions.tsx';
import styles from './Gpu.module.css';

/**
 * The GPUs of the machine, one cell each; without a driver one sentence on what to do. With a Slurm its partitions stand below
 * them, or in their place where there are none. Last, what earlier runs left behind.
 */
export function GpuStrip() {
  const hasGpus = useWindow((state) => state.gpus.gpus.length > 0);
  const hasSlurm = useWindow((state) => state.slurm.state !== 'off');
  return (
    <section aria-label="GPUs" data-region="gpus">
      {hasGpus ? <Cells /> : hasSlurm ? null : <NoGpu />}
      {hasSlurm ? <Partitions /> : null}
      <Orphans />
    </section>
  );
}

function Cells() {
  const gpus = useWindow((state) => state.gpus);
  const failure = gpus.failure;
  return (
    <div className={styles.strip}>
      {gpus.gpus.map((gpu, index) => (
        <GpuCell key={gpu.uuid} gpu={gpu} number={gpu.index ?? index} />
      ))}
      {failure === null ? null : (
        <div className={styles.failing} role="alert">
          <span>
            <span className="medium">{failure.message}</span> {failure.advice}
          </span>
          <span className="push" />
          <LookAgain />
        </div>
      )}
    </div>
  );
}

function NoGpu() {
  const state = useWindow((window) => window.gpus.state);
  const failure = useWindow((window) => window.gpus.failure);
  const isLooking = state === 'starting';
  return (
    <div className={styles.none}>
      <div className={styles.rails} aria-hidden="true">
        <div className={`${styles.track} ${styles.dashed}`} />
        <div className={styles.ticks}>
          <i />
          <i />
          <i />
          <i />
          <i />
          <i />
        </div>
      </div>
      <div>
        <div className="medium">{isLooking ? 'Looking for GPUs…' : (failure?.message ?? 'No NVIDIA GPU answered')}</div>
        <div className={styles.advice}>{isLooking ? '' : (failure?.advice ?? '')}</div>
      </div>
      <span className="push" />
      {isLooking ? null : <LookAgain />}
    </div>
  );
}

/** Asks the driver again at once. */
export function LookAgain() {
  const { commands } = useParts();
  const isGone = useWindow((window) => window.connection !== 'ready');
  const [isLooking, setLooking] = useState(false);
  return (
    <Button
      small
      disabled={isLooking || isGone}
      onClick={() => {
        setLooking(true);
        void commands.lookAgain().finally(() => setLooking(false));
      }}
    >
      Look again
    </Button>
  );
}
