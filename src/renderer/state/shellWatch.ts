import type { StoreApi } from 'zustand/vanilla';
import type { Reveal, ShellStanding } from '../../shared/shellContract.ts';
import type { Api } from '../bridge.ts';
import type { Announcer } from './announcer.ts';
import { withFetched } from './changes.ts';
import { jobOf } from './rows.ts';
import { NO_SELECTION } from './selection.ts';
import type { Sync } from './sync.ts';
import type { WindowState } from './windowState.ts';

/** Takes in what the desktop app has to say: a job to show, the question before quitting, a countdown, a sentence. */
export function startShellWatch(
  api: Api,
  store: StoreApi<WindowState>,
  { sync, announcer }: { readonly sync: Sync; readonly announcer: Announcer },
): void {
  async function reveal({ jobId, tab }: Reveal): Promise<void> {
    // The window may have been hidden, or be new: what it knows is not the core's latest word.
    await sync.refetch();
    if (jobOf(store.getState(), jobId) === null) {
      const job = await api.request('jobs.get', { jobId });
      store.setState(withFetched(store.getState(), [job]), true);
    }
    const job = jobOf(store.getState(), jobId);
    store.setState({
      selectedId: jobId,
      selection: NO_SELECTION,
      panelOpen: true,
      tab: tab ?? (job?.status === 'cancelled' ? 'receipt' : 'log'),
      // A filter or a search could hide it.
      filter: null,
      search: '',
      showAllQueued: store.getState().showAllQueued || job?.status === 'queued',
    });
  }
  function notice(sentence: string): void {
    store.setState({ notice: sentence });
    announcer.alert(sentence);
  }
  function revealSoon(what: Reveal): void {
    reveal(what).catch((cause: unknown) => notice(cause instanceof Error ? cause.message : String(cause)));
  }
  function begin(standing: ShellStanding): void {
    store.setState({ quit: standing.quitQuestion, whenDone: standing.whenDone });
    if (!standing.coreReachable) store.setState({ connection: 'gone' });
    // It came back between the page's first question and this answer.
    else if (store.getState().connection === 'gone') void sync.refetch();
    if (standing.reveal !== null) revealSoon(standing.reveal);
    if (standing.notice !== null) notice(standing.notice);
  }

  api.on('reveal', revealSoon);
  api.on('quitQuestion', (quit) => store.setState({ quit }));
  api.on('whenDone', (whenDone) => store.setState({ whenDone }));
  api.on('notice', notice);
  // Without the shell's word the window still shows and commands the queue.
  api.request('shell.begin', {}).then(begin, () => {});
}
