import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from '../setup/runtime.mjs';

/** What a build is called, everywhere. */
export interface BuildNames {
  /** Made around the stand-in runtime: for trying out, never for use; every name says so. */
  readonly testBuild: boolean;
  /** What the app, its window and `trainyard --version` say. */
  readonly version: string;
  readonly productName: string;
  /** The runnable folder in dist/. */
  readonly folder: string;
  readonly debVersion: string;
  readonly debArchitecture: string;
  readonly description: string;
  readonly license: string;
}

const DEB_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The names for a build of this clone around a runtime. `version` replaces the one of package.json. */
export function buildNames(root: string, runtime: Pick<Runtime, 'kind'>, version?: string): BuildNames {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly productName: string;
    readonly description: string;
    readonly license: string;
  };
  const plain = version ?? manifest.version;
  const testBuild = runtime.kind === 'stand-in';
  const mark = testBuild ? '-test-build' : '';
  return {
    testBuild,
    version: `${plain}${mark}`,
    productName: testBuild ? `${manifest.productName} (test build)` : manifest.productName,
    folder: `${manifest.productName}-${process.platform}-${process.arch}${mark}`,
    // For Debian a tilde comes before everything: the release of the same number replaces the test build.
    debVersion: plain.replace('-', '~') + (testBuild ? '~test-build' : ''),
    debArchitecture: DEB_ARCHITECTURES[process.arch] ?? process.arch,
    description: manifest.description,
    license: manifest.license,
  };
}
