import { serveHttp } from './core/api/http/server.ts';
import { createCore } from './core/createCore.ts';
import { applicationRoot, applicationVersion, dataFolder, shippedFiles } from './paths.ts';

/** How a headless core is started. */
export interface ServeOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly dataFolder?: string;
}

/** A core without a window, served over loopback. */
export interface HeadlessCore {
  readonly port: number;
  readonly dataFolder: string;
  /** Ends the service; runs go on. */
  close(): Promise<void>;
}

/** Starts the core on plain Node. Throws `DatabaseProblem` when the data folder cannot be used. */
export async function serveHeadless(options: ServeOptions): Promise<HeadlessCore> {
  const root = applicationRoot();
  const version = applicationVersion(root);
  const { samples, runners } = shippedFiles(root);
  const core = createCore({
    dataFolder: options.dataFolder ?? dataFolder(),
    samplesFolder: samples,
    runners,
    sqliteBinding: null,
    version,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    const http = await serveHttp(core, { port: options.port, version });
    return {
      port: http.port,
      dataFolder: core.dataFolder,
      async close() {
        await http.close();
        await core.close();
      },
    };
  } catch (error) {
    await core.close();
    throw error;
  }
}
