import type { Command } from 'commander';
import { DatabaseProblem } from '../../core/db/problem.ts';
import { serveHeadless } from '../../headless.ts';
import { EXIT } from '../exitCodes.ts';
import type { ExitCode } from '../exitCodes.ts';
import type { CliSession } from '../session.ts';
import { wholeNumber } from '../session.ts';

/** `trainyard serve` */
export function addServe(program: Command, session: CliSession): void {
  program
    .command('serve')
    .description('run the queue without a window, until SIGTERM or Ctrl-C; runs go on after it has ended')
    .option('--port <port>', 'port on 127.0.0.1 (0 takes a free one)', wholeNumber, 0)
    .action(async (options: { readonly port: number }) => {
      session.exitCode = await serve(options);
    });
}

/** Serves the queue until SIGTERM, SIGINT or SIGHUP; runs go on. Resolves with the exit code. */
async function serve(options: { readonly port: number }): Promise<ExitCode> {
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
