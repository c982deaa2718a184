import { useEffect, useState } from 'react';
import { useParts } from '../../state/window.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { startFrom } from './dropped.ts';
import styles from './DropTarget.module.css';

/** Takes files that are dropped anywhere on the window: New run opens, filled in. While they hover it says so. */
export function DropTarget() {
  const parts = useParts();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const { api, store, announcer } = parts;
    const take = async (files: readonly File[]): Promise<void> => {
      const paths = files.map((file) => api.pathOf(file)).filter((path) => path !== '');
      if (paths.length === 0) return;
      const { scripts } = await api.request('scripts.look', { paths: paths.slice(0, 20) });
      const start = startFrom(scripts, paths);
      if (typeof start === 'string') {
        store.setState({ notice: start });
        announcer.say(start);
      } else store.setState({ compose: start, notice: null });
    };
    const onDrag = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      const isTaken = isFree(parts.store.getState());
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = isTaken ? 'copy' : 'none';
      setOver(isTaken);
    };
    const onLeave = (event: DragEvent): void => {
      // From one element to another inside the window is no leaving.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      if (!isFree(parts.store.getState())) return;
      take([...(event.dataTransfer?.files ?? [])]).catch((cause: unknown) =>
        store.setState({ notice: cause instanceof Error ? cause.message : String(cause) }),
      );
    };
    const listeners = [
      ['dragenter', onDrag],
      ['dragover', onDrag],
      ['dragleave', onLeave],
      ['drop', onDrop],
    ] as const;
    for (const [name, listener] of listeners) window.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of listeners) window.removeEventListener(name, listener);
    };
  }, [parts]);
  if (!isOver) return null;
  return (
    <div className={styles.target} role="status">
      <span className={styles.words}>
        <Icon name="drop" />
        Drop a script or a folder: New run opens, filled in
      </span>
    </div>
  );
}

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** A question that waits for an answer is not covered by a form. */
function isFree(state: { readonly connection: string; readonly question: unknown; readonly quit: unknown }): boolean {
  return state.connection === 'ready' && state.question === null && state.quit === null;
}
