import { useState } from 'react';
import { useParts, useWindow } from '../../state/window.tsx';
import { WhenDoneLine } from '../quit/WhenDoneLine.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import styles from './Notices.module.css';

/** Lines under the header: the core does not answer, the database cannot be written, the queue waits for a person, a command was refused. */
export function Notices() {
  const { store } = useParts();
  const isGone = useWindow((state) => state.connection === 'gone');
  const database = useWindow((state) => state.database);
  const notice = useWindow((state) => state.notice);
  const queueNotice = useWindow((state) => state.queue.notice);
  const whenDone = useWindow((state) => state.whenDone);
  return (
    <div className={styles.notices} data-region="notices">
      {isGone ? <CoreGone /> : null}
      {database === null ? null : (
        <div className={`${styles.line} ${styles.bad}`} role="alert">
          <Icon name="stuck" />
          {database}
        </div>
      )}
      {whenDone === null ? null : <WhenDoneLine view={whenDone} />}
      {queueNotice === null ? null : <QueueNotice text={queueNotice} />}
      {notice === null ? null : (
        <div className={`${styles.line} ${styles.warn}`} role="alert">
          {notice}
          <span className="push" />
          <Button
            small
            kind="quiet"
            icon="close"
            aria-label="Dismiss message"
            onClick={() => store.setState({ notice: null })}
          />
        </div>
      )}
    </div>
  );
}

/** What the core says about the whole queue; the button that ends a pause is beside it. */
function QueueNotice({ text }: { readonly text: string }) {
  const { commands } = useParts();
  const isStopped = useWindow((state) => state.queue.mode !== 'run');
  const isAnswering = useWindow((state) => state.connection === 'ready');
  return (
    <div className={`${styles.line} ${styles.warn}`} role="alert">
      {text}
      <span className="push" />
      {isStopped ? (
        <Button
          small
          icon="play"
          aria-label="Run the queue"
          disabled={!isAnswering}
          onClick={() => void commands.setMode('run')}
        >
          Run
        </Button>
      ) : null}
    </div>
  );
}

function CoreGone() {
  const { sync } = useParts();
  const [isAsking, setAsking] = useState(false);
  async function reconnect(): Promise<void> {
    setAsking(true);
    await sync.refetch();
    setAsking(false);
  }
  return (
    <div className={`${styles.line} ${styles.bad}`} role="alert">
      <Icon name="stuck" />
      The queue service is not answering. Runs go on.
      <span className="push" />
      <Button small disabled={isAsking} onClick={() => void reconnect()}>
        Reconnect
      </Button>
    </div>
  );
}
