import { serveHttp } from './core/api/http/server.ts';
import { createCore } from './core/createCore.ts';
import { askCore } from './askCore.ts';
import { cancelLiveRuns, takeUpMode } from './runsAtExit.ts';
import { startWebhooks } from './core/webhooks/startWebhooks.ts';
import { applicationRoot, applicationVersion, dataFolder, shippedFiles } from './paths.ts';

/** How a headless core is started. */
export interface ServeOptions {
  /** 0 takes a free port; without it, the settings say. */
  readonly port?: number;
  /** Path of a Unix socket to listen on besides. */
  readonly socket?: string;
  readonly dataFolder?: string;
}

/** A core without a window, served over loopback. */
export interface HeadlessCore {
  readonly port: number;
  readonly dataFolder: string;
  /** Stops every live run and resolves when none is left; the queue waits meanwhile. `force` sends SIGKILL. */
  cancelRuns(force: AbortSignal): Promise<void>;
  /** Ends the service; runs go on. */
  close(): Promise<void>;
}

/** Starts the core on plain Node. Throws `DatabaseProblem` when the data folder cannot be used. */
export async function serveHeadless(options: ServeOptions): Promise<HeadlessCore> {
  const root = applicationRoot();
  const version = applicationVersion(root);
  const { samples, runners } = shippedFiles(root);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const core = createCore({
    dataFolder: options.dataFolder ?? dataFolder(),
    samplesFolder: samples,
    runners,
    sqliteBinding: process.env['TRAINYARD_SQLITE_BINDING'] ?? null,
    version,
    log,
  });
  const webhooks = startWebhooks(core, { log });
  try {
    const ask = askCore(core, 'core');
    await takeUpMode(core.dataFolder, ask);
    const port = options.port ?? (await ask('settings.get', {})).httpPort;
    const { socket } = options;
    const http = await serveHttp(core, { port, version, window: false, ...(socket === undefined ? {} : { socket }) });
    return {
      port: http.port,
      dataFolder: core.dataFolder,
      cancelRuns: (force) => cancelLiveRuns(core.dataFolder, ask, force),
      async close() {
        await http.close();
        webhooks.close();
        await core.close();
      },
    };
  } catch (error) {
    webhooks.close();
    await core.close();
    throw error;
  }
}
