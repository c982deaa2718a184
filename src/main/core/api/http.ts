import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type {
  ApiError,
  CancelAnswer,
  Envelope,
  ErrorCode,
  RouteInput,
  RouteName,
  RouteOutput,
} from '../../../shared/contract.ts';
import type { JobDetail, JobView, Origin } from '../../../shared/job.ts';
import type { Core } from '../createCore.ts';
import { reasonWord } from '../domain/outcome.ts';
import { removeDiscovery, writeDiscovery } from './discovery.ts';
import { guard } from './guard.ts';
import { renamed, toCamel, toSnake } from './httpNames.ts';

/** Larger than any command the kernel takes, small enough to refuse a flood. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** How long a cancel waits beyond the job's grace before it says that it is still in progress. */
const CANCEL_WAIT_BEYOND_GRACE_MS = 5_000;

const STATUS_OF: Record<ErrorCode, ContentfulStatusCode> = {
  UNKNOWN_ROUTE: 404,
  INVALID_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  REFUSED: 409,
  DATABASE: 503,
  INTERNAL: 500,
};

/** The loopback server of a core. */
export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the contract on 127.0.0.1 and writes the discovery file. Port 0 takes a free one. */
export async function serveHttp(
  core: Core,
  options: { readonly port: number; readonly version: string },
): Promise<HttpServer> {
  const token = randomBytes(32).toString('base64url');
  let port = options.port;

  const app = new Hono();
  app.use('*', async (context, next) => {
    const { req } = context;
    const refusal = guard(
      {
        method: req.method,
        host: req.header('host'),
        origin: req.header('origin'),
        authorization: req.header('authorization'),
      },
      port,
      token,
    );
    if (refusal !== null)
      return context.json({ success: false, error: { code: 'FORBIDDEN', message: refusal.message } }, refusal.status);
    return next();
  });
  app.use(
    '*',
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: (context) =>
        context.json(
          failure({
            code: 'INVALID_INPUT',
            message: `The request is larger than ${BODY_LIMIT_BYTES} bytes: put long input into a file.`,
          }),
          413,
        ),
    }),
  );

  function originOf(context: Context): Origin {
    return context.req.header('x-trainyard-client') === 'cli' ? 'cli' : 'http';
  }

  async function ask<N extends RouteName>(
    context: Context,
    route: N,
    input: RouteInput<N> | Readonly<Record<string, unknown>>,
  ): Promise<Envelope<RouteOutput<N>>> {
    return (await core.router(route, input, { origin: originOf(context), signal: context.req.raw.signal })) as Envelope<
      RouteOutput<N>
    >;
  }

  async function body(context: Context): Promise<unknown> {
    const text = await context.req.text();
    if (text.trim() === '') return {};
    try {
      return renamed(JSON.parse(text), toCamel);
    } catch {
      return null;
    }
  }

  function refuse(context: Context, error: ApiError): Response {
    return context.json(failure(error), STATUS_OF[error.code]);
  }

  function reply<T>(
    context: Context,
    answer: Envelope<T>,
    shape: (data: T) => unknown,
    status: ContentfulStatusCode = 200,
  ): Response {
    return answer.ok
      ? context.json(shape(answer.data) as Record<string, unknown>, status)
      : refuse(context, answer.error);
  }

  /** Numbers in addresses and queries: what is not one goes on as it is, so that the contract's own message names it. */
  function number(text: string | undefined): unknown {
    return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  }

  app.get('/api/health', (context) => context.json({ status: 'ok', version: options.version, pid: process.pid }));

  app.post('/api/training/jobs', async (context) => {
    const input = await body(context);
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return refuse(context, {
        code: 'INVALID_INPUT',
        message: 'The body must be a JSON object with the fields of a job.',
      });
    }
    return reply(
      context,
      await ask(context, 'jobs.submit', input as Readonly<Record<string, unknown>>),
      (job) => ({ job_id: String(job.id), status: job.status, name: job.name }),
      201,
    );
  });

  app.get('/api/training/jobs', async (context) => {
    const { status, search, limit, cursor } = context.req.query();
    const input = {
      ...(status === undefined ? {} : { status: status.split(',') }),
      ...(search === undefined ? {} : { search }),
      ...(limit === undefined ? {} : { limit: number(limit) }),
      ...(cursor === undefined ? {} : { cursor: number(cursor) }),
    };
    return reply(context, await ask(context, 'jobs.list', input), ({ jobs, nextCursor }) => ({
      jobs: jobs.map(jobOnTheWire),
      next_cursor: nextCursor === null ? null : String(nextCursor),
    }));
  });

  app.get('/api/training/jobs/:id', async (context) =>
    reply(context, await ask(context, 'jobs.get', { jobId: number(context.req.param('id')) }), detailOnTheWire),
  );

  app.get('/api/training/jobs/:id/log', async (context) => {
    const { offset, limit, wait_ms: waitMs } = context.req.query();
    const input = {
      jobId: number(context.req.param('id')),
      ...(offset === undefined ? {} : { offset: number(offset) }),
      ...(limit === undefined ? {} : { limit: number(limit) }),
      ...(waitMs === undefined ? {} : { waitMs: number(waitMs) }),
    };
    return reply(context, await ask(context, 'log.read', input), (part) => renamed(part, toSnake));
  });

  app.post('/api/training/cancel/:id', async (context) => {
    const jobId = number(context.req.param('id'));
    const answer = await ask(context, 'jobs.cancel', { jobId, force: context.req.query('force') === '1' });
    if (!answer.ok)
      return context.json(
        { ...failure(answer.error), job_id: context.req.param('id'), message: answer.error.message },
        STATUS_OF[answer.error.code],
      );
    return cancelled(context, answer.data, context.req.query('wait') !== '0');
  });

  app.post('/api/training/cancel', async (context) => {
    const input = await body(context);
    return reply(
      context,
      await ask(context, 'jobs.cancelMany', (input ?? {}) as Readonly<Record<string, unknown>>),
      ({ answers }) => ({
        success: true,
        jobs: answers.map(cancelOnTheWire),
      }),
    );
  });

  app.get('/api/training/queue', async (context) =>
    reply(context, await ask(context, 'snapshot.get', {}), ({ queue }) => renamed(queue, toSnake)),
  );

  app.post('/api/training/queue/:mode', async (context) =>
    reply(context, await ask(context, 'queue.setMode', { mode: context.req.param('mode') }), (queue) =>
      renamed(queue, toSnake),
    ),
  );

  app.get('/api/training/gpus', async (context) =>
    reply(context, await ask(context, 'gpus.get', {}), (gpus) => renamed(gpus, toSnake)),
  );

  app.notFound((context) =>
    refuse(context, {
      code: 'UNKNOWN_ROUTE',
      message: `There is no ${context.req.method} ${context.req.path.slice(0, 200)}.`,
    }),
  );

  /** Waits until the job is gone, as the client wished, and says what became of it. */
  async function cancelled(context: Context, answer: CancelAnswer, wait: boolean): Promise<Response> {
    if (answer.result !== 'stopping') return context.json(cancelOnTheWire(answer));
    if (!wait) return context.json(cancelOnTheWire(answer), 202);
    const waitMs = Math.min(600_000, answer.job.graceSeconds * 1_000 + CANCEL_WAIT_BEYOND_GRACE_MS);
    const done = await ask(context, 'jobs.await', { jobId: answer.jobId, waitMs });
    const gone = done.ok && done.data.status === 'cancelled';
    return gone
      ? context.json(
          cancelOnTheWire({ ...answer, result: 'cancelled', message: 'Job cancelled successfully', job: done.data }),
        )
      : context.json(cancelOnTheWire(answer), 202);
  }

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: options.port }, (info: AddressInfo) => {
      port = info.port;
      resolve(started);
    });
    started.once('error', reject);
  });
  writeDiscovery(core.dataFolder, { port, token, pid: process.pid, version: options.version });

  return {
    port,
    async close() {
      removeDiscovery(core.dataFolder);
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function failure(error: ApiError): Record<string, unknown> {
  if (error.field === undefined) return { success: false, error };
  const field = wireField(error.field);
  return { success: false, error: { ...error, field, message: error.message.replace(error.field, field) } };
}

/** A field's name as the client wrote it; names of variables are the client's own. */
function wireField(field: string): string {
  return field.startsWith('env.') ? field : toSnake(field);
}

function cancelOnTheWire(answer: CancelAnswer): Record<string, unknown> {
  return {
    success: answer.result !== 'already-finished',
    job_id: String(answer.jobId),
    previous_status: answer.previousStatus,
    message: answer.message,
  };
}

function jobOnTheWire(job: JobView): Record<string, unknown> {
  const { id, outcome, sentence, ...rest } = job;
  return {
    job_id: String(id),
    ...(renamed(rest, toSnake) as Record<string, unknown>),
    sentence,
    exit_code: outcome?.kind === 'exited' ? outcome.code : null,
    signal: outcome?.kind === 'signalled' ? outcome.signal : null,
    reason: outcome === null ? null : reasonWord(outcome),
  };
}

function detailOnTheWire(job: JobDetail): Record<string, unknown> {
  return jobOnTheWire(job);
}
