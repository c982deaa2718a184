import { useWindow } from '../../state/window.tsx';
import { Icon } from '../../ui/Icon.tsx';
import styles from './StatusLine.module.css';

/** The window's foot while no panel is open: what the runner in use promises. */
export function StatusLine() {
  const about = useWindow((state) => state.about);
  return (
    <footer className={styles.line}>
      <span className={styles.promise}>
        {about === null ? null : (
          <>
            <Icon name="shield" />
            <span className="cut" title={`${about.runnerPromise} (Trainyard ${about.version}, ${about.runtime})`}>
              {about.runnerPromise}
            </span>
          </>
        )}
      </span>
      <span className="push">Runs go on when this window is closed.</span>
    </footer>
  );
}
