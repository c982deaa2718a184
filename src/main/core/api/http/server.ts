import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Core } from '../../createCore.ts';
import { removeDiscovery, writeDiscovery } from './discovery.ts';
import { guard } from './guard.ts';
import { trainingRoutes } from './trainingRoutes.ts';
import { errorOnTheWire } from './wire.ts';

/** Larger than any command the kernel takes, small enough to refuse a flood. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** The loopback server of a core. */
export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the contract on 127.0.0.1 and writes the discovery file. Port 0 takes a free one. Rejects when the port is taken. */
export async function serveHttp(
  core: Core,
  options: { readonly port: number; readonly version: string },
): Promise<HttpServer> {
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
    const refusal = guard(request, port, token);
    if (refusal === null) return next();
    return context.json(errorOnTheWire({ code: 'FORBIDDEN', message: refusal.message }), refusal.status);
  });

  const tooLarge = `The request is larger than ${BODY_LIMIT_BYTES} bytes: put long input into a file.`;
  app.use(
    '*',
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: (context) => context.json(errorOnTheWire({ code: 'INVALID_INPUT', message: tooLarge }), 413),
    }),
  );

  app.get('/api/health', (context) => context.json({ status: 'ok', version: options.version, pid: process.pid }));
  app.route('/api/training', trainingRoutes(core));
  app.notFound((context) => {
    const message = `There is no ${context.req.method} ${context.req.path.slice(0, 200)}.`;
    return context.json(errorOnTheWire({ code: 'UNKNOWN_ROUTE', message }), 404);
  });
  app.onError((error, context) => {
    core.onBug(error);
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
  writeDiscovery(core.dataFolder, { port, token, pid: process.pid, version: options.version });

  return {
    port,
    async close() {
      removeDiscovery(core.dataFolder);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
