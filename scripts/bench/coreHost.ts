import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createCore } from '../../src/main/core/createCore.ts';
import { serveHttp } from '../../src/main/core/api/http/server.ts';
import { applicationRoot, applicationVersion, shippedFiles } from '../../src/main/paths.ts';

/*
 * A headless core in a process of its own, as `trainyard serve` is, that can be asked over Node's channel to parent what no
 * client of it could know: how long the event loop was blocked, what it costs, how long a route takes without HTTP.
 */

/** What the parent asks. */
export type HostRequest =
  | { readonly kind: 'ask'; readonly route: string; readonly input: unknown }
  /** Asks, and answers with the milliseconds it took as well. */
  | { readonly kind: 'timed'; readonly route: string; readonly input: unknown }
  | { readonly kind: 'watch-loop' }
  /** The longest time, ms, in which the loop did nothing else since it was watched. */
  | { readonly kind: 'longest-block' }
  | { readonly kind: 'usage' }
  | { readonly kind: 'pace'; readonly pace: 'idle' | 'watched' }
  | { readonly kind: 'close' };

/** What it costs. */
export interface HostUsage {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const RESOLUTION_MS = 1;
const [dataFolder = ''] = process.argv.slice(2);
const root = applicationRoot();
const { samples, runners } = shippedFiles(root);
const core = createCore({
  dataFolder,
  samplesFolder: samples,
  runners,
  sqliteBinding: null,
  version: applicationVersion(root),
  log: (line) => void process.stderr.write(`${line}\n`),
});
const http = await serveHttp(core, { port: 0, version: 'bench', window: false });
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

process.on('message', (message: { readonly id: number; readonly request: HostRequest }) => {
  void answer(message.request).then((data) => process.send?.({ id: message.id, data }));
});
// Whoever measures is gone: nobody else would end this.
process.on('disconnect', () => process.exit());
process.send?.({ id: 0, data: { port: http.port } });

async function answer(request: HostRequest): Promise<unknown> {
  const context = { origin: 'http', signal: new AbortController().signal } as const;
  switch (request.kind) {
    case 'ask':
      return core.router(request.route, request.input, context);
    case 'timed': {
      const from = performance.now();
      const envelope = await core.router(request.route, request.input, context);
      return { ms: performance.now() - from, ok: envelope.ok };
    }
    case 'watch-loop':
      loop.reset();
      loop.enable();
      return null;
    case 'longest-block':
      loop.disable();
      return Math.max(0, loop.max / 1e6 - RESOLUTION_MS);
    case 'usage': {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() } satisfies HostUsage;
    }
    case 'pace':
      core.setPace(request.pace);
      return null;
    case 'close':
      await http.close();
      await core.close();
      setImmediate(() => process.disconnect());
      return null;
  }
}
