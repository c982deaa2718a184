import { join } from 'node:path';
import { serveHttp } from '../../src/main/core/api/http/server.ts';
import { createCore } from '../../src/main/core/createCore.ts';
import { dataFolder } from '../../src/main/paths.ts';
import { ROOT } from '../helpers/core.ts';
import { PORTABLE_RUNNER } from './runners.ts';

/** `trainyard serve` on a machine that has no native runner. */
const core = createCore({
  dataFolder: dataFolder(),
  samplesFolder: join(ROOT, 'resources/samples'),
  runners: { native: join(dataFolder(), 'no-runner-here'), portable: PORTABLE_RUNNER },
  sqliteBinding: null,
  version: 'test',
  log: (line) => process.stderr.write(`${line}\n`),
});
const http = await serveHttp(core, { port: 0, version: 'test' });
process.once('SIGTERM', () => void http.close().then(() => core.close()));
process.stdout.write('serves\n');
