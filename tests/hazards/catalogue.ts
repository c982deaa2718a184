import { hazard } from '../helpers/runner.ts';
import { pythonProgram } from './machine.ts';
import type { Need } from './machine.ts';

/*
 * Everything that has kept a stopped training run alive somewhere, or has lost its checkpoint: one program each.
 * Times in ms.
 */

/** What is to be seen at the end of a run. */
export interface Expectation {
  /** Of main: its exit code or the name of the signal that ended it; null is not looked at. */
  readonly main: number | string | null;
  /** Whether SIGKILL was needed; null where it depends on the moment. */
  readonly killing: boolean | null;
  /** Files of the hazard's folder that hold a checkpoint, which a stop must not lose. */
  readonly checkpoints?: readonly string[];
}

/** When the stop may come. */
export interface Ready {
  /** These files are in the hazard's folder. */
  readonly files: readonly string[];
  /** So many processes have announced themselves. */
  readonly processes: number;
  /** /proc tells this state of main. */
  readonly mainState?: 'T' | 'D';
}

/** What the portable runner cannot do, as it really happens. */
export interface PortableHole {
  readonly sentence: string;
  /** So many processes may be left when it says that none is. */
  readonly survivors: number;
  /** Where these differ from the hazard's own. */
  readonly main?: number | string | null;
  readonly killing?: boolean | null;
}

/** One run under a runner, stopped. */
export interface RunHazard {
  readonly kind: 'run';
  readonly name: string;
  readonly title: string;
  /** The command. `dir` is where its processes announce themselves; `aside` is shared with what is outside the run. */
  readonly program: (dir: string, aside: string) => readonly string[];
  readonly graceMs: number;
  readonly ready: Ready;
  /** How the end comes: a stop, a stop with force, or main's own end that leaves others behind. */
  readonly ending: 'stop' | 'force' | 'main ends';
  readonly expect: Expectation;
  readonly needs: readonly Need[];
  /** In a pid namespace of its own: it uses up pids, or sets them. */
  readonly inPidNamespace: boolean;
  /** Storms are repeated five times as often. */
  readonly isStorm: boolean;
  /** It takes the whole machine, or its times are close: no other hazard beside it. */
  readonly alone: boolean;
  /** More than a program. `frozen`: the file system in which it writes is thawed after `stuck`; `pid reuse`: one of its
   *  numbers goes to a stranger; `other user`: the runner is not root and others are about. */
  readonly twist: 'frozen' | 'pid reuse' | 'other user' | null;
  readonly portableHole?: PortableHole;
}

/** The runner itself is killed: the app's sweep has to end the run. */
export interface RunnerKilled {
  readonly kind: 'runner killed';
  readonly name: string;
  readonly title: string;
  readonly program: (dir: string) => readonly string[];
  readonly processes: number;
  readonly needs: readonly Need[];
  /** The app has seen all members by then: it looks every two seconds. */
  readonly afterLook: boolean;
  readonly portableHole?: PortableHole;
}

/** When the app is killed. */
export type Moment =
  | 'idle'
  | 'submitted'
  | 'run folder'
  | 'identity'
  | 'cancel answered'
  | 'first signal'
  | 'rest'
  | 'killing'
  | 'forced'
  | 'exit record'
  | 'final transaction';

/** The app is killed at a moment, started again, and has to tell the truth. */
export interface AppKilled {
  readonly kind: 'app killed';
  readonly name: string;
  readonly title: string;
  readonly moment: Moment;
  readonly needs: readonly Need[];
  readonly portableHole?: PortableHole;
}

export type Hazard = RunHazard | RunnerKilled | AppKilled;

type Given = Pick<RunHazard, 'name' | 'title' | 'program' | 'expect'> & Partial<RunHazard>;

const GRACE_MS = 300;
const LONG_MS = 10_000;
const READY = { files: ['ready'], processes: 1 };
const ENDED_BY_TERM: Expectation = { main: 'SIGTERM', killing: false };
const KILLED: Expectation = { main: 'SIGKILL', killing: true };

