import { EVENT_NAMES } from '../../shared/contract.ts';
import type { EventName, Events } from '../../shared/contract.ts';

/** Who listens to a core. */
export interface EventListeners {
  /** Calls `listener` with every event of that name; the returned function ends it. */
  on<N extends EventName>(event: N, listener: (payload: Events[N]) => void): () => void;
  /** Tells everybody. Never throws: `onBug` gets what one of them throws, and the others are told all the same. */
  emit<N extends EventName>(event: N, payload: Events[N]): void;
}

type Listeners = { readonly [N in EventName]: Set<(payload: Events[N]) => void> };

/** Nobody listens yet. */
export function createEventListeners(onBug: (error: unknown) => void): EventListeners {
  const listeners = Object.fromEntries(EVENT_NAMES.map((name) => [name, new Set()])) as unknown as Listeners;
  return {
    on(event, listener) {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
    emit(event, payload) {
      for (const listener of listeners[event]) {
        try {
          listener(payload);
        } catch (error) {
          onBug(error);
        }
      }
    },
  };
}
