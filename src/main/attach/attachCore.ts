import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_NAMES } from '../../shared/contract.ts';
import type { Change, Envelope, RouteOutput } from '../../shared/contract.ts';
import { readDiscovery } from '../core/api/http/discovery.ts';
import type { Discovery } from '../core/api/http/discovery.ts';
import type { Router } from '../core/api/router.ts';
import type { Core } from '../core/createCore.ts';
import { createEventListeners } from '../core/eventListeners.ts';
import type { Pace } from '../core/gpu/timing.ts';
import { within } from '../within.ts';
import { sentEvents } from './serverSentEvents.ts';

/** How long to wait before looking again for a core that is gone. */
const RETRY_MS = 1_000;
/** A core that is stopped or stuck takes connections and says nothing: what it owes at once is not waited for longer. */
const ANSWER_LIMIT_MS = 5_000;

/** What is answered for a core that is away. */
const AWAY: Envelope<never> = {
  ok: false,
  error: {
    code: 'REFUSED',
    message:
      'The core that runs this queue does not answer. Its runs go on. Start it again with trainyard serve, or quit this app and start it anew: then it runs the queue itself.',
  },
};

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
  /** It may answer soon: one that is starting holds the folder before it can be found. */
  readonly mayPass: boolean;

  constructor(message: string, { mayPass }: { readonly mayPass: boolean }) {
    super(message);
    this.mayPass = mayPass;
  }
}

/** A core that another process runs. */
export interface AttachedCore extends Core {
  /** Calls `listener` when that core goes away, and when it is there again. */
  onReachable(listener: (reachable: boolean) => void): void;
}

/**
 * The core that another process of this machine runs on the folder, behind the same interface as one of our own. Closing it
 * ends the connection, not the core. While that core is away requests are refused, and it is found again when it comes back.
 * Rejects with {@link AttachProblem} when no core answers there now or it is of another version.
 */
export async function attachCore({ dataFolder, version, log }: AttachOptions): Promise<AttachedCore> {
  const first = await healthyCore(dataFolder, version);
  const closing = new AbortController();
  const onBug = (error: unknown): void =>
    log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const listeners = createEventListeners(onBug);
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

  /** Rejects when the core does not answer. */
  const request: Router = async (route, input, { origin, signal }) => {
    const response = await fetch(urlOf(found, `request/${encodeURIComponent(route)}`), {
      method: 'POST',
      headers: { ...headersOf(found), 'content-type': 'application/json' },
      body: JSON.stringify({ origin, input }),
      signal: AbortSignal.any([signal, closing.signal]),
    });
    if (!response.ok) throw new Error(`the core answered ${response.status}`);
    return (await response.json()) as Envelope<unknown>;
  };
  const router: Router = (route, input, context) => request(route, input, context).catch(() => AWAY);

  function emitChange(change: Change): void {
    if (lastSeq !== null && change.seq <= lastSeq) return;
    lastSeq = change.seq;
    listeners.emit('changed', change);
  }

  /** What happened between two streams, so that nobody misses it; a long gap shows in the numbers, and the window asks anew. */
  async function catchUp(signal: AbortSignal): Promise<void> {
    const context = { origin: 'window', signal } as const;
    if (lastSeq === null) {
      const answer = (await request('snapshot.get', {}, context)) as Envelope<RouteOutput<'snapshot.get'>>;
      lastSeq = answer.ok ? answer.data.seq : null;
      return;
    }
    const answer = (await request('changes.since', { seq: lastSeq }, context)) as Envelope<
      RouteOutput<'changes.since'>
    >;
    if (!answer.ok) return;
    for (const change of answer.data.changes) emitChange(change);
  }

  async function readStream(ended: AbortSignal): Promise<void> {
    const opening = new AbortController();
    const limit = setTimeout(() => opening.abort(new Error('the core does not answer')), ANSWER_LIMIT_MS);
    const signal = AbortSignal.any([ended, opening.signal]);
    try {
      const response = await fetch(urlOf(found, `events?pace=${pace}`), { headers: headersOf(found), signal });
      if (!response.ok || response.body === null) throw new Error(`the core answered ${response.status}`);
      for await (const { name, data } of sentEvents(response.body)) {
        if (name === 'open') {
          await catchUp(signal);
          clearTimeout(limit);
          onOpen();
          tellReachable(true);
        } else take(name, data);
      }
    } finally {
      clearTimeout(limit);
    }
  }

  function take(name: string, data: string): void {
    const event = EVENT_NAMES.find((known) => known === name);
    if (event === 'changed') emitChange(JSON.parse(data) as Change);
    else if (event !== undefined) listeners.emit(event, JSON.parse(data) as never);
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
  try {
    await within(
      ANSWER_LIMIT_MS,
      new Promise<void>((resolve) => {
        onOpen = resolve;
        void follow();
      }),
    );
  } catch {
    closing.abort();
    throw silent(dataFolder);
  }

  return {
    router,
    dataFolder,
    onBug,
    on: listeners.on,
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
    (await fetch(`http://127.0.0.1:${found.port}/api/health`, {
      headers: headersOf(found),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    }).then(
      ({ ok }) => ok,
      () => false,
    ));
  if (found === null || !answers) throw silent(dataFolder);
  if (found.version !== version)
    throw new AttachProblem(
      `A Trainyard of version ${found.version} (process ${found.pid}) runs on the data folder ${dataFolder}, and this is ${version}. End it (its runs go on), then start this one again.`,
      { mayPass: false },
    );
  return found;
}

function silent(dataFolder: string): AttachProblem {
  return new AttachProblem(
    `Another Trainyard holds the data folder ${dataFolder}, but does not answer. End it, or choose another folder with TRAINYARD_HOME.`,
    { mayPass: true },
  );
}

function urlOf({ port }: Discovery, path: string): string {
  return `http://127.0.0.1:${port}/api/contract/${path}`;
}

function headersOf({ token }: Discovery): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}
