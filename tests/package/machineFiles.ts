import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where a package could leave something behind: the system's own folders, without those that change by themselves. */
const WATCHED = ['/etc', '/opt', '/usr', '/lib', '/bin', '/sbin', '/srv', '/root', '/var'];
const BY_THEMSELVES =
  /^\/(?:var\/(?:cache|log|tmp|lib\/(?:dpkg|apt|systemd))|root\/\.(?:cache|npm)|usr\/share\/applications\/mimeinfo\.cache|usr\/share\/icons\/hicolor\/icon-theme\.cache|etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?$)/;

/** The names of all files and folders of the system. */
export function machineFiles(): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (BY_THEMSELVES.test(path)) continue;
      names.add(path);
      if (entry.isDirectory()) walk(path);
    }
  };
  for (const folder of WATCHED) walk(folder);
  return names;
}
