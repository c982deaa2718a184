import { Hono } from 'hono';
import { z } from 'zod';
import { EVENT_NAMES } from '../../../../shared/contract.ts';
import type { EventName, Events } from '../../../../shared/contract.ts';
import { ORIGINS } from '../../../../shared/job.ts';
import type { Core } from '../../createCore.ts';
import { PACES } from '../../gpu/timing.ts';
import type { Pace } from '../../gpu/timing.ts';

/** What these routes need of the core. */
export type ContractSource = Pick<Core, 'router' | 'on' | 'setPace'>;

/** A stream that is silent is not dropped, and a client that died is noticed. */
const HEARTBEAT_MS = 15_000;
/** What is kept for a window that reads slowly. Beyond it the stream ends; the window asks for what it missed. */
const BUFFER_BYTES = 8 * 1024 * 1024;

// 'core' is our own voice: what is secret is told to it.
const requestSchema = z.strictObject({ origin: z.enum(ORIGINS).exclude(['core']), input: z.unknown() });

/**
 * The contract as it is, for an app of the same version that shows a core which runs without it. Not for scripts: these
 * shapes change with the version, `/api/training` is the one that stays.
 */
export function contractRoutes(core: ContractSource): Hono {
  const app = new Hono();
  const watchers = new Map<ReadableStream, Pace>();

  app.post('/request/:route', async (context) => {
    const body = requestSchema.safeParse(await context.req.json().catch(() => null));
    if (!body.success)
      return context.json({
        ok: false,
        error: {
          code: 'INVALID_INPUT',
          message: 'The body must be {origin, input}, with the origin of a face of the app.',
        },
      });
    const { origin, input } = body.data;
    return context.json(
      await core.router(context.req.param('route'), input, { origin, signal: context.req.raw.signal }),
    );
  });

  app.get('/events', (context) => {
    const pace = z.enum(PACES).catch('idle').parse(context.req.query('pace'));
    const stream = contractStream(core, context.req.raw.signal, () => {
      watchers.delete(stream);
      keepPace();
    });
    watchers.set(stream, pace);
    keepPace();
    return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
  });

  /** The GPUs are watched as closely as the closest watcher wants. */
  function keepPace(): void {
    const wanted = [...watchers.values()];
    core.setPace(PACES.findLast((pace) => wanted.includes(pace)) ?? 'idle');
  }
  return app;
}

/** Every event of the core from now on, until the client is gone; `onEnd` is called once. */
function contractStream(core: ContractSource, signal: AbortSignal, onEnd: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let end = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string): void => {
          if ((controller.desiredSize ?? 0) < -BUFFER_BYTES) end();
          else controller.enqueue(encoder.encode(text));
        };
        const tell = <N extends EventName>(name: N, payload: Events[N]): void =>
          send(`event: ${name}\ndata: ${JSON.stringify(payload)}\n\n`);
        const offs = EVENT_NAMES.map((name) => core.on(name, (payload) => tell(name, payload)));
        const heartbeat = setInterval(() => send(': heartbeat\n\n'), HEARTBEAT_MS);
        heartbeat.unref();
        let ended = false;
        end = () => {
          if (ended) return;
          ended = true;
          for (const off of offs) off();
          clearInterval(heartbeat);
          try {
            controller.close();
          } catch {
            // The client has taken the stream down already.
          }
          onEnd();
        };
        signal.addEventListener('abort', () => end(), { once: true });
        // Says that the stream has begun.
        send('event: open\ndata: {}\n\n');
      },
      cancel: () => end(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}
