import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Envelope, EventName, Events, RouteOutput } from '../../shared/contract.ts';
import { readDiscovery } from '../core/api/http/discovery.ts';
import type { Discovery } from '../core/api/http/discovery.ts';
import type { Router } from '../core/api/router.ts';
import type { Core } from '../core/createCore.ts';
import type { Pace } from '../core/gpu/timing.ts';
import { sentEvents } from './serverSentEvents.ts';

/** How long to wait before looking again for a core that is gone. */
const RETRY_MS = 1_000;

/** What attaching needs to know. */
export interface AttachOptions {
  readonly dataFolder: string;
  /** This app's own: a core of another version speaks another contract. */
  readonly version: string;
  readonly log: (line: string) => void;
}

/** The core that holds the folder cannot be shown; the message says why and what to do. */
export class AttachProblem extends Error {
  override readonly name = 'AttachProblem';
}

/** A core that another process runs. */
export interface AttachedCore extends Core {
  /** Calls `listener` when that core goes away, and when it is there again. */
  onReachable(listener: (reachable: boolean) => void): void;
}

type Listeners = { readonly [N in EventName]: Set<(payload: Events[N]) => void> };

/**
 * The core that another process of this machine runs on the folder, behind the same interface as one of our own. Closing it
 * ends the connection, not the core. While that core is away requests reject, and it is found again when it comes back.
 * Rejects with {@link AttachProblem} when no core answers there or it is of another version.
 */
export async function attachCore({ dataFolder, version, log }: AttachOptions): Promise<AttachedCore> {
  const first = await healthyCore(dataFolder, version);
  const closing = new AbortController();
  const listeners: Listeners = {
    changed: new Set(),
    gpus: new Set(),
    progress: new Set(),
    blockers: new Set(),
    slurm: new Set(),
  };
  let found: Discovery = first;
  let pace: Pace = 'idle';
  let reading = new AbortController();
  let lastSeq: number | null = null;
  let onOpen = (): void => {};
  const reachListeners = new Set<(reachable: boolean) => void>();
  let reachable = true;

  function tellReachable(is: boolean): void {
    if (is === reachable) return;
    reachable = is;
    for (const listener of reachListeners) listener(is);
  }

  const router: Router = async (route, input, { origin, signal }) => {
    const response = await fetch(urlOf(found, `request/${encodeURIComponent(route)}`), {
      method: 'POST',
      headers: { ...headersOf(found), 'content-type': 'application/json' },
      body: JSON.stringify({ origin, input }),
      signal: AbortSignal.any([signal, closing.signal]),
    });
    return (await response.json()) as Envelope<unknown>;
  };

  function emit(name: EventName, payload: never): void {
    for (const listener of listeners[name]) (listener as (payload: never) => void)(payload);
  }
  function emitChange(change: Change): void {
    if (lastSeq !== null && change.seq <= lastSeq) return;
    lastSeq = change.seq;
    emit('changed', change as never);
  }

  /** What happened between two streams, so that nobody misses it; a long gap shows in the numbers, and the window asks anew. */
  async function catchUp(): Promise<void> {
    const context = { origin: 'core', signal: closing.signal } as const;
    if (lastSeq === null) {
      const answer = (await router('snapshot.get', {}, context)) as Envelope<RouteOutput<'snapshot.get'>>;
      lastSeq = answer.ok ? answer.data.seq : null;
      return;
    }
    const answer = (await router('changes.since', { seq: lastSeq }, context)) as Envelope<RouteOutput<'changes.since'>>;
    if (!answer.ok) return;
    for (const change of answer.data.changes) emitChange(change);
  }

  async function readStream(signal: AbortSignal): Promise<void> {
    const response = await fetch(urlOf(found, `events?pace=${pace}`), { headers: headersOf(found), signal });
    if (!response.ok || response.body === null) throw new Error(`the core answered ${response.status}`);
    for await (const { name, data } of sentEvents(response.body)) {
      if (name === 'open') {
        await catchUp();
        onOpen();
        tellReachable(true);
      } else if (name === 'changed') emitChange(JSON.parse(data) as Change);
      else if (name in listeners) emit(name as EventName, JSON.parse(data) as never);
    }
  }

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      reading = new AbortController();
      const { signal } = reading;
      try {
        await readStream(AbortSignal.any([signal, closing.signal]));
      } catch (error) {
        if (!signal.aborted && !closing.signal.aborted) log(`attached core: ${String(error)}`);
      }
      // A stream that was ended for another pace is opened again at once.
      if (signal.aborted || closing.signal.aborted) continue;
      tellReachable(false);
      await sleep(RETRY_MS, null, { signal: closing.signal }).catch(() => {});
      found = await healthyCore(dataFolder, version).catch(() => found);
    }
  }
  // Who asks from now on hears of what comes of it.
  await new Promise<void>((resolve) => {
    onOpen = resolve;
    void follow();
  });

  return {
    router,
    dataFolder,
    onBug: (error) => log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    on(event, listener) {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
    onReachable: (listener) => void reachListeners.add(listener),
    setPace(next) {
      if (next === pace) return;
      pace = next;
      reading.abort();
    },
    async close() {
      closing.abort();
    },
  };
}

/** The core that serves the folder, if it answers and speaks this contract. */
async function healthyCore(dataFolder: string, version: string): Promise<Discovery> {
  const found = readDiscovery(dataFolder);
  const answers =
    found !== null &&
    (await fetch(`http://127.0.0.1:${found.port}/api/health`, { headers: headersOf(found) }).then(
      ({ ok }) => ok,
      () => false,
    ));
  if (found === null || !answers)
    throw new AttachProblem(
      `Another Trainyard holds the data folder ${dataFolder}, but does not answer. End it, or choose another folder with TRAINYARD_HOME.`,
    );
  if (found.version !== version)
    throw new AttachProblem(
      `A Trainyard of version ${found.version} (process ${found.pid}) runs on the data folder ${dataFolder}, and this is ${version}. End it (its runs go on), then start this one again.`,
    );
  return found;
}

function urlOf({ port }: Discovery, path: string): string {
  return `http://127.0.0.1:${port}/api/contract/${path}`;
}

function headersOf({ token }: Discovery): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}
