import { QUEUE_MODE_CHOICES } from './queueModes.ts';
import { isFirstStart } from './firstStart.ts';
import { FINISHED_STATUSES } from '../../../shared/job.ts';
import { countsOf } from '../../state/rows.ts';
import type { JobView } from '../../../shared/job.ts';
import { ROW_STATE_WORDS, rowStateOf } from '../../state/jobState.ts';
import type { RowState } from '../../state/jobState.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { fieldStyles } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { MoreMenu } from '../../ui/Menu.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { StatusSign } from '../../ui/Status.tsx';
import { counted, formatCount } from '../../ui/format.ts';
import styles from './Header.module.css';

const COUNTED: readonly RowState[] = ['running', 'queued', 'pending', 'cancelling', 'stuck'];
/** How jobs ended is no count of the header: the one that is filtered for stands there while it is, to be cleared. */
const STATES: readonly RowState[] = [...COUNTED, ...FINISHED_STATUSES];
const SHOWN_AT_ZERO: readonly RowState[] = ['running', 'queued'];

/** Name, counts that filter, the queue's control, search, New run and More. */
export function Header() {
  const { store, commands } = useParts();
  const mode = useWindow((state) => state.queue.mode);
  const isAnswering = useWindow((state) => state.connection === 'ready');
  const isFirst = useWindow(isFirstStart);
  return (
    <header className={styles.head} data-region="header">
      <h1 className={styles.brand}>
        <Icon name="brand" />
        Trainyard
      </h1>
      {isFirst ? <span className={styles.empty}>Queue is empty</span> : <Counts />}
      <span className="push" />
      <RadioPills
        label="Queue"
        look="segments"
        choices={QUEUE_MODE_CHOICES}
        value={mode}
        disabled={!isAnswering}
        onChoose={(next) => void commands.setMode(next)}
      />
      <SearchBox />
      <Button
        kind={isFirst ? 'default' : 'primary'}
        icon="plus"
        title="Ctrl N"
        disabled={!isAnswering}
        onClick={() => store.setState({ compose: { submission: null, hiddenEnv: [] } })}
      >
        New run
      </Button>
      <HeaderMenu isAnswering={isAnswering} />
    </header>
  );
}

function Counts() {
  const { store } = useParts();
  const openJobs = useWindow((state) => state.openJobs);
  const filter = useWindow((state) => state.filter);
  const isLoading = useWindow((state) => state.connection === 'loading');
  const ended = useWindow((state) => state.queue.counts);
  const counts = {
    ...countsOf(openJobs),
    pending: pendingOnSlurm(openJobs.values()),
    completed: ended.completed,
    failed: ended.failed,
    cancelled: ended.cancelled,
  };
  return (
    <div className={styles.counts} role="group" aria-label="Filter by state">
      {STATES.filter(
        (state) =>
          filter === state || (COUNTED.includes(state) && (counts[state] > 0 || SHOWN_AT_ZERO.includes(state))),
      ).map((state) => {
        const word = ROW_STATE_WORDS[state].toLowerCase();
        const isOn = filter === state;
        return (
          <button
            key={state}
            type="button"
            className={styles.count}
            aria-pressed={isOn}
            aria-label={
              isLoading
                ? `${word}: not known yet`
                : `${counts[state]} ${word}: ${isOn ? 'show all' : 'show only these'}`
            }
            title={ROW_STATE_WORDS[state]}
            onClick={() => store.setState({ filter: isOn ? null : state })}
          >
            <StatusSign state={state} />
            <span>
              <b>{isLoading ? '…' : formatCount(counts[state])}</b>
              <span className="wide-only"> {word}</span>
            </span>
          </button>
        );
      })}
    </div>
  );
}

/** On this machine a job is pending for a moment only; on Slurm it may wait for days. */
function pendingOnSlurm(jobs: Iterable<JobView>): number {
  let count = 0;
  for (const job of jobs) if (rowStateOf(job) === 'pending' && job.target.kind === 'slurm') count += 1;
  return count;
}

function SearchBox() {
  const { store } = useParts();
  const search = useWindow((state) => state.search);
  return (
    <label className={`${fieldStyles.search} ${styles.search}`}>
      <span className="sr">Search jobs</span>
      <Icon name="search" />
      <input
        className={fieldStyles.field}
        type="search"
        placeholder="Search jobs"
        maxLength={500}
        value={search}
        data-search-jobs=""
        onChange={(event) => store.setState({ search: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && search !== '') {
            event.stopPropagation();
            store.setState({ search: '' });
          }
        }}
      />
      {search === '' ? <span className={`${fieldStyles.kbd} ${fieldStyles.hint} wide-only`}>Ctrl K</span> : null}
    </label>
  );
}

function HeaderMenu({ isAnswering }: { readonly isAnswering: boolean }) {
  const { api, store } = useParts();
  const openJobs = useWindow((state) => state.openJobs);
  const queued = countsOf(openJobs).queued;
  const all = openJobs.size;
  return (
    <MoreMenu
      label="More"
      entries={[
        {
          label: 'Cancel all queued…',
          icon: 'queued',
          note: counted(queued, 'job', 'jobs'),
          disabled: !isAnswering || queued === 0,
          onChoose: () => store.setState({ question: 'queued' }),
        },
        {
          label: 'Cancel everything…',
          icon: 'stopping',
          note: counted(all, 'job', 'jobs'),
          bad: true,
          disabled: !isAnswering || all === 0,
          onChoose: () => store.setState({ question: 'all' }),
        },
        'separator',
        {
          label: 'Settings',
          icon: 'gear',
          note: 'Ctrl ,',
          onChoose: () => store.setState({ settingsOpen: true }),
        },
        {
          label: 'About Trainyard',
          icon: 'brand',
          onChoose: () => store.setState({ aboutOpen: true }),
        },
        {
          label: 'Quit',
          icon: 'close',
          note: 'Ctrl Q',
          onChoose: () => void api.request('shell.quit', {}).catch(() => {}),
        },
      ]}
    />
  );
}
