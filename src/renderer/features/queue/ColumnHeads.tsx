import type { ReactNode } from 'react';
import type { Sort } from '../../state/sort.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { SortMenu } from './SortMenu.tsx';
import styles from './JobTable.module.css';

/** The names of the columns. A click on one sorts by it; the menu at the end does the same by keyboard, and filters. */
export function ColumnHeads() {
  return (
    <div className={styles.columns} role="row" aria-rowindex={1}>
      <SortHead by="status">Status</SortHead>
      <SortHead by="name">Job</SortHead>
      <span role="columnheader">Progress</span>
      <span role="columnheader" className={styles.number}>
        Time left
      </span>
      <span role="columnheader" className={styles.number}>
        Loss
      </span>
      <span role="columnheader">GPUs</span>
      <SortHead by="duration" look={`${styles.number} wide-only`}>
        Elapsed
      </SortHead>
      <span role="columnheader" className={styles.last}>
        <SortMenu />
      </span>
    </div>
  );
}

interface SortHeadProps {
  readonly by: Sort['by'];
  readonly look?: string;
  readonly children: ReactNode;
}

function SortHead({ by, look = '', children }: SortHeadProps) {
  const { commands } = useParts();
  const sort = useWindow((state) => state.sort);
  const isOn = sort.by === by;
  return (
    <span
      role="columnheader"
      className={look}
      aria-sort={isOn ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      {/* The table is one tab stop; the menu at the end of the heads does the same. */}
      <button type="button" tabIndex={-1} className={styles.sort} onClick={() => commands.sortBy(by)}>
        {children}
        {isOn ? <Icon name={sort.descending ? 'down' : 'up'} /> : null}
      </button>
    </span>
  );
}
