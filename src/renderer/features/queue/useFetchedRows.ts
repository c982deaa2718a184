import { useEffect, useRef } from 'react';
import type { RowList } from '../../state/rowList.ts';
import { useParts } from '../../state/window.tsx';

/** So many rows above and below those in view are asked for with them. */
const BESIDE = 40;

/** Asks for the finished jobs in view whose data is not here, one request at a time: a fast scroll asks only for where it ends. */
export function useFetchedRows(
  rows: RowList,
  range: { readonly startIndex: number; readonly endIndex: number } | null,
): void {
  const { commands } = useParts();
  const isAsking = useRef(false);
  const wanted = useRef<readonly number[]>([]);
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? -1;
  useEffect(() => {
    wanted.current = rows.awayIn(first, last).length === 0 ? [] : rows.awayIn(first - BESIDE, last + BESIDE);
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
    if (wanted.current.length > 0) void ask();
  }, [commands, rows, first, last]);
}
