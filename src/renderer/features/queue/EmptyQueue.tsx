import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import styles from './EmptyQueue.module.css';

const TERMINAL_COMMAND = 'trainyard submit -- python train.py';

/** The window before the first job: what the app is for, and a sample to try it with. */
export function EmptyQueue() {
  const { store, commands } = useParts();
  const samples = useWindow((state) => state.samples);
  const isAnswering = useWindow((state) => state.connection === 'ready');
  const [first, ...others] = samples;
  return (
    <main className={styles.empty} data-region="jobs" aria-label="Jobs">
      <p className={styles.line}>
        Queue training runs on your own GPUs, and stop any of them cleanly, completely and provably.
      </p>
      <div className={styles.buttons}>
        {first === undefined ? null : (
          <Button
            kind="primary"
            icon="play"
            title={first.title}
            disabled={!isAnswering}
            onClick={() => void commands.submitAtOnce(first.submission)}
          >
            Start a sample run
          </Button>
        )}
        {others.map((sample) => (
          <Button
            key={sample.id}
            icon="play"
            title={sample.about}
            disabled={!isAnswering}
            onClick={() => void commands.submitAtOnce(sample.submission)}
          >
            {sample.title}
          </Button>
        ))}
        <Button
          icon="plus"
          disabled={!isAnswering}
          onClick={() => store.setState({ compose: { submission: null, hiddenEnv: [] } })}
        >
          New run
        </Button>
      </div>
      {first === undefined ? null : <p className={styles.about}>{first.about}</p>}
      <div className={styles.terminal}>
        <span className="faint">Or from a terminal</span>
        <span className={styles.command}>
          <span>
            <span className="faint">$ </span>
            {TERMINAL_COMMAND}
          </span>
          <CopyButton label="Copy command" text={() => TERMINAL_COMMAND} />
        </span>
      </div>
    </main>
  );
}
