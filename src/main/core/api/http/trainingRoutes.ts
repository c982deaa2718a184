import { Hono } from 'hono';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { CancelAnswer, Envelope, RouteInput, RouteName, RouteOutput } from '../../../../shared/contract.ts';
import { eventStream } from './eventStream.ts';
import type { EventSource } from './eventStream.ts';
import { renamed, toCamel } from './names.ts';
import { cancelOnTheWire, deletedOnTheWire, errorOnTheWire, jobOnTheWire, onTheWire, STATUS_OF } from './wire.ts';
import type { WireObject } from './wire.ts';

/** How long a cancel waits beyond the job's grace before it says that it is still in progress. */
const CANCEL_WAIT_BEYOND_GRACE_MS = 5_000;
/** The contract's own bound for `jobs.await`. */
const LONGEST_WAIT_MS = 600_000;

/** Fields of a request before the contract has parsed them. */
type Fields = Readonly<Record<string, unknown>>;

/** The routes below `/api/training`: each asks the contract's router and puts the answer on the wire. No rules of their own. */
export function trainingRoutes(core: EventSource): Hono {
  const { router } = core;
  const app = new Hono();

  async function ask<N extends RouteName>(
    context: Context,
    route: N,
    input: RouteInput<N> | Fields,
  ): Promise<Envelope<RouteOutput<N>>> {
    const origin = context.req.header('x-trainyard-client') === 'cli' ? 'cli' : 'http';
    return (await router(route, input, { origin, signal: context.req.raw.signal })) as Envelope<RouteOutput<N>>;
  }

  function reply<T>(
    context: Context,
    answer: Envelope<T>,
    shape: (data: T) => WireObject,
    status: ContentfulStatusCode = 200,
  ): Response {
    if (!answer.ok) return context.json(errorOnTheWire(answer.error), STATUS_OF[answer.error.code]);
    return context.json(shape(answer.data), status);
  }

  /** Asks with the fields of the body and replies; a body that is no object is refused before. */
  async function replyToBody<N extends RouteName>(
    context: Context,
    route: N,
    more: Fields,
    shape: (data: RouteOutput<N>) => WireObject,
    status: ContentfulStatusCode = 200,
  ): Promise<Response> {
    const fields = await bodyOf(context);
    if (fields === null) {
      const message = 'The body must be a JSON object with the fields of this request.';
      return context.json(errorOnTheWire({ code: 'INVALID_INPUT', message }), 400);
    }
    return reply(context, await ask(context, route, { ...fields, ...more }), shape, status);
  }

  app.post('/jobs', (context) =>
    replyToBody(
      context,
      'jobs.submit',
      {},
      (job) => ({ job_id: String(job.id), status: job.status, name: job.name }),
      201,
    ),
  );

  app.post('/jobs/batch', (context) =>
    replyToBody(
      context,
      'jobs.submitMany',
      {},
      ({ jobs }) => ({ jobs: jobs.map(({ id, name, status }) => ({ job_id: String(id), status, name })) }),
      201,
    ),
  );

  app.get('/jobs', async (context) => {
    const { status, search, limit, cursor } = context.req.query();
    const input = given({ status: status?.split(','), search, limit: numeric(limit), cursor: numeric(cursor) });
    return reply(context, await ask(context, 'jobs.list', input), ({ jobs, nextCursor }) => ({
      jobs: jobs.map(jobOnTheWire),
      next_cursor: nextCursor === null ? null : String(nextCursor),
    }));
  });

  app.get('/jobs/:id', async (context) => {
    const jobId = idOf(context);
    const waitMs = context.req.query('wait_ms');
    if (waitMs !== undefined) {
      // Answers when the job is finished, or after that time with what it is then.
      const waited = await ask(context, 'jobs.await', { jobId, waitMs: numeric(waitMs) });
      if (!waited.ok) return reply(context, waited, jobOnTheWire);
    }
    return reply(context, await ask(context, 'jobs.get', { jobId }), jobOnTheWire);
  });

  app.get('/jobs/:id/log', async (context) => {
    const { offset, limit, wait_ms: waitMs } = context.req.query();
    const input = given({
      jobId: idOf(context),
      offset: numeric(offset),
      limit: numeric(limit),
      waitMs: numeric(waitMs),
    });
    return reply(context, await ask(context, 'log.read', input), onTheWire);
  });

  app.get('/jobs/:id/find', async (context) => {
    const { text, from, backwards } = context.req.query();
    const input = given({
      jobId: idOf(context),
      text,
      from: numeric(from),
      backwards: backwards === undefined ? undefined : backwards === '1',
    });
    return reply(context, await ask(context, 'log.find', input), onTheWire);
  });

  app.get('/jobs/:id/receipt', async (context) => {
    const job = await ask(context, 'jobs.get', { jobId: idOf(context) });
    if (job.ok && job.data.receipt === null) {
      const message = `Job #${job.data.id} has no receipt: one is written when a stop ends.`;
      return context.json(errorOnTheWire({ code: 'NOT_FOUND', message }), 404);
    }
    return reply(context, job, ({ receipt }) => onTheWire(receipt ?? {}));
  });

  app.post('/jobs/:id/delete', async (context) =>
    reply(context, await ask(context, 'jobs.delete', { jobs: [idOf(context)] }), deletedOnTheWire),
  );
  app.post('/delete', (context) => replyToBody(context, 'jobs.delete', {}, deletedOnTheWire));
  app.get('/jobs/:id/gpus', async (context) =>
    reply(context, await ask(context, 'jobs.gpuCurve', { jobId: idOf(context) }), onTheWire),
  );
  app.get('/files', async (context) => reply(context, await ask(context, 'files.usage', {}), onTheWire));

  app.post('/jobs/:id/requeue', async (context) =>
    reply(context, await ask(context, 'jobs.requeue', { jobId: idOf(context) }), jobOnTheWire),
  );
  app.post('/jobs/:id/extend', async (context) =>
    reply(context, await ask(context, 'jobs.extend', { jobId: idOf(context) }), jobOnTheWire),
  );
  app.post('/jobs/:id/hold', async (context) =>
    reply(context, await ask(context, 'jobs.place', { jobId: idOf(context), held: true }), jobOnTheWire),
  );
  app.post('/jobs/:id/release', async (context) =>
    reply(context, await ask(context, 'jobs.place', { jobId: idOf(context), held: false }), jobOnTheWire),
  );
  app.post('/jobs/:id/move', (context) => replyToBody(context, 'jobs.place', { jobId: idOf(context) }, jobOnTheWire));
  app.post('/jobs/:id/force', async (context) =>
    reply(context, await ask(context, 'jobs.cancel', { jobId: idOf(context), force: true }), cancelOnTheWire),
  );

  app.post('/cancel/:id', async (context) => {
    const answer = await ask(context, 'jobs.cancel', {
      jobId: idOf(context),
      force: context.req.query('force') === '1',
    });
    if (answer.ok) return cancelled(context, answer.data, context.req.query('wait') !== '0');
    const { error } = answer;
    return context.json(
      { ...errorOnTheWire(error), job_id: context.req.param('id'), message: error.message },
      STATUS_OF[error.code],
    );
  });

  app.post('/cancel', (context) =>
    replyToBody(context, 'jobs.cancelMany', {}, ({ answers }) => ({
      success: true,
      jobs: answers.map(cancelOnTheWire),
    })),
  );

  app.get('/queue', async (context) =>
    reply(context, await ask(context, 'queue.get', {}), ({ queue }) => onTheWire(queue)),
  );
  app.post('/queue/:mode', async (context) =>
    reply(context, await ask(context, 'queue.setMode', { mode: context.req.param('mode') }), onTheWire),
  );
  app.get('/slurm', async (context) => reply(context, await ask(context, 'slurm.get', {}), onTheWire));
  app.get('/gpus', async (context) => reply(context, await ask(context, 'gpus.get', {}), onTheWire));

  app.get('/events', (context) => {
    // An EventSource that connects again says what it has had; the address still holds what it began with.
    const since = context.req.header('last-event-id') ?? context.req.query('since');
    if (since !== undefined && !/^\d{1,15}$/.test(since)) {
      const message = 'since: must be the number of an event';
      return context.json(errorOnTheWire({ code: 'INVALID_INPUT', field: 'since', message }), 400);
    }
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
    // A HEAD request reads no body: a stream for it would never end.
    if (context.req.method === 'HEAD') return context.body(null, 200, headers);
    return new Response(eventStream(core, since === undefined ? null : Number(since), context.req.raw.signal), {
      headers,
    });
  });

  return app;

  /** Waits until the job is gone, as the client wished, and says what became of it. */
  async function cancelled(context: Context, answer: CancelAnswer, wait: boolean): Promise<Response> {
    if (answer.result !== 'stopping') return context.json(cancelOnTheWire(answer));
    if (!wait) return context.json(cancelOnTheWire(answer), 202);
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.ceil(answer.job.graceSeconds * 1_000) + CANCEL_WAIT_BEYOND_GRACE_MS);
    const done = await ask(context, 'jobs.await', { jobId: answer.jobId, waitMs });
    if (!done.ok || done.data.status !== 'cancelled') return context.json(cancelOnTheWire(answer), 202);
    return context.json(cancelOnTheWire({ ...answer, result: 'cancelled', message: 'Job cancelled successfully' }));
  }
}

/** The body's fields by their inside names: none for an empty body, null for what is no JSON object. */
async function bodyOf(context: Context): Promise<Fields | null> {
  const text = await context.req.text();
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return renamed(value, toCamel) as Fields;
  } catch {
    return null;
  }
}

/** Numbers in addresses and queries; what is not one goes on as it is, so that the contract's own message names it. */
function numeric(text: string | undefined): unknown {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function idOf(context: Context): unknown {
  return numeric(context.req.param('id'));
}

/** The fields that are there. */
function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
