import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checksums, control, copyright } from './debianControl.ts';
import { desktopEntry } from './desktopEntry.ts';
import { EXECUTABLE } from './folder.ts';
import { manPage } from './manPage.ts';
import type { BuildNames } from './names.ts';
import { completions, userUnit } from './terminalFiles.ts';

/** Where the package puts the app. */
export const INSTALLED = '/opt/trainyard';
/** The sizes of the hicolor theme that the package has. */
const ICON_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];

/** What a .deb is made from. */
export interface DebParts {
  readonly root: string;
  /** The runnable folder. */
  readonly folder: string;
  readonly out: string;
  readonly names: BuildNames;
}

/** Lays out in `staging` what the package installs, and dpkg's own files about it in DEBIAN/. */
export async function layOutDeb({ root, folder, names }: DebParts, staging: string): Promise<void> {
  const put = (path: string, content: string | Buffer, mode = 0o644): void => {
    const target = join(staging, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, mode);
  };
  const link = (path: string, to: string): void => {
    mkdirSync(dirname(join(staging, path)), { recursive: true });
    symlinkSync(to, join(staging, path));
  };
  const bring = (source: string, path: string, mode = 0o644): void => {
    mkdirSync(dirname(join(staging, path)), { recursive: true });
    cpSync(join(root, 'resources', source), join(staging, path));
    chmodSync(join(staging, path), mode);
  };

  cpSync(folder, join(staging, INSTALLED), { recursive: true });
  // What Chromium falls back to where the system forbids user namespaces: docs/adr/0012-packages.md.
  chmodSync(join(staging, INSTALLED, 'chrome-sandbox'), 0o4755);
  // Tells the updater how this copy was installed.
  put(`${INSTALLED}/resources/package-type`, 'deb');

  link('usr/bin/trainyard', `../..${INSTALLED}/bin/trainyard`);
  put('usr/share/applications/trainyard.desktop', desktopEntry(names, `${INSTALLED}/${EXECUTABLE}`));
  for (const size of ICON_SIZES)
    bring(`icons/${size}.png`, `usr/share/icons/hicolor/${size}x${size}/apps/trainyard.png`);
  bring('icons/trainyard.svg', 'usr/share/icons/hicolor/scalable/apps/trainyard.svg');
  put('usr/share/man/man1/trainyard.1.gz', gzipSync(manPage(names), { level: 9 }));
  put('usr/lib/systemd/user/trainyard.service', userUnit());
  for (const { path, text } of await completions(folder)) put(path, text);
  put('usr/share/doc/trainyard/copyright', copyright(names, root));
  link(
    'usr/share/doc/trainyard/python',
    `../../../..${INSTALLED}/resources/app.asar.unpacked/resources/clients/python`,
  );

  bring('linux/prerm.sh', 'DEBIAN/prerm', 0o755);
  settleFolders(staging);
  put('DEBIAN/control', control(names, staging));
  put('DEBIAN/md5sums', checksums(staging));
}

/** Folders as a package has them, whatever the umask is. */
function settleFolders(staging: string): void {
  chmodSync(staging, 0o755);
  for (const entry of readdirSync(staging, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}
