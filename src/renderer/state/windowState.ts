import type { AboutView, QueueView, SampleView } from '../../shared/contract.ts';
import { GPU_SNAPSHOT_AT_START } from '../../shared/gpu.ts';
import type { GpuSnapshot } from '../../shared/gpu.ts';
import type { JobSubmission, JobView } from '../../shared/job.ts';
import type { OrphanView } from '../../shared/orphan.ts';
import { SLURM_OFF } from '../../shared/slurmView.ts';
import type { SlurmView } from '../../shared/slurmView.ts';
import type { QuitTelling, WhenDoneView } from '../../shared/shellContract.ts';
import type { GpuHistory } from './gpuHistory.ts';
import type { RowState } from './jobState.ts';
import { USUAL_SORT } from './sort.ts';
import type { Sort } from './sort.ts';

/** The tabs of the detail panel, in their order. */
export const PANEL_TABS = ['log', 'curves', 'details', 'receipt'] as const;
export type PanelTab = (typeof PANEL_TABS)[number];

/** Whether the core answers: not yet, yes, or no longer. */
export type Connection = 'loading' | 'ready' | 'gone';

/** Queued jobs that were just cancelled and can be put back. */
export interface UndoOffer {
  readonly jobIds: readonly number[];
  readonly text: string;
}

/** Finished jobs as the core orders them. */
export interface History {
  /** Which question it answers. */
  readonly key: string;
  readonly jobIds: readonly number[];
  /** Something has ended since that may belong elsewhere in the order. */
  readonly isStale: boolean;
}

/** What the New run dialog opens with. */
export interface ComposeStart {
  readonly submission: JobSubmission | null;
  /** Names of variables whose values the core keeps to itself: they must be typed again. */
  readonly hiddenEnv: readonly string[];
}

/** The question before many jobs are cancelled: all that are queued, everything, or the chosen ones. */
export type CancelManyQuestion = 'queued' | 'all' | readonly number[];

/** The menu of rows that is open: which jobs it is about, and where it stands in the window. */
export interface RowMenuOffer {
  readonly jobIds: readonly number[];
  /** The row it was opened on: the focus goes back there. */
  readonly rowId: number;
  readonly x: number;
  readonly y: number;
}

/** All the window knows: what the core said, and where the person is. */
export interface WindowState {
  readonly connection: Connection;
  /** One sentence on a database that cannot be written, or null. */
  readonly database: string | null;
  /** Number of the last change that was taken in. */
  readonly seq: number;
  readonly queue: QueueView;
  /** Queued, pending and running jobs by number. */
  readonly openJobs: ReadonlyMap<number, JobView>;
  /** Finished jobs that were loaded, by number. */
  readonly finishedJobs: ReadonlyMap<number, JobView>;
  /** All finished jobs that are wanted, by number and in order; null while those in memory are all there are. */
  readonly history: History | null;
  /** Those in {@link finishedJobs} that were fetched because they were scrolled to, the oldest first: they may go again. */
  readonly fetched: readonly number[];
  readonly gpus: GpuSnapshot;
  readonly slurm: SlurmView;
  readonly gpuHistory: GpuHistory;
  /** Processes of runs that are over, still there. */
  readonly orphans: readonly OrphanView[];
  readonly colours: ReadonlyMap<number, number>;
  /** Sentences of refused commands, shown at the row until the job's next event. */
  readonly refusals: ReadonlyMap<number, string>;
  /** Jobs with a command on its way. */
  readonly busyJobs: ReadonlySet<number>;
  readonly filter: RowState | null;
  readonly search: string;
  readonly sort: Sort;
  readonly showAllQueued: boolean;
  /** The job the panel is about, and the focus of the table. */
  readonly selectedId: number | null;
  /** Several chosen jobs; it counts while `selectedId` is one of them. */
  readonly selection: ReadonlySet<number>;
  readonly rowMenu: RowMenuOffer | null;
  readonly panelOpen: boolean;
  readonly tab: PanelTab;
  readonly undo: UndoOffer | null;
  readonly compose: ComposeStart | null;
  readonly question: CancelManyQuestion | null;
  /** The finished jobs that are asked about before they are deleted. */
  readonly deletion: readonly number[] | null;
  readonly settingsOpen: boolean;
  readonly aboutOpen: boolean;
  readonly about: AboutView | null;
  readonly samples: readonly SampleView[];
  /** What is asked before the app quits, or how far it is; null while nobody quits. */
  readonly quit: QuitTelling | null;
  /** What the machine is about to do because the queue is done. */
  readonly whenDone: WhenDoneView | null;
  /** A refusal that belongs to no row and no field. */
  readonly notice: string | null;
}

/** A window before anything was heard. */
export const WINDOW_STATE_AT_START: WindowState = {
  connection: 'loading',
  database: null,
  seq: 0,
  queue: {
    mode: 'run',
    cpuSlots: 1,
    notice: null,
    counts: { queued: 0, pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
  },
  openJobs: new Map(),
  finishedJobs: new Map(),
  history: null,
  fetched: [],
  gpus: GPU_SNAPSHOT_AT_START,
  slurm: SLURM_OFF,
  gpuHistory: new Map(),
  orphans: [],
  colours: new Map(),
  refusals: new Map(),
  busyJobs: new Set(),
  filter: null,
  search: '',
  sort: USUAL_SORT,
  showAllQueued: false,
  selectedId: null,
  selection: new Set(),
  rowMenu: null,
  panelOpen: false,
  tab: 'log',
  undo: null,
  compose: null,
  question: null,
  deletion: null,
  settingsOpen: false,
  aboutOpen: false,
  about: null,
  samples: [],
  quit: null,
  whenDone: null,
  notice: null,
};
