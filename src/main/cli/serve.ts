import { DatabaseProblem } from '../core/db/problem.ts';
import { serveHeadless } from '../headless.ts';
import { EXIT } from './exitCodes.ts';
import type { ExitCode } from './exitCodes.ts';

/** Serves the queue until SIGTERM, SIGINT or SIGHUP; runs go on. Resolves with the exit code. */
export async function serve(options: { readonly port: number }): Promise<ExitCode> {
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });
  try {
    const core = await serveHeadless(options);
    process.stdout.write(`Trainyard serves ${core.dataFolder} on 127.0.0.1:${core.port}\n`);
    const signal = await stopped;
    await core.close();
    process.stdout.write(`${signal}: ended. Runs go on; the next start takes them up again.\n`);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof DatabaseProblem) {
      process.stderr.write(`trainyard: ${error.message}\n`);
      return EXIT.failed;
    }
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      process.stderr.write(
        `trainyard: port ${options.port} is in use; choose another with --port, or leave it out for a free one.\n`,
      );
      return EXIT.failed;
    }
    throw error;
  }
}
