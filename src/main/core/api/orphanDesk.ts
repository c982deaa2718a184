import type { OrphanView } from '../../../shared/orphan.ts';
import type { RunId } from '../domain/job.ts';
import type { Orphans } from '../engines/local/orphans.ts';

/** The orphans as clients see them, and their stops. */
export interface OrphanDesk {
  list(): readonly OrphanView[];
  /** Begins to stop what this process's run left behind and answers the list; null when there is no such orphan. */
  stop(orphan: { readonly pid: number; readonly start: string }): readonly OrphanView[] | null;
}

/**
 * Keeps which stops are under way, since a client asks for the list again while one runs. A stop is about all that is left of
 * a run: the process that was named may be the first to go.
 */
export function createOrphanDesk(orphans: Orphans, onBug: (error: unknown) => void): OrphanDesk {
  const stopping = new Set<RunId>();
  const list = (): readonly OrphanView[] =>
    orphans.list().map((orphan) => ({ ...orphan, stopping: stopping.has(orphan.run) }));
  return {
    list,
    stop({ pid, start }) {
      const orphan = orphans.list().find((known) => known.pid === pid && known.start === start);
      if (orphan === undefined) return null;
      const { run } = orphan;
      if (!stopping.has(run)) {
        stopping.add(run);
        orphans
          .stop(orphan)
          .catch(onBug)
          .finally(() => stopping.delete(run));
      }
      return list();
    },
  };
}
