import { resolve } from 'node:path';
import { SocketProblem } from '../core/api/http/unixSocket.ts';
import { DatabaseProblem } from '../core/db/problem.ts';
import { serveHeadless } from '../headless.ts';
import type { ServeWishes } from './commands/serve.ts';
import { EXIT } from './exitCodes.ts';
import type { ExitCode } from './exitCodes.ts';

/** Serves the queue until SIGTERM, SIGINT or SIGHUP. Resolves with the exit code. */
export async function serve({ port, socket, onExit, json }: ServeWishes): Promise<ExitCode> {
  let onSignal: (signal: string) => void = () => {};
  const stopped = new Promise<string>((resolvePromise) => (onSignal = resolvePromise));
  const again = new AbortController();
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      // As with a run: who asks twice does not want to wait for grace periods.
      if (signals > 1) again.abort();
      onSignal(signal);
    });
  }
  try {
    const core = await serveHeadless({
      ...(port === undefined ? {} : { port }),
      ...(socket === undefined ? {} : { socket: resolve(socket) }),
    });
    const facts = { data_folder: core.dataFolder, port: core.port, pid: process.pid };
    const words = `Trainyard serves ${core.dataFolder} on 127.0.0.1:${core.port}`;
    process.stdout.write(`${json === true ? JSON.stringify(facts) : words}\n`);
    const signal = await stopped;
    if (onExit === 'cancel') await core.cancelRuns(again.signal);
    await core.close();
    const after = onExit === 'cancel' ? 'No run is left.' : 'Runs go on; the next start takes them up again.';
    if (json !== true) process.stdout.write(`${signal}: ended. ${after}\n`);
    return EXIT.ok;
  } catch (error) {
    const message = messageOf(error, port ?? 0);
    if (message === null) throw error;
    process.stderr.write(`trainyard: ${message}\n`);
    return EXIT.failed;
  }
}

function messageOf(error: unknown, port: number): string | null {
  if (error instanceof SocketProblem) return error.message;
  const problem = DatabaseProblem.of(error, null);
  if (problem !== null) return problem.message;
  if (!(error instanceof Error) || !('code' in error)) return null;
  if (error.code === 'EADDRINUSE')
    return `port ${port} is in use; choose another with --port, or leave it out for a free one.`;
  return error.code === 'EACCES' ? `port ${port} is not yours to use; choose one above 1023 with --port.` : null;
}
