import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extractFile, listPackage } from '@electron/asar';
import { getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUSES } from '../../scripts/package/fuses.ts';
import { tryOut } from '../../scripts/package/tryOut.ts';
import { cliProgram } from '../../src/main/cli/main.ts';
import { CliSession } from '../../src/main/cli/session.ts';
import { outputOf, run } from './command.ts';
import { cannotPackage, PackageBuild } from './packageBuild.ts';

const reason = cannotPackage();
if (reason !== null) console.warn(`the package's contents are not tested: ${reason}`);
/** A quarter of a gigabyte is copied, on a machine that does other things. */
const BUILD_LIMIT_MS = 300_000;

describe.skipIf(reason !== null)('what is in the package', () => {
  let build: PackageBuild;
  let deb: string;
  let archived: readonly string[];

  beforeAll(async () => {
    build = new PackageBuild();
    await build.makeFolder();
    deb = await build.makeDeb();
    archived = listPackage(join(build.folder, 'resources', 'app.asar'), { isPack: false });
  }, BUILD_LIMIT_MS);
  afterAll(() => build.remove());

  test('its command says the version, loads SQLite and finds a native runner that keeps its promise', async () => {
    await tryOut(build.folder, build.names);
  }, 120_000);

  test('the command works through a link, from another folder, without any other Node', async () => {
    const { code, out } = await run(
      'sh',
      ['-c', 'cd / && exec "$0" --version', join(build.folder, 'bin', 'trainyard')],
      {
        PATH: '/usr/bin:/bin',
        HOME: build.out,
      },
    );
    expect({ code, out: out.trim() }).toEqual({ code: 0, out: build.names.version });
  }, 60_000);

  test('every fuse is set as it is written down, but for those this Electron lacks', async () => {
    const wire = await getCurrentFuseWire(join(build.folder, 'trainyard'));
    const set = Object.fromEntries(
      FUSES.filter(({ option }) => option in wire).map(({ option, on }) => [option, on ? ENABLED : DISABLED]),
    );
    expect(wire).toEqual({ ...set, version: '1' });
    expect(FUSES.map(({ option }) => option)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('the archive holds the app and what it needs, and nothing of the workshop', () => {
    expect(archived).toContain('/out/main/index.js');
    expect(archived).toContain('/out/preload/index.cjs');
    expect(archived).toContain('/out/renderer/index.html');
    expect(archived).toContain('/node_modules/electron-updater/package.json');
    const strange = archived.filter((path) =>
      /\.(?:[cm]?ts|map|stamp)$|\/(?:vitest|electron|react|playwright|node-addon-api)\/package\.json$|^\/(?:src|tests|scripts)\//.test(
        path,
      ),
    );
    expect(strange).toEqual([]);
  });

  test('programs, libraries and what other programs read are files beside it', () => {
    const beside = join(build.folder, 'resources', 'app.asar.unpacked');
    for (const path of ['resources/samples/digits.mjs', 'resources/clients/python/trainyard_client.py'])
      expect(existsSync(join(beside, path)), path).toBe(true);
    const runner = join(beside, 'out', 'runner', `linux-${process.arch}`, 'trainyard-runner');
    expect(statSync(runner).mode & 0o777).toBe(0o755);
  });

  test('a build around the stand-in says that it is a test build, wherever it says its name', async () => {
    const manifest = JSON.parse(
      extractFile(join(build.folder, 'resources', 'app.asar'), 'package.json').toString(),
    ) as {
      readonly productName: string;
      readonly version: string;
      readonly testBuild: boolean;
    };
    const { testBuild } = build.names;
    expect(manifest.testBuild).toBe(testBuild);
    expect(manifest.productName).toBe(testBuild ? 'Trainyard (test build)' : 'Trainyard');
    expect(manifest.version.endsWith('-test-build')).toBe(testBuild);
    expect(build.folder.endsWith('-test-build')).toBe(testBuild);
    expect(await outputOf('dpkg-deb', ['-f', deb, 'Version'])).toMatch(testBuild ? /~test-build\n$/ : /^[\d.]+\n$/);
  });

  test('in the .deb everything is root’s, nobody else writes, and only the sandbox helper is set-user-id', async () => {
    const lines = (await outputOf('dpkg-deb', ['-c', deb])).trim().split('\n');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => !/ root\/root /.test(line))).toEqual([]);
    expect(lines.filter((line) => !line.startsWith('l') && /^.{5}w|^.{8}w/.test(line))).toEqual([]);
    const special = lines.filter((line) => /^.{3}s|^.{6}s|^.{9}t/.test(line));
    expect(special).toEqual([expect.stringMatching(/^-rwsr-xr-x .*\.\/opt\/trainyard\/chrome-sandbox$/)]);
    expect(lines).toContainEqual(
      expect.stringMatching(/\.\/usr\/bin\/trainyard -> \.\.\/\.\.\/opt\/trainyard\/bin\/trainyard$/),
    );
  });

  test(
    'the same sources give the same bytes',
    async () => {
      const again = new PackageBuild();
      try {
        await again.makeFolder();
        expect(readFileSync(await again.makeDeb()).equals(readFileSync(deb))).toBe(true);
      } finally {
        again.remove();
      }
    },
    BUILD_LIMIT_MS,
  );

  test('the manual page has every command and every option', async () => {
    const page = gunzipSync(await fileIn(deb, './usr/share/man/man1/trainyard.1.gz'))
      .toString()
      .replaceAll('\\-', '-');
    for (const command of cliProgram(new CliSession()).commands) {
      expect(page, command.name()).toContain(`trainyard ${command.name()}`);
      for (const { long } of command.options) expect(page, `${command.name()} ${long ?? ''}`).toContain(long ?? '');
    }
  });

  test('the desktop entry opens links, and its actions are commands that exist', async () => {
    const entry = (await fileIn(deb, './usr/share/applications/trainyard.desktop')).toString();
    expect(entry).toContain('MimeType=x-scheme-handler/trainyard;');
    const commands = cliProgram(new CliSession()).commands.map((command) => command.name());
    const actions = [...entry.matchAll(/^Exec=\/usr\/bin\/trainyard (\w+)$/gm)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(0);
    expect(commands).toEqual(expect.arrayContaining(actions));
  });
});

const ENABLED = '1'.charCodeAt(0);
const DISABLED = '0'.charCodeAt(0);

async function fileIn(deb: string, path: string): Promise<Buffer> {
  // As base64, since the helper speaks text.
  const script = 'dpkg-deb --fsys-tarfile "$0" | tar -xO "$1" | base64 -w0';
  return Buffer.from(await outputOf('sh', ['-c', script, deb, path]), 'base64');
}
