import { useState } from 'react';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { GpuCell } from './GpuCell.tsx';
import styles from './Gpu.module.css';

/** The GPUs of the machine, one cell each; without a driver one sentence on what to do. */
export function GpuStrip() {
  const gpus = useWindow((state) => state.gpus);
  if (gpus.gpus.length === 0) return <NoGpu />;
  const failure = gpus.failure;
  return (
    <section className={styles.strip} aria-label="GPUs" data-region="gpus">
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
    </section>
  );
}

function NoGpu() {
  const state = useWindow((window) => window.gpus.state);
  const failure = useWindow((window) => window.gpus.failure);
  const isLooking = state === 'starting';
  return (
    <section className={styles.none} aria-label="GPUs" data-region="gpus">
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
    </section>
  );
}

function LookAgain() {
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
