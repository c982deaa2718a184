import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Core } from '../../createCore.ts';
import { contractRoutes } from './contractRoutes.ts';
import { removeDiscovery, writeDiscovery } from './discovery.ts';
import { guard } from './guard.ts';
import { openApiDocument } from './openapi.ts';
import { listenOnSocket } from './unixSocket.ts';
import { trainingRoutes } from './trainingRoutes.ts';
import { errorOnTheWire } from './wire.ts';

/** Larger than any command the kernel takes, small enough to refuse a flood. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Who is turned away before the body is read must not use the connection again: the rest of the body is still on it. */
const CLOSING = { connection: 'close' };

/** The loopback server of a core. */
export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Where and as what a core is served. */
export interface HttpOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly version: string;
  /** Path of a Unix socket to listen on besides. */
  readonly socket?: string;
  /** Whether the core has a window; told by the health route. */
  readonly window?: boolean;
}

/**
 * Serves the contract on 127.0.0.1, and on a Unix socket where one is named, and writes the discovery file.
 * Rejects when the port is taken, or with {@link SocketProblem} when the socket cannot be used.
 */
export async function serveHttp(core: Core, options: HttpOptions): Promise<HttpServer> {
  const token = randomBytes(32).toString('base64url');
  let port = options.port;
  const app = new Hono();

  app.use('*', async (context, next) => {
    const { req } = context;
    const request = {
      method: req.method,
      host: req.header('host'),
      origin: req.header('origin'),
      authorization: req.header('authorization'),
    };
    const refusal = guard(request, isSocket(context.env) ? null : port, token);
    if (refusal === null) return next();
    return context.json(errorOnTheWire({ code: 'FORBIDDEN', message: refusal.message }), refusal.status, CLOSING);
  });

  const tooLarge = `The request is larger than ${BODY_LIMIT_BYTES} bytes: put long input into a file.`;
  const limited = bodyLimit({
    maxSize: BODY_LIMIT_BYTES,
    onError: (context) => context.json(errorOnTheWire({ code: 'INVALID_INPUT', message: tooLarge }), 413, CLOSING),
  });
  app.use('*', (context, next) => {
    // Counting a body as it comes makes a stream of it, which takes longer than a submit; Node reads no more than was said.
    const length = context.req.header('content-length');
    const isCounted = length === undefined || context.req.header('transfer-encoding') !== undefined;
    return isCounted || Number(length) > BODY_LIMIT_BYTES ? limited(context, next) : next();
  });

  app.use('*', async (context, next) => {
    // A body that no route reads would end the connection, and with it the next request of a client that keeps it.
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') await context.req.text();
    return next();
  });

  const health = { status: 'ok', version: options.version, pid: process.pid, window: options.window ?? true };
  app.get('/api/health', (context) => context.json(health));
  app.get('/openapi.json', (context) => context.json(openApiDocument(options.version)));
  app.route('/api/training', trainingRoutes(core));
  app.route('/api/contract', contractRoutes(core));
  app.notFound((context) => {
    const message = `There is no ${context.req.method} ${context.req.path.slice(0, 200)}.`;
    return context.json(errorOnTheWire({ code: 'UNKNOWN_ROUTE', message }), 404);
  });
  app.onError((error, context) => {
    // Who hangs up in the middle of a body is no bug of ours, and reads no answer.
    if (!hasHungUp(error, context.req.raw.signal)) core.onBug(error);
    const message = 'Something unexpected went wrong; the log of the app says more.';
    return context.json(errorOnTheWire({ code: 'INTERNAL', message }), 500);
  });

  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: options.port }, (info: AddressInfo) => {
      port = info.port;
      resolve(started);
    });
    started.once('error', reject);
  });
  const ended = async (listener: ReturnType<typeof serve>): Promise<void> => {
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    if ('closeAllConnections' in listener) listener.closeAllConnections();
    await closed;
  };
  let socketServer: ReturnType<typeof serve> | null = null;
  if (options.socket !== undefined) {
    try {
      socketServer = createAdaptorServer({ fetch: (request) => app.fetch(request, { socket: true }) });
      await listenOnSocket(socketServer, options.socket);
    } catch (error) {
      await ended(server);
      throw error;
    }
  }
  writeDiscovery(core.dataFolder, { port, token, pid: process.pid, version: options.version });

  return {
    port,
    async close() {
      removeDiscovery(core.dataFolder);
      await Promise.all([ended(server), ...(socketServer === null ? [] : [ended(socketServer)])]);
    },
  };
}

/** Whether the client is gone: Node then ends the body that is being read with this error. */
function hasHungUp(error: Error, signal: AbortSignal): boolean {
  return signal.aborted || ('code' in error && error.code === 'ECONNRESET');
}

/** Whether a request came through the Unix socket: its listener says so. */
function isSocket(env: unknown): boolean {
  return typeof env === 'object' && env !== null && 'socket' in env;
}