/** A run with usual values. Co-operative programs have a long grace, which they must not use up. */
function run(given: Given): RunHazard {
  return {
    kind: 'run',
    graceMs: given.expect.killing === false ? LONG_MS : GRACE_MS,
    ready: READY,
    ending: 'stop',
    inPidNamespace: false,
    isStorm: false,
    alone: given.isStorm === true,
    twist: null,
    ...given,
    needs: ['compiler', ...(given.needs ?? []), ...(given.inPidNamespace === true ? (['pid namespace'] as const) : [])],
  };
}

const OUTRUN: PortableHole = {
  sentence:
    'Its processes get new numbers while the process table is read: now and then two looks in a row find none of them, and the portable runner says that the run is over.',
  survivors: 16,
};

function storm(name: string, title: string, how: readonly string[]): RunHazard {
  return run({
    name: `storm-${name}`,
    title: `a fork storm: ${title}`,
    program: (dir) => [hazard('storm'), dir, '6', ...how],
    expect: KILLED,
    graceMs: 200,
    inPidNamespace: true,
    isStorm: true,
    portableHole: OUTRUN,
  });
}

/** A trainer that saves for 300 ms on SIGTERM and fails when one of its four workers is signalled meanwhile. */
function trainer(dir: string): string[] {
  return [pythonProgram(), hazard('trainer.py'), dir, '--workers', '4'];
}

function checkpoint(
  name: string,
  title: string,
  more: Omit<Given, 'name' | 'title' | 'expect'> & Partial<Given>,
): RunHazard {
  return run({
    name: `checkpoint-${name}`,
    title: `a checkpoint that is lost when workers are signalled first: ${title}`,
    expect: { main: 0, killing: false, checkpoints: ['checkpoint-0'] },
    ready: { files: ['ready-0'], processes: 5 },
    ...more,
    needs: ['python3', ...(more.needs ?? [])],
  });
}

const SH = '/bin/sh';
/** A script that runs its arguments and then something else. */
const WRITE_SCRIPT = `printf '%s\\n' '"$@"' 'echo done' > "$0/script.sh"`;
/** The two ranks that a launcher starts. */
const RANKS = { files: ['ready-0', 'ready-1'], processes: 2 };
const TWO_CHECKPOINTS = ['checkpoint-0', 'checkpoint-1'];

function launcher(style: string, ranks: number, dir: string, workers: number): string[] {
  const rank = [pythonProgram(), hazard('trainer.py'), dir, '--rank', '%r', '--workers', String(workers)];
  return [pythonProgram(), hazard('launcher.py'), style, String(ranks), ...rank];
}

