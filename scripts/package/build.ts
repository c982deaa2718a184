import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { repoRoot } from '../setup/paths.mjs';
import { readRuntime } from '../setup/runtime.mjs';
import { StepFailure } from '../setup/stepFailure.mjs';
import { isOnPath } from '../setup/systemPackages.mjs';
import { makeDeb } from './debian.ts';
import type { Packing } from './debian.ts';
import { makeFolder, sizeOf } from './folder.ts';
import { buildNames } from './names.ts';
import { tryOut } from './tryOut.ts';

/*
 * Makes a runnable folder and a .deb in dist/ around the Electron that set-up has made ready. Run by the pinned Node,
 * after set-up: scripts/package.mjs.
 */

const USAGE = 'npm run package -- [--folder-only] [--quick] [--version X.Y.Z] [--out FOLDER]';
const MIB = 1024 ** 2;

const options = readOptions();
if (options === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else if (process.platform !== 'linux') {
  process.stderr.write(
    'This makes Linux packages. For this system: npx electron-builder --config electron-builder.config.mjs\n',
  );
  process.exitCode = 1;
} else {
  await main(options).catch((error: unknown) => {
    if (!(error instanceof StepFailure)) throw error;
    process.stderr.write(`${error.output.replaceAll(/^/gm, '  | ')}\n${error.message}\n${error.advice}\n`);
    process.exitCode = 1;
  });
}

async function main({ folderOnly, packing, version, out }: Options): Promise<void> {
  const runtime = readRuntime();
  const names = buildNames(repoRoot, runtime, version);
  mkdirSync(out, { recursive: true });
  const folder = join(out, names.folder);
  tell(`Making ${shown(folder)} around Electron ${runtime.version} …`);
  await makeFolder(repoRoot, folder, names, runtime);
  await tryOut(folder, names);
  tell(
    `${shown(folder)} (${Math.round(sizeOf(folder) / MIB)} MiB): start it with ./trainyard, its command is bin/trainyard`,
  );
  if (names.testBuild) {
    tell(
      'This is a TEST BUILD: the official Electron could not be fetched here, and the stand-in gets no security updates.',
    );
  }
  if (folderOnly) return;
  if (!isOnPath('dpkg-deb')) return tell('No .deb: this system has no dpkg-deb.');
  const deb = await makeDeb({ root: repoRoot, folder, out, names }, packing);
  tell(
    `${shown(deb.path)} (${Math.round(deb.bytes / MIB)} MiB): install it with sudo apt install ./${shown(deb.path)}`,
  );
}

interface Options {
  readonly folderOnly: boolean;
  readonly packing: Packing;
  readonly version: string | undefined;
  readonly out: string;
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        'folder-only': { type: 'boolean' },
        quick: { type: 'boolean' },
        version: { type: 'string' },
        out: { type: 'string' },
      },
    });
    if (values.version !== undefined && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(values.version)) return null;
    return {
      folderOnly: values['folder-only'] === true,
      packing: values.quick === true ? 'quick' : 'small',
      version: values.version,
      out: values.out ?? join(repoRoot, 'dist'),
    };
  } catch {
    return null;
  }
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
