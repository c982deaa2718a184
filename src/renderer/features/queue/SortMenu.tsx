import { Menu as BaseMenu } from '@base-ui/react/menu';
import { useState } from 'react';
import { FINISHED_STATUSES } from '../../../shared/job.ts';
import { ROW_STATE_WORDS } from '../../state/jobState.ts';
import type { RowState } from '../../state/jobState.ts';
import { SORT_WORDS } from '../../state/sort.ts';
import type { Sort } from '../../state/sort.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { buttonClass } from '../../ui/Button.tsx';
import { fieldStyles } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { menuStyles } from '../../ui/Menu.tsx';
import { StatusSign } from '../../ui/Status.tsx';
import { formatCount } from '../../ui/format.ts';
import styles from './JobTable.module.css';

const SORTS = Object.keys(SORT_WORDS) as readonly Sort['by'][];

/** Sorts running and finished jobs, and shows only those that ended in one way. Queued jobs keep the queue's own order. */
export function SortMenu() {
  const { store, commands } = useParts();
  const sort = useWindow((state) => state.sort);
  const filter = useWindow((state) => state.filter);
  const counts = useWindow((state) => state.queue.counts);
  // The popup stays inside the table: a landmark that readers can name.
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const arrow = sort.by === 'usual' ? null : sort.descending ? 'down' : 'up';
  return (
    <span ref={setPlace} className={styles.menu}>
      <BaseMenu.Root>
        <BaseMenu.Trigger
          className={`${buttonClass('quiet', true, false)} ${styles.trigger}`}
          aria-label={`Sort and filter: ${wordsFor(sort)}`}
          title="Sort and filter"
        >
          <span className="wide-only">{SORT_WORDS[sort.by]}</span>
          <Icon name={arrow ?? 'sort'} />
        </BaseMenu.Trigger>
        <BaseMenu.Portal container={place}>
          <BaseMenu.Positioner className={menuStyles.positioner ?? ''} sideOffset={4} align="end">
            <BaseMenu.Popup className={menuStyles.popup ?? ''}>
              <BaseMenu.Group>
                <BaseMenu.GroupLabel className={styles.groupLabel ?? ''}>Sort running and finished</BaseMenu.GroupLabel>
                {SORTS.map((by) => (
                  <BaseMenu.Item
                    key={by}
                    className={menuStyles.item ?? ''}
                    role="menuitemradio"
                    aria-checked={sort.by === by}
                    onClick={() => commands.sortBy(by)}
                  >
                    <Icon name={sort.by === by ? 'check' : 'none'} />
                    {SORT_WORDS[by]}
                    {sort.by === by && by !== 'usual' ? (
                      <span className={`${fieldStyles.kbd} push`}>{sort.descending ? 'descending' : 'ascending'}</span>
                    ) : null}
                  </BaseMenu.Item>
                ))}
              </BaseMenu.Group>
              <BaseMenu.Separator className={menuStyles.separator ?? ''} />
              <BaseMenu.Group>
                <BaseMenu.GroupLabel className={styles.groupLabel ?? ''}>Show only</BaseMenu.GroupLabel>
                {FINISHED_STATUSES.map((status) => (
                  <BaseMenu.Item
                    key={status}
                    className={menuStyles.item ?? ''}
                    role="menuitemradio"
                    aria-checked={filter === status}
                    onClick={() => store.setState({ filter: toggledFilter(filter, status) })}
                  >
                    {filter === status ? <Icon name="check" /> : <StatusSign state={status} />}
                    {ROW_STATE_WORDS[status]}
                    <span className={`${fieldStyles.kbd} push`}>{formatCount(counts[status])}</span>
                  </BaseMenu.Item>
                ))}
                {filter === null ? null : (
                  <BaseMenu.Item className={menuStyles.item ?? ''} onClick={() => store.setState({ filter: null })}>
                    <Icon name="close" />
                    Show all
                  </BaseMenu.Item>
                )}
              </BaseMenu.Group>
            </BaseMenu.Popup>
          </BaseMenu.Positioner>
        </BaseMenu.Portal>
      </BaseMenu.Root>
    </span>
  );
}

function toggledFilter(now: RowState | null, status: RowState): RowState | null {
  return now === status ? null : status;
}

function wordsFor({ by, descending }: Sort): string {
  return by === 'usual' ? 'usual order' : `${SORT_WORDS[by].toLowerCase()}, ${descending ? 'descending' : 'ascending'}`;
}
