import { useEffect, useState } from 'react';
import { UNDO_MS } from '../../state/commands.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import type { UndoOffer } from '../../state/windowState.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './UndoToast.module.css';

/** Offers to put cancelled queued jobs back, for 8 s; the pointer or the focus on it stops the clock. */
export function UndoToast() {
  const undo = useWindow((state) => state.undo);
  return (
    <div className={styles.place}>{undo === null ? null : <Toast key={undo.jobIds.join(' ')} offer={undo} />}</div>
  );
}

function Toast({ offer }: { readonly offer: UndoOffer }) {
  const { store, commands, clock } = useParts();
  const [leftMs, setLeft] = useState(UNDO_MS);
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return undefined;
    return clock.subscribe(() => setLeft((left) => left - 1_000));
  }, [clock, isHeld]);
  const isOver = leftMs <= 0;
  useEffect(() => {
    if (isOver && store.getState().undo === offer) store.setState({ undo: null });
  }, [isOver, store, offer]);
  const first = Math.min(...offer.jobIds);
  const last = Math.max(...offer.jobIds);
  return (
    <section
      className={styles.toast}
      aria-label="Undo"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="medium">{offer.text}</span>
      <span className={styles.left}>
        {offer.jobIds.length > 1 ? `#${first} to #${last} · ` : ''}
        {Math.max(0, Math.ceil(leftMs / 1_000))} s
      </span>
      <Button small icon="undo" title="Ctrl Z" onClick={() => void commands.undo()}>
        Undo
      </Button>
      <Button small kind="quiet" icon="close" aria-label="Dismiss" onClick={() => store.setState({ undo: null })} />
    </section>
  );
}
