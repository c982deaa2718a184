import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../helpers/core.ts';
import type { TestRunner } from '../helpers/core.ts';

export type { TestRunner } from '../helpers/core.ts';

export const RUNNERS: readonly TestRunner[] = ['native', 'portable'];

/** The runner that set-up has compiled. */
export const SHIPPED_RUNNER = join(ROOT, 'out/runner', `${process.platform}-${process.arch}`, 'trainyard-runner');
export const PORTABLE_RUNNER = join(ROOT, 'src/main/core/engines/local/portableRunner.ts');

/** Node keeps what it has compiled: the app and the portable runner are started very often here. */
export const KEEP_COMPILED = {
  NODE_COMPILE_CACHE: join(tmpdir(), `trainyard-tests-${process.getuid?.() ?? 0}`, 'compiled'),
};

/** Which program the native runner is: compiled by the tests from the sources as they are, or the one that ships. */
export type NativeBuild = 'of the sources' | 'shipped';

/**
 * What comes before a native runner's command line to have this runner instead: the harness of the runner's tests always
 * ends it with its own program.
 */
export function insteadOfTheTests(runner: TestRunner, build: NativeBuild): readonly string[] {
  if (runner === 'portable')
    return ['/bin/sh', '-c', 'script=$1; shift 2; exec "$0" "$script" "$@"', process.execPath, PORTABLE_RUNNER];
  if (build === 'of the sources') return [];
  if (!existsSync(SHIPPED_RUNNER)) throw new Error(`${SHIPPED_RUNNER} is missing: npm run setup`);
  return ['/bin/sh', '-c', 'shift; exec "$0" "$@"', SHIPPED_RUNNER];
}
