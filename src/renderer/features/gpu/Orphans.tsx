import type { OrphanView } from '../../../shared/orphan.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { counted, formatMoment } from '../../ui/format.ts';
import styles from './Gpu.module.css';

/** Processes that earlier runs left behind, each with its Stop. Nothing while there are none. */
export function Orphans() {
  const orphans = useWindow((state) => state.orphans);
  if (orphans.length === 0) return null;
  return (
    <section className={styles.orphans} aria-label="Left behind by earlier runs">
      <span className={`${styles.orphansHead} medium`}>
        <Icon name="stuck" />
        {counted(orphans.length, 'process is', 'processes are')} left of runs that are over
      </span>
      <ul>
        {orphans.map((orphan) => (
          <Orphan key={`${orphan.pid} ${orphan.start}`} orphan={orphan} />
        ))}
      </ul>
    </section>
  );
}

function Orphan({ orphan }: { readonly orphan: OrphanView }) {
  const { commands, clock } = useParts();
  const isGone = useWindow((state) => state.connection !== 'ready');
  const { pid, start, jobId, commandLine, since, stopping } = orphan;
  return (
    <li className={styles.orphan}>
      <span className="nowrap">
        pid {pid} of #{jobId}
      </span>
      <code className="cut" title={commandLine}>
        {commandLine}
      </code>
      <span className="faint nowrap wide-only">since {formatMoment(since, clock.now())}</span>
      <span className="push" />
      {stopping ? (
        <span className={styles.orphanState}>
          <Icon name="stopping" />
          Stopping
        </span>
      ) : (
        <Button
          small
          kind="danger"
          aria-label={`Stop process ${pid}`}
          disabled={isGone}
          onClick={() => void commands.stopOrphan(pid, start)}
        >
          Stop
        </Button>
      )}
    </li>
  );
}
