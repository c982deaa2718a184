import { Menu as BaseMenu } from '@base-ui/react/menu';
import { useMemo, useState } from 'react';
import { chosenJobs } from '../../state/selection.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import type { RowMenuOffer } from '../../state/windowState.ts';
import { copyText } from '../../ui/CopyButton.tsx';
import { MenuEntries, menuStyles } from '../../ui/Menu.tsx';
import { writeCommandLine } from '../compose/commandLine.ts';
import { rowMenuEntries } from './rowMenuEntries.ts';

/** The menu of one or several rows, at the pointer or at the row. */
export function RowMenu({ onMove }: { readonly onMove: (jobId: number, step: 1 | -1) => void }) {
  const offer = useWindow((state) => state.rowMenu);
  // The popup stays inside the page's main part: a landmark that readers can name.
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return <span ref={setPlace}>{offer === null ? null : <OpenMenu offer={offer} place={place} onMove={onMove} />}</span>;
}

interface OpenMenuProps {
  readonly offer: RowMenuOffer;
  readonly place: HTMLElement | null;
  readonly onMove: (jobId: number, step: 1 | -1) => void;
}

function OpenMenu({ offer, place, onMove }: OpenMenuProps) {
  const { store, commands } = useParts();
  const openJobs = useWindow((state) => state.openJobs);
  const finishedJobs = useWindow((state) => state.finishedJobs);
  const isGone = useWindow((state) => state.connection !== 'ready');
  const entries = useMemo(
    () =>
      rowMenuEntries(
        chosenJobs({ ...store.getState(), openJobs, finishedJobs }, offer.jobIds),
        {
          place: (jobs, change) => void inTurn(jobs, (job) => commands.place(job.id, change(job))),
          move: (job, step) => onMove(job.id, step),
          cancel: (jobs) => {
            const [job] = jobs;
            if (jobs.length > 1) void commands.cancelChosen(jobs.map(({ id }) => id));
            else if (job !== undefined) void commands.cancel(job.id, false);
          },
          force: (job) => void commands.cancel(job.id, true),
          extend: (job) => void commands.extend(job.id),
          requeue: (jobs) => void inTurn(jobs, (job) => commands.requeue(job.id)),
          runAgain: (job) => void commands.runAgain(job, false),
          show: (job, tab) => store.setState({ selectedId: job.id, panelOpen: true, tab }),
          copyCommand: (job) => void copyText(writeCommandLine(job.command)),
          remove: (jobIds) => store.setState({ deletion: jobIds }),
        },
        offer.jobIds.filter((id) => !openJobs.has(id) && !finishedJobs.has(id)),
      ),
    [store, commands, openJobs, finishedJobs, offer, onMove],
  );
  return (
    <BaseMenu.Root open onOpenChange={(open) => (open ? undefined : store.setState({ rowMenu: null }))}>
      <BaseMenu.Portal container={place}>
        <BaseMenu.Positioner
          className={menuStyles.positioner ?? ''}
          anchor={{ getBoundingClientRect: () => DOMRect.fromRect({ x: offer.x, y: offer.y }) }}
          align="start"
          sideOffset={2}
        >
          <BaseMenu.Popup
            className={menuStyles.popup ?? ''}
            aria-label={offer.jobIds.length === 1 ? `#${offer.rowId}` : `${offer.jobIds.length} jobs`}
            finalFocus={() => document.querySelector<HTMLElement>(`[data-job-id="${offer.rowId}"]`)}
          >
            <MenuEntries
              entries={
                isGone
                  ? entries.map((entry) => (entry === 'separator' ? entry : { ...entry, disabled: true }))
                  : entries
              }
            />
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** One command after the other: the order of the jobs is the order in which the core hears of them. */
async function inTurn<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await act(item);
}
