import { ROW_STATE_WORDS } from '../../state/jobState.ts';
import { useNow, useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import styles from './JobTable.module.css';

/** What an empty table says: nothing matches, or nothing is known yet. */
export function NoMatch() {
  const { store } = useParts();
  const connection = useWindow((state) => state.connection);
  const search = useWindow((state) => state.search.trim());
  const filter = useWindow((state) => state.filter);
  if (connection === 'loading') return <Awaited />;
  if (search === '' && filter === null) return null;
  const what =
    search !== ''
      ? `No job matches “${search}”.`
      : `No job is ${ROW_STATE_WORDS[filter ?? 'running'].toLowerCase()} now.`;
  return (
    <div className={styles.none} role="row">
      <span role="gridcell">{what}</span>
      <span role="gridcell">
        <Button small onClick={() => store.setState({ search: '', filter: null })}>
          {search !== '' ? 'Clear search' : 'Show all'}
        </Button>
      </span>
    </div>
  );
}

const OPENED_AT = Date.now();
const SAY_AFTER_MS = 2_000;

function Awaited() {
  const isLong = useNow() - OPENED_AT > SAY_AFTER_MS;
  return isLong ? (
    <div className={styles.none} role="row">
      <span role="gridcell">Waiting for the queue service to open its database.</span>
    </div>
  ) : null;
}
