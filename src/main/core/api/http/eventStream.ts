import type { Change, Envelope, RouteOutput } from '../../../../shared/contract.ts';
import type { Core } from '../../createCore.ts';
import { changeOnTheWire } from './wire.ts';

/** A client that is further behind than this is told to fetch the list again: replaying costs more than that. */
export const LONGEST_REPLAY = 10_000;
/** Proxies and clients drop a connection that is silent for long. */
const HEARTBEAT_MS = 15_000;
/** What is kept for a client that reads slowly. Beyond it the stream ends; the client resumes by number. */
const BUFFER_BYTES = 8 * 1024 * 1024;
/** How long an `EventSource` waits before it connects again. */
const RETRY_MS = 2_000;

/** What a stream of events needs of the core. */
export type EventSource = Pick<Core, 'on' | 'router' | 'onBug'>;

const encoder = new TextEncoder();
/** Every listener gets the same bytes: a change is written out once, however many listen. */
const written = new WeakMap<Change, Uint8Array>();

/**
 * The numbered changes after number `since`, or from now on, as server-sent events; ends when `signal` is aborted.
 * The first event is `open` (the number the stream begins after) or `reset` (what was missed is not told: fetch the list).
 */
export function eventStream(core: EventSource, since: number | null, signal: AbortSignal): ReadableStream<Uint8Array> {
  let end = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      async start(controller) {
        // What happens while the past is replayed waits here, so that nothing is lost and nothing comes twice.
        let meanwhile: Change[] | null = [];
        let ended = false;
        const send = (bytes: Uint8Array): void => {
          if (ended) return;
          if ((controller.desiredSize ?? 0) < -BUFFER_BYTES) end();
          else controller.enqueue(bytes);
        };
        const off = core.on('changed', (change) => {
          if (meanwhile === null) send(bytesOf(change));
          else meanwhile.push(change);
        });
        const heartbeat = setInterval(() => send(encoder.encode(': heartbeat\n\n')), HEARTBEAT_MS);
        heartbeat.unref();
        end = () => {
          if (ended) return;
          ended = true;
          off();
          clearInterval(heartbeat);
          try {
            controller.close();
          } catch {
            // The client has taken the stream down already.
          }
        };
        if (signal.aborted) return end();
        signal.addEventListener('abort', () => end(), { once: true });

        try {
          let sent = await replay(core, since, signal, send);
          for (const change of meanwhile) {
            if (change.seq <= sent) continue;
            send(bytesOf(change));
            sent = change.seq;
          }
          meanwhile = null;
        } catch (error) {
          core.onBug(error);
          end();
        }
      },
      cancel: () => end(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}

/** Sends the opening and what happened after `since`; answers the last number that the client has. */
async function replay(
  core: EventSource,
  since: number | null,
  signal: AbortSignal,
  send: (bytes: Uint8Array) => void,
): Promise<number> {
  const context = { origin: 'http', signal } as const;
  const last = dataOf((await core.router('queue.get', {}, context)) as Envelope<RouteOutput<'queue.get'>>).seq;
  let seq = since ?? last;
  // A number from the future belongs to another database.
  if (seq > last || last - seq > LONGEST_REPLAY) {
    send(encoder.encode(frame('reset', last, { seq: last })));
    return last;
  }
  send(encoder.encode(`retry: ${RETRY_MS}\n${frame('open', seq, { seq })}`));
  while (!signal.aborted && seq < last) {
    const answer = await core.router('changes.since', { seq }, context);
    const { changes, complete } = dataOf(answer as Envelope<RouteOutput<'changes.since'>>);
    for (const change of changes) send(bytesOf(change));
    seq = changes.at(-1)?.seq ?? seq;
    if (complete) break;
  }
  return seq;
}

function bytesOf(change: Change): Uint8Array {
  const already = written.get(change);
  if (already !== undefined) return already;
  const bytes = encoder.encode(frame('changed', change.seq, changeOnTheWire(change)));
  written.set(change, bytes);
  return bytes;
}

function frame(event: string, id: number, data: unknown): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function dataOf<T>(answer: Envelope<T>): T {
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.data;
}
