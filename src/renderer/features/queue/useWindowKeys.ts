import { useEffect } from 'react';
import { useParts } from '../../state/window.tsx';
import type { WindowParts } from '../../state/window.tsx';

const REGIONS = ['header', 'gpus', 'jobs', 'panel'] as const;

/** The keys that work anywhere in the window: Ctrl N, Ctrl K, Ctrl Z, Ctrl comma, Esc, F6. On macOS ⌘ in place of Ctrl. */
export function useWindowKeys(): void {
  const parts = useParts();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.defaultPrevented && handle(event, parts)) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [parts]);
}

function handle(event: KeyboardEvent, { store, commands }: WindowParts): boolean {
  const state = store.getState();
  if (
    state.compose !== null ||
    state.question !== null ||
    state.deletion !== null ||
    state.rowMenu !== null ||
    state.settingsOpen ||
    state.aboutOpen ||
    state.quit !== null
  )
    return false;
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select') !== null;
  if (isCommand && event.key === 'n') {
    if (state.connection === 'ready') store.setState({ compose: { submission: null, hiddenEnv: [] } });
    return true;
  }
  if (isCommand && event.key === ',') {
    store.setState({ settingsOpen: true });
    return true;
  }
  if (isCommand && event.key === 'k') {
    document.querySelector<HTMLInputElement>('[data-search-jobs]')?.focus();
    return true;
  }
  if (isCommand && event.key === 'z' && !isTyping && state.undo !== null) {
    void commands.undo();
    return true;
  }
  if (event.key === 'Escape' && state.panelOpen) {
    store.setState({ panelOpen: false });
    document.querySelector<HTMLElement>('[data-region="jobs"] [role="row"][aria-selected="true"]')?.focus();
    return true;
  }
  if (event.key === 'F6') {
    focusNextRegion(event.shiftKey ? -1 : 1);
    return true;
  }
  return false;
}

function focusNextRegion(step: number): void {
  const shown = REGIONS.flatMap((name) => document.querySelector<HTMLElement>(`[data-region="${name}"]`) ?? []);
  const at = shown.findIndex((region) => region.contains(document.activeElement));
  for (let tries = 1; tries <= shown.length; tries += 1) {
    const region = shown[(at + step * tries + shown.length * tries) % shown.length];
    const stop = region?.querySelector<HTMLElement>(
      '[tabindex="0"], button:not(:disabled):not([tabindex="-1"]), input, a[href]',
    );
    if (stop !== null && stop !== undefined) {
      stop.focus();
      return;
    }
  }
}
