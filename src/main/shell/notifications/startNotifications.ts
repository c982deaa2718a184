import { join } from 'node:path';
import type { Change, RouteInput, RouteName } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { Reveal } from '../../../shared/shellContract.ts';
import { assertNever } from '../../../shared/result.ts';
import { askCore } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import { admit, isGrowing, NO_BURST } from './burst.ts';
import { createElectronOutlet } from './electronOutlet.ts';
import { createFreedesktopOutlet } from './freedesktopOutlet.ts';
import { jobNotice } from './jobNotice.ts';
import type { Looking, NoticeFacts } from './jobNotice.ts';
import { jobKey } from './notice.ts';
import type { Notice, NoticeDeed } from './notice.ts';
import { afterChange, NO_RUNS } from './queueEnd.ts';
import type { OutletParts } from './outlet.ts';
import { requeueEach } from './requeueEach.ts';

/** What notifications stand on. */
export interface NotificationParts {
  readonly core: Pick<Core, 'router' | 'on'>;
  /** The clone or the unpacked application. */
  readonly root: string;
  /** Shows the window and, where a job is named, that job in it. */
  readonly reveal: (jobId: number | null, tab: Reveal['tab']) => void;
  /** What the person sees of the queue at this moment. */
  readonly looking: () => Looking;
  readonly log: (line: string) => void;
}

/** Tells the user what happened while he looked elsewhere. */
export interface Notifications {
  /** Tells why a click outside the window led to nothing. */
  refused(message: string): void;
  /** Tells what the app itself is about to do or has done; it cannot be switched off, and a click shows the window. */
  tell(said: { readonly key: string; readonly title: string; readonly body: string }): void;
  /** Takes back what was told with that key: it is not true any more. */
  takeBack(key: string): void;
  /** Tells that a newer version can be installed; `restart` is called when the user wants it now. */
  updateReady(version: string, restart: () => void): void;
  /** Takes back what is shown, and ends. */
  close(): Promise<void>;
}

/** What comes within this time is looked at together: a cancel of many jobs is many changes at once. Milliseconds. */
const GATHER_MS = 100;
/** One that already stands for many is brought up to date at most so often, milliseconds. */
const GROW_MS = 1_000;

/** Starts telling, as the settings say at that time. */
export function startNotifications({ core, root, reveal, looking, log }: NotificationParts): Notifications {
  const ask = askCore(core, 'notification');
  const outletParts: OutletParts = { onDeed: perform, icon: join(root, 'resources', 'icons', '128.png'), log };
  const outlet =
    process.platform === 'linux' ? createFreedesktopOutlet(outletParts) : createElectronOutlet(outletParts);
  let settings: Settings = settingsSchema.parse({});
  let gpuIndexes: NoticeFacts['gpuIndexes'] = new Map();
  let tally = NO_RUNS;
  let burst = NO_BURST;
  let gathered: Notice[] = [];
  let gathering: ReturnType<typeof setTimeout> | null = null;
  let restart = (): void => {};

  function facts(): NoticeFacts {
    return { wanted: settings.notifications, looking: looking(), gpuIndexes };
  }

  function take(change: Change): void {
    if (change.kind === 'settings.changed') void readSettings();
    // Back in the queue, or gone from the list: a button about its end would act on something else.
    if ((change.kind === 'job.requeued' || change.kind === 'job.deleted') && change.jobId !== null)
      takeBack(jobKey(change.jobId));
    const now = facts();
    const about = jobNotice(change, now);
    if (about !== null) gather(about);
    const { tally: counted, finished } = afterChange(tally, change);
    tally = counted;
    if (finished === null || now.looking.focused || !settings.notifications.queueFinished) return;
    // After a single run its own end says it all.
    if (finished.runs > 1 || about === null || change.queue.mode !== 'run') gather(finished.notice);
  }

  function gather(notice: Notice): void {
    gathered.push(notice);
    gathering ??= setTimeout(tell, isGrowing(burst, Date.now()) ? GROW_MS : GATHER_MS);
  }

  function tell(): void {
    gathering = null;
    const { state, show, withdraw } = admit(burst, gathered, Date.now());
    gathered = [];
    burst = state;
    for (const key of withdraw) outlet.withdraw(key);
    for (const notice of show) outlet.show(notice);
  }

  function takeBack(key: string): void {
    gathered = gathered.filter((notice) => notice.key !== key);
    outlet.withdraw(key);
  }

  function perform(deed: NoticeDeed): void {
    switch (deed.kind) {
      case 'reveal':
        return reveal(deed.jobId, deed.tab);
      case 'force':
        return order('jobs.cancel', { jobId: deed.jobId, force: true });
      case 'requeue':
        return void requeueEach(ask, deed.jobIds).then((problem) => (problem === null ? undefined : refused(problem)));
      case 'restart':
        return restart();
      default:
        return assertNever(deed, 'deed of a notice');
    }
  }

  function order<N extends RouteName>(route: N, input: RouteInput<N>): void {
    ask(route, input).catch((error: unknown) => refused(error instanceof Error ? error.message : String(error)));
  }

  function refused(message: string): void {
    tellPlainly({ key: 'refusal', title: 'That was not done', body: message });
  }

  function tellPlainly(said: Parameters<Notifications['tell']>[0]): void {
    outlet.show({
      ...said,
      kind: 'refusal',
      urgent: false,
      click: { kind: 'reveal', jobId: null, tab: null },
      actions: [],
    });
  }

  async function readSettings(): Promise<void> {
    // Without an answer those that were known go on.
    settings = await ask('settings.get', {}).catch(() => settings);
  }

  const ends = [
    core.on('changed', take),
    core.on('gpus', ({ gpus }) => {
      gpuIndexes = new Map(gpus.flatMap(({ uuid, index }) => (index === null ? [] : [[uuid, index] as const])));
    }),
  ];
  void readSettings();

  return {
    refused,
    tell: tellPlainly,
    takeBack,
    updateReady(version, install) {
      if (!settings.notifications.updateReady) return;
      restart = install;
      outlet.show({
        key: 'update',
        kind: 'updateReady',
        title: `Trainyard ${version} is ready`,
        body: 'It is installed when you say so, and never while a run is live.',
        urgent: false,
        click: { kind: 'reveal', jobId: null, tab: null },
        actions: [{ id: 'restart', label: 'Restart now', deed: { kind: 'restart' } }],
      });
    },
    async close() {
      for (const end of ends) end();
      if (gathering !== null) clearTimeout(gathering);
      await outlet.close();
    },
  };
}
