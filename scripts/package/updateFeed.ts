import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a release that the updater may fetch. */
interface ReleaseFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** `latest-linux.yml` of a release: what the updater of the .deb and of the AppImage reads. */
export function updateFeed(version: string, files: readonly ReleaseFile[], releasedAt: Date): string {
  const entries = files.map(({ name, bytes }) => {
    const sha512 = createHash('sha512').update(bytes).digest('base64');
    return `  - url: ${name}\n    sha512: ${sha512}\n    size: ${bytes.length}\n`;
  });
  return `version: ${version}\nfiles:\n${entries.join('')}releaseDate: '${releasedAt.toISOString()}'\n`;
}

// Run by the release's workflow: node scripts/package/updateFeed.ts <folder with the files> <version>
if (import.meta.main) {
  const [folder = 'dist', version = ''] = process.argv.slice(2);
  const files = readdirSync(folder)
    .filter((name) => /\.(?:deb|AppImage)$/.test(name))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  if (files.length === 0 || version === '') throw new Error('usage: updateFeed.ts <folder with a .deb> <version>');
  writeFileSync(join(folder, 'latest-linux.yml'), updateFeed(version, files, new Date()));
}
