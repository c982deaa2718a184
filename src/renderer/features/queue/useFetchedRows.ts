import { useEffect, useRef } from 'react';
import type { RowList } from '../../state/rowList.ts';
import { useParts } from '../../state/window.tsx';

/** So many rows above and below those in view are asked for with them. */
const BESIDE = 40;
/** Asked before they are in view: then they are drawn once. */
const NEAR = 20;
/** Where a jump by more than is in view ends, it is asked when nothing has moved for so long: rows in between are drawn as numbers. */
const SETTLES_MS = 80;

/** Asks for the finished jobs in view whose data is not here, one request at a time: a fast scroll asks only for where it ends. */
export function useFetchedRows(
  rows: RowList,
  range: { readonly startIndex: number; readonly endIndex: number } | null,
): void {
  const { commands } = useParts();
  const isAsking = useRef(false);
  const wanted = useRef<readonly number[]>([]);
  const shownFrom = useRef(0);
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? -1;
  useEffect(() => {
    async function ask(): Promise<void> {
      if (isAsking.current) return;
      isAsking.current = true;
      // A job that is not answered was deleted: it is not asked for again and again.
      const asked = new Set<number>();
      for (let ids = wanted.current; ids.some((id) => !asked.has(id)); ids = wanted.current) {
        for (const id of ids) asked.add(id);
        await commands.fetchJobs(ids);
      }
      isAsking.current = false;
    }
    const isJump = Math.abs(first - shownFrom.current) > last - first;
    shownFrom.current = first;
    wanted.current = [];
    if (rows.awayIn(first - NEAR, last + NEAR).length === 0) return;
    const settled = setTimeout(
      () => {
        wanted.current = rows.awayIn(first - BESIDE, last + BESIDE);
        void ask();
      },
      isJump ? SETTLES_MS : 0,
    );
    return () => clearTimeout(settled);
  }, [commands, rows, first, last]);
}
