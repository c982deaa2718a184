import type { StoreApi } from 'zustand/vanilla';
import type { Api } from '../bridge.ts';
import type { WindowState } from './windowState.ts';

/** Tells the shell which job is selected, now and whenever that changes: nobody is notified of what he looks at. */
export function startLooking(api: Api, store: StoreApi<WindowState>): void {
  function tell(jobId: number | null): void {
    // Not heard, it costs a notification too many.
    api.request('shell.looking', { jobId }).catch(() => {});
  }
  store.subscribe(({ selectedId }, before) => {
    if (selectedId !== before.selectedId) tell(selectedId);
  });
  tell(store.getState().selectedId);
}
