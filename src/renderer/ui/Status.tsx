import { ROW_STATE_WORDS } from '../state/jobState.ts';
import type { RowState } from '../state/jobState.ts';
import { Icon } from './Icon.tsx';
import styles from './Status.module.css';

/** A state as icon and word, always both. */
export function Status({ state }: { readonly state: RowState }) {
  return (
    <span className={`${styles.status} ${styles[state]}`}>
      <StatusIcon state={state} />
      {ROW_STATE_WORDS[state]}
    </span>
  );
}

/** The icon of a state in its colour, for places that say the word themselves. */
export function StatusSign({ state }: { readonly state: RowState }) {
  return (
    <span className={`${styles.status} ${styles[state]}`}>
      <StatusIcon state={state} />
    </span>
  );
}

function StatusIcon({ state }: { readonly state: RowState }) {
  return <Icon name={state === 'cancelling' ? 'stopping' : state} />;
}