const RUNS: readonly RunHazard[] = [
  run({
    name: 'ignores-signals',
    title: 'main and its workers ignore SIGTERM, SIGINT and SIGHUP',
    program: (dir) => [hazard('tree'), dir, '3', '1', 'ignore'],
    ready: { files: ['ready'], processes: 4 },
    expect: KILLED,
  }),
  run({
    name: 'exits-zero',
    title: 'main exits 0 on SIGTERM and leaves its workers',
    program: (dir) => [hazard('workers'), dir, '4', 'zero', 'default'],
    ready: { files: ['ready'], processes: 5 },
    expect: { main: 0, killing: false },
  }),
  run({
    name: 'workers-ignore',
    title: 'main ends on SIGTERM, its workers ignore it',
    program: (dir) => [hazard('workers'), dir, '4', 'default', 'ignore'],
    ready: { files: ['ready'], processes: 5 },
    expect: { main: 'SIGTERM', killing: true },
  }),
  run({
    name: 'shell-wrapper',
    title: 'a shell around the trainer: sh -c "trainer; true"',
    program: (dir) => [SH, '-c', '"$0" "$@"; true', hazard('tree'), dir, '4', '1', 'default'],
    ready: { files: ['ready'], processes: 5 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'pipeline',
    title: 'a pipeline: trainer | cat | tee file',
    program: (dir) => [SH, '-c', `"$0" "$1" 2 1 default | cat | tee "$1/copy"`, hazard('tree'), dir],
    ready: { files: ['ready'], processes: 3 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'background-jobs',
    title: 'background jobs of a shell, which waits for them',
    program: (dir) => [SH, '-c', 'for job in 1 2 3; do "$0" "$1" 1 1 default & done; wait', hazard('tree'), dir],
    ready: { files: ['ready'], processes: 6 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'job-control',
    title: 'background jobs in process groups of their own (set -m), ignoring SIGTERM',
    program: (dir) => [
      'bash',
      '-c',
      'set -m; for job in 1 2 3; do "$0" "$1" 1 1 ignore & done; wait',
      hazard('tree'),
      dir,
    ],
    ready: { files: ['ready'], processes: 6 },
    expect: { main: 'SIGTERM', killing: true },
    needs: ['bash'],
  }),
  run({
    name: 'own-sessions',
    title: 'children in sessions of their own, as torchrun starts its ranks',
    program: (dir) => [hazard('own_sessions'), dir],
    ready: { files: ['ready'], processes: 5 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'daemon',
    title: 'a daemon by double fork and setsid',
    program: (dir) => [hazard('daemon'), dir],
    ready: { files: ['ready'], processes: 2 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'daemon-ignores',
    title: 'a daemon that ignores the stop signals',
    program: (dir) => [hazard('daemon'), dir, 'ignore'],
    ready: { files: ['ready'], processes: 2 },
    expect: { main: 'SIGTERM', killing: true },
  }),
  ...(
    [
      ['empty-env', 'with an empty environment', ['noenv']],
      ['empty-env-ignores', 'with an empty environment that ignores the stop signals', ['noenv', 'ignore']],
      ['title', 'that wrote over its title and environment', ['title', 'ignore']],
    ] as const
  ).map(([name, title, how]) =>
    run({
      name: `daemon-${name}`,
      title: `a daemon ${title}`,
      // Not in the first moment, in which a runner that looks at the process table looks for the first time.
      program: (dir) => [SH, '-c', 'sleep 0.25; exec "$0" "$@"', hazard('daemon'), dir, ...how],
      ready: { files: ['ready'], processes: 2 },
      expect: { main: 'SIGTERM', killing: how.some((word) => word === 'ignore') },
      portableHole: {
        sentence:
          'It left the tree and its session and has no tag any more, all between two looks at the process table: the portable runner does not find it and says that the run is over.',
        survivors: 1,
        killing: null,
      },
    }),
  ),
  run({
    name: 'root-gone',
    title: 'main has ended by itself and left four orphans, two of which ignore the stop signals',
    program: (dir) => [hazard('rootgone'), dir],
    ending: 'main ends',
    ready: { files: ['ready'], processes: 5 },
    expect: { main: 3, killing: true },
  }),
  run({
    name: 'dead-main-thread',
    title: 'main’s first thread has exited and another lives: /proc calls it a zombie',
    program: (dir) => [hazard('deadleader'), dir],
    expect: KILLED,
  }),
  run({
    name: 'dead-main-thread-child',
    title: 'the same in a child of main',
    program: (dir) => [hazard('deadleader'), dir, 'child'],
    ready: { files: ['ready'], processes: 2 },
    expect: { main: 'SIGTERM', killing: true },
  }),
  run({
    name: 're-spawner',
    title: 'main ignores the stop signals and replaces every child that dies',
    program: (dir) => [hazard('respawner'), dir],
    ready: { files: ['ready'], processes: 7 },
    expect: KILLED,
  }),
  run({
    name: 'exit-between',
    title: 'members that exit between the look and the signal: 16 children that live 2 ms each',
    program: (dir) => [hazard('churn'), dir, '16', '2000'],
    alone: true,
    expect: KILLED,
    inPidNamespace: true,
  }),
  storm('5ms', 'six lines, a new pid every 5 ms', ['5000', 'ignore']),
  storm('5ms-setsid', 'the same, each in a new session', ['5000', 'setsid', 'ignore']),
  storm('fast', 'a new pid every 0.4 ms', ['300', 'ignore']),
  storm('fast-setsid', 'the same, each in a new session', ['300', 'setsid', 'ignore']),
  storm('full-speed-setsid', 'a new pid and session as fast as fork is', ['0', 'setsid', 'ignore']),
  run({
    name: 'storm-everybody-forks',
    title: 'a fork storm: every process forks until there are 120',
    program: (dir) => [hazard('forkbomb'), dir, '120'],
    ending: 'force',
    expect: KILLED,
    inPidNamespace: true,
    isStorm: true,
    portableHole: { ...OUTRUN, survivors: 120 },
  }),
  run({
    name: 'stopped',
    title: 'a tree stopped with SIGSTOP, which ends with 0 when it hears SIGTERM',
    program: (dir) => [hazard('stopped'), dir],
    ready: { files: ['ready'], processes: 2, mainState: 'T' },
    expect: { main: 0, killing: false },
  }),
  run({
    name: 'zombie',
    title: 'a child that has ended and is never waited for',
    program: (dir) => [hazard('zombie'), dir],
    ready: { files: ['ready'], processes: 3 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'tree-1111',
    title: 'a tree of 1 111 processes in three levels that ignore the stop signals',
    program: (dir) => [hazard('tree'), dir, '10', '3', 'ignore'],
    ready: { files: ['ready'], processes: 1111 },
    alone: true,
    expect: KILLED,
  }),
  run({
    name: 'wide-1001',
    title: 'a thousand children of one process, co-operative',
    program: (dir) => [hazard('tree'), dir, '1000', '1', 'default'],
    ready: { files: ['ready'], processes: 1001 },
    alone: true,
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'log-flood',
    title: 'a log flood of 100 MB/s',
    program: (dir) => [hazard('flood'), dir, '100'],
    alone: true,
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'full-pipe',
    title: 'a child that is blocked writing into a full pipe',
    program: (dir) => [hazard('fullpipe'), dir],
    ready: { files: ['ready'], processes: 2 },
    expect: ENDED_BY_TERM,
  }),
  run({
    name: 'saves-8-of-10',
    title: 'a SIGTERM handler that saves for 0.8 of the grace period',
    program: (dir) => [hazard('workers'), dir, '0', 'save:1200', 'default'],
    graceMs: 1500,
    alone: true,
    expect: { main: 0, killing: false, checkpoints: ['checkpoint'] },
  }),
  run({
    name: 'saves-6-of-10-workers',
    title: 'the same for 0.6 of it, with workers that main needs until then',
    program: (dir) => [hazard('workers'), dir, '4', 'save:900', 'default'],
    graceMs: 1500,
    ready: { files: ['ready'], processes: 5 },
    alone: true,
    expect: { main: 0, killing: false, checkpoints: ['checkpoint'] },
  }),
  checkpoint('direct', 'the trainer itself', { program: trainer }),
  checkpoint('shell', "sh -c 'a; b'", {
    program: (dir) => [SH, '-c', '"$0" "$@"; true', ...trainer(dir)],
    expect: { main: 'SIGTERM', killing: false, checkpoints: ['checkpoint-0'] },
  }),
  checkpoint('script', 'bash script.sh', {
    program: (dir) => ['bash', '-c', `${WRITE_SCRIPT}; exec bash "$0/script.sh" "$@"`, dir, ...trainer(dir)],
    expect: { main: 'SIGTERM', killing: false, checkpoints: ['checkpoint-0'] },
    needs: ['bash'],
  }),
  checkpoint('accelerate', 'a launcher like accelerate, which ends on SIGTERM and passes nothing on', {
    program: (dir) => launcher('accelerate', 1, dir, 4),
    expect: { main: 'SIGTERM', killing: false, checkpoints: ['checkpoint-0'] },
  }),
  checkpoint('torchrun', 'a launcher like torchrun: ranks in own sessions, SIGTERM to the group of each', {
    program: (dir) => launcher('torchrun', 2, dir, 0),
    ready: RANKS,
    expect: { main: 1, killing: false, checkpoints: TWO_CHECKPOINTS },
  }),
  checkpoint('forwarding', 'a launcher that passes SIGTERM on to its ranks alone, which have workers', {
    program: (dir) => launcher('forward', 2, dir, 2),
    ready: { ...RANKS, processes: 6 },
    expect: { main: 1, killing: false, checkpoints: TWO_CHECKPOINTS },
  }),
  run({
    name: 'pid-reuse',
    title: 'the number of a member, its group and its session now belong to a stranger',
    program: (dir, aside) => [hazard('reuse'), dir, aside],
    ready: { files: ['has-worker'], processes: 2 },
    expect: KILLED,
    inPidNamespace: true,
    twist: 'pid reuse',
  }),
  run({
    name: 'other-users',
    title: 'processes of other users beside a run of an ordinary user',
    program: (dir) => [hazard('tree'), dir, '3', '1', 'ignore'],
    ready: { files: ['ready'], processes: 4 },
    expect: KILLED,
    needs: ['root'],
    twist: 'other user',
  }),
  run({
    name: 'uninterruptible',
    title: 'uninterruptible sleep (a write into a frozen file system): told as stuck, over when it is thawed',
    program: (_dir, aside) => [SH, '-c', ': > "$0/file"; exec sleep 3600', aside],
    ending: 'force',
    ready: { files: [], processes: 0, mainState: 'D' },
    expect: KILLED,
    needs: ['loop device'],
    twist: 'frozen',
  }),
  run({
    name: 'vfork',
    title: 'uninterruptible sleep of the killable kind: main in vfork',
    program: (dir) => [hazard('vforkwait'), dir],
    ready: { files: ['ready'], processes: 2, mainState: 'D' },
    expect: ENDED_BY_TERM,
  }),
];

const RUNNERS_KILLED: readonly RunnerKilled[] = [
  {
    kind: 'runner killed',
    name: 'runner-killed',
    title: 'the runner is killed with SIGKILL; the run ignores the stop signals',
    program: (dir) => [hazard('tree'), dir, '3', '2', 'ignore'],
    processes: 13,
    needs: ['compiler'],
    afterLook: false,
  },
  {
    kind: 'runner killed',
    name: 'runner-killed-sessions',
    title: 'the runner is killed; its run has sessions of its own',
    program: (dir) => [hazard('own_sessions'), dir],
    processes: 5,
    needs: ['compiler'],
    afterLook: false,
  },
  {
    kind: 'runner killed',
    name: 'runner-killed-daemon',
    title: 'the runner is killed; its run left a daemon with an empty environment, which the app had seen',
    program: (dir) => [hazard('daemon'), dir, 'noenv', 'ignore'],
    processes: 2,
    needs: ['compiler'],
    afterLook: true,
    portableHole: {
      sentence:
        'The app notes what is below the runner; a daemon is not, since only the native runner takes orphans in. So nobody has seen it.',
      survivors: 1,
    },
  },
];

const MOMENTS: readonly (readonly [Moment, string])[] = [
  ['idle', 'while nothing happens; the run then ends with 42 on its own'],
  ['submitted', 'during start: a job was just accepted'],
  ['run folder', 'during start: the run’s folder was made'],
  ['identity', 'during start: the runner said who it is'],
  ['cancel answered', 'during a stop: the cancel was just answered'],
  ['first signal', 'during a stop: main was asked'],
  ['rest', 'during a stop: the rest was asked'],
  ['killing', 'during a stop: the killing began'],
  ['forced', 'during a stop: it was just forced'],
  ['exit record', 'during the end: the exit record is there'],
  ['final transaction', 'during the final transaction, which waits for the database'],
];

const APPS_KILLED: readonly AppKilled[] = MOMENTS.map(([moment, words]) => ({
  kind: 'app killed',
  name: `app-killed-${moment.replaceAll(' ', '-')}`,
  title: `the app is killed with SIGKILL ${words}`,
  moment,
  needs: ['compiler'],
}));

/** The whole corpus. */
export const CATALOGUE: readonly Hazard[] = [...RUNS, ...RUNNERS_KILLED, ...APPS_KILLED];
