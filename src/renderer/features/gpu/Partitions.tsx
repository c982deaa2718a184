import { useState } from 'react';
import type { SlurmPartition, SlurmView } from '../../../shared/slurmView.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { counted, formatDuration, formatTimeOfDay } from '../../ui/format.ts';
import styles from './Gpu.module.css';

/** The partitions of the Slurm that the settings name: what is allocated, idle and down. */
export function Partitions() {
  const slurm = useWindow((state) => state.slurm);
  return (
    <div className={styles.strip} role="group" aria-label={`Slurm partitions, ${slurm.via}`}>
      {slurm.partitions.map((partition) => (
        <PartitionCell key={partition.name} partition={partition} isStale={slurm.state === 'unreachable'} />
      ))}
      {slurm.state === 'ok' && slurm.partitions.length > 0 ? null : <Problem slurm={slurm} />}
    </div>
  );
}

function PartitionCell({ partition, isStale }: { readonly partition: SlurmPartition; readonly isStale: boolean }) {
  const { name, isDefault, isUp, nodes, gpus, defaultSeconds, maxSeconds } = partition;
  const words = `${gpus.allocated} of ${counted(gpus.total, 'GPU', 'GPUs')} allocated, ${gpus.idle} idle, ${gpus.down} down`;
  return (
    <section
      className={`${styles.gpu} ${isStale ? styles.stale : ''}`}
      aria-label={`Partition ${name}, ${gpus.total === 0 ? 'no GPUs' : words}`}
    >
      <div className={styles.top}>
        <span className="bold nowrap">{name}</span>
        <span className={styles.name}>{isDefault ? 'default partition' : 'partition'}</span>
        {isUp ? (
          <span className={styles.memory}>
            <b>{gpus.idle}</b> / {gpus.total} idle
          </span>
        ) : (
          <span className={styles.state}>
            <Icon name="stuck" />
            Starts nothing
          </span>
        )}
      </div>
      <div className={styles.track} title={words}>
        <Part count={gpus.allocated} total={gpus.total} title={`${gpus.allocated} allocated`} look="" />
        <Part count={gpus.down} total={gpus.total} title={`${gpus.down} down`} look={styles.foreign ?? ''} />
        {gpus.total === 0 ? <span className={styles.beside}>no GPUs here</span> : null}
      </div>
      <div className={styles.ticks} aria-hidden="true">
        {Array.from({ length: Math.min(16, Math.max(1, gpus.total)) }, (_, index) => (
          <i key={index} />
        ))}
      </div>
      <div className={styles.now}>
        <span>{counted(nodes, 'node', 'nodes')}</span>
        <span className="push faint cut">{timeWords(defaultSeconds, maxSeconds)}</span>
      </div>
    </section>
  );
}

interface PartProps {
  readonly count: number;
  readonly total: number;
  readonly title: string;
  readonly look: string;
}

function Part({ count, total, title, look }: PartProps) {
  if (count === 0) return null;
  return (
    <span
      className={`${styles.car} ${look} ${styles.neutral}`}
      style={{ width: `${((count / total) * 100).toFixed(2)}%` }}
      title={title}
    >
      <span>{title}</span>
    </span>
  );
}

function timeWords(defaultSeconds: number | null, maxSeconds: number | null): string {
  if (defaultSeconds !== null) return `${formatDuration(defaultSeconds * 1_000)} unless asked`;
  return maxSeconds === null ? 'no time limit' : `${formatDuration(maxSeconds * 1_000)} at most`;
}

function Problem({ slurm }: { readonly slurm: SlurmView }) {
  return (
    <div className={styles.failing} role={slurm.state === 'starting' ? 'status' : 'alert'}>
      <span>{problemWords(slurm)}</span>
      <span className="push" />
      {slurm.state === 'starting' ? null : <LookAtSlurm />}
    </div>
  );
}

function problemWords({ state, via, unreachableSince, problem }: SlurmView): string {
  if (state === 'starting') return `Asking Slurm (${via})…`;
  if (state === 'ok') return `Slurm (${via}) shows you no partition.`;
  const since = unreachableSince === null ? '' : ` since ${formatTimeOfDay(unreachableSince)}`;
  return `Slurm (${via}) is not reachable${since}: ${problem ?? 'no answer'}. Its jobs go on; what you ask for is kept.`;
}

/** Asks Slurm again at once. */
export function LookAtSlurm() {
  const { api, store } = useParts();
  const isGone = useWindow((window) => window.connection !== 'ready');
  const [isLooking, setLooking] = useState(false);
  return (
    <Button
      small
      disabled={isLooking || isGone}
      onClick={() => {
        setLooking(true);
        api
          .request('slurm.lookAgain', {})
          // A core that does not answer is shown as such already.
          .then(
            (slurm) => store.setState({ slurm }),
            () => undefined,
          )
          .finally(() => setLooking(false));
      }}
    >
      Look again
    </Button>
  );
}
