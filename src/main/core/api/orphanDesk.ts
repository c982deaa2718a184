import type { OrphanView } from '../../../shared/orphan.ts';
import type { Orphans } from '../engines/local/orphans.ts';

/** The orphans as clients see them, and their stops. */
export interface OrphanDesk {
  list(): readonly OrphanView[];
  /** Begins to stop what this process's run left behind and answers the list; null when there is no such orphan. */
  stop(orphan: { readonly pid: number; readonly start: string }): readonly OrphanView[] | null;
}

/** Keeps which stops are under way, since a client asks for the list again while one runs. */
export function createOrphanDesk(orphans: Orphans, onBug: (error: unknown) => void): OrphanDesk {
  const stopping = new Set<string>();
  const nameOf = ({ pid, start }: { readonly pid: number; readonly start: string }): string => `${pid}/${start}`;
  const list = (): readonly OrphanView[] =>
    orphans.list().map((orphan) => ({ ...orphan, stopping: stopping.has(nameOf(orphan)) }));
  return {
    list,
    stop(orphan) {
      const name = nameOf(orphan);
      if (!orphans.list().some((known) => nameOf(known) === name)) return null;
      if (!stopping.has(name)) {
        stopping.add(name);
        orphans
          .stop(orphan)
          .catch(onBug)
          .finally(() => stopping.delete(name));
      }
      return list();
    },
  };
}
