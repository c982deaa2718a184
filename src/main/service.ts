import { setTimeout as sleep } from 'node:timers/promises';
import { settingsSchema } from '../shared/settings.ts';
import { askCore } from './askCore.ts';
import { outlastingRunners } from './appImage.ts';
import { attachCore, AttachProblem } from './attach/attachCore.ts';
import { serveHttp } from './core/api/http/server.ts';
import type { HttpServer } from './core/api/http/server.ts';
import { createCore } from './core/createCore.ts';
import type { Core, CoreOptions } from './core/createCore.ts';
import { DatabaseProblem } from './core/db/problem.ts';
import { startWebhooks } from './core/webhooks/startWebhooks.ts';
import { takeUpMode } from './runsAtExit.ts';
import { shippedFiles } from './paths.ts';
import type { Joiner } from './shell/quit/joiners.ts';

/** How long each may take to end, milliseconds. Nothing is lost by leaving one that is late. */
const DOOR_DEADLINE_MS = 2_000;
const CORE_DEADLINE_MS = 4_000;
/** Whoever holds the folder may be starting, or about to end: so long it is looked again, milliseconds. */
const LOOK_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 250;

/** What an app with a window stands on. */
export interface ServiceOptions {
  readonly dataFolder: string;
  /** The clone or the unpacked application. */
  readonly root: string;
  readonly version: string;
  /** Other times than the usual ones around GPU memory. */
  readonly gpuTiming?: NonNullable<CoreOptions['gpuTiming']>;
  readonly log: (line: string) => void;
}

/** The core an app shows: its own, with its doors to the outside, or one that runs on the folder already. */
export interface Service {
  readonly core: Core;
  /** Whether another process runs the core: ending the app ends neither the queue nor a run. */
  readonly attached: boolean;
  /** Calls `listener` when an attached core goes away, and when it is there again; a core of our own is always there. */
  onReachable(listener: (reachable: boolean) => void): void;
  /** Ends what is ours; runs go on. */
  readonly joiners: readonly Joiner[];
}

/**
 * Opens the folder's core, or attaches to the headless one that holds it, looking again for a while when that does not answer
 * yet. Rejects with `DatabaseProblem` when the folder cannot be used, and with `AttachProblem` when its core cannot be shown.
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  for (const end = Date.now() + LOOK_LIMIT_MS; ; await sleep(LOOK_AGAIN_MS)) {
    try {
      return await ownOrAttached(options);
    } catch (error) {
      if (!(error instanceof AttachProblem) || !error.mayPass || Date.now() >= end) throw error;
    }
  }
}

async function ownOrAttached({ dataFolder, root, version, gpuTiming = {}, log }: ServiceOptions): Promise<Service> {
  try {
    const { samples, runners } = shippedFiles(root);
    const core = createCore({
      dataFolder,
      samplesFolder: samples,
      runners: outlastingRunners(runners, dataFolder),
      sqliteBinding: process.env['TRAINYARD_SQLITE_BINDING'] ?? null,
      version,
      gpuTiming,
      log,
    });
    // A queue that was paused only to stop its runs before leaving goes on.
    await takeUpMode(dataFolder, askCore(core, 'core')).catch((error: unknown) => log(`queue: ${String(error)}`));
    return await withDoors(core, version, log);
  } catch (error) {
    if (!(error instanceof DatabaseProblem) || error.code !== 'in-use') throw error;
    const core = await attachCore({ dataFolder, version, log });
    log('attached to the core that runs on this folder without a window');
    return { core, attached: true, onReachable: (listener) => core.onReachable(listener), joiners: [coreJoiner(core)] };
  }
}

async function withDoors(core: Core, version: string, log: (line: string) => void): Promise<Service> {
  const http = await serveIfWanted(core, version, log);
  const webhooks = startWebhooks(core, { log });
  return {
    core,
    attached: false,
    onReachable: () => {},
    joiners: [
      { name: 'webhooks', stage: 'doors', deadlineMs: DOOR_DEADLINE_MS, join: () => webhooks.close() },
      { name: 'http', stage: 'doors', deadlineMs: DOOR_DEADLINE_MS, join: () => http?.close() },
      coreJoiner(core),
    ],
  };
}

function coreJoiner(core: Core): Joiner {
  return { name: 'core', stage: 'core', deadlineMs: CORE_DEADLINE_MS, join: () => core.close() };
}

/** The loopback door, unless it is switched off or its port is taken: the window works without it. */
async function serveIfWanted(core: Core, version: string, log: (line: string) => void): Promise<HttpServer | null> {
  const settings = await core.router('settings.get', {}, { origin: 'core', signal: new AbortController().signal });
  const { httpEnabled, httpPort } = settingsSchema.parse(settings.ok ? settings.data : {});
  if (!httpEnabled) return null;
  return serveHttp(core, { port: httpPort, version }).catch((error: unknown): null => {
    log(`http: not served: ${String(error)}`);
    return null;
  });
}
