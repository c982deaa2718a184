import styles from './JobRow.module.css';

interface AwayRowProps {
  readonly jobId: number;
  readonly rowIndex: number;
  readonly endsGroup: boolean;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
}

/** A finished job that is being asked for: its number, until the rest is here. As cheap to draw as a row can be. */
export function AwayRow({ jobId, rowIndex, endsGroup, isSelected, isTabStop }: AwayRowProps) {
  return (
    <div
      className={`${styles.row} ${styles.over} ${endsGroup ? styles.groupEnd : ''}`}
      role="row"
      aria-rowindex={rowIndex}
      aria-label={`#${jobId}, being loaded`}
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      data-job-id={jobId}
      data-state="away"
    >
      <div role="gridcell" className={styles.status} />
      <div role="gridcell" className={styles.job}>
        <span className={styles.id}>#{jobId}</span>
      </div>
    </div>
  );
}
