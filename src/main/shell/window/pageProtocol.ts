import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';

/** The window's page comes by a protocol of its own: a file: page may load every file that the user can read. */
const SCHEME = 'trainyard-page';
const HOST = 'window';

/** What the page is made of. Anything else is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Address of the window's page. */
export const PAGE_URL = `${SCHEME}://${HOST}/index.html`;

/** Makes the protocol known; before the app is ready, as Electron asks. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Serves the files of `folder`, and nothing outside it, to the window. More than once is the same as once. */
export function servePage(folder: string): void {
  if (protocol.isProtocolHandled(SCHEME)) return;
  protocol.handle(SCHEME, async ({ method, url }) => {
    const path = pathIn(folder, url);
    const type = path === null ? undefined : TYPES[extname(path)];
    if (method !== 'GET' || path === null || type === undefined) return new Response(null, { status: 403 });
    try {
      const headers = { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' };
      return new Response(new Uint8Array(await readFile(path)), { headers });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
}

/** The file that an address names, or null when it lies outside. */
function pathIn(folder: string, address: string): string | null {
  const { host, pathname } = new URL(address);
  if (host !== HOST) return null;
  try {
    const path = normalize(join(folder, decodeURIComponent(pathname)));
    return path.startsWith(folder + sep) && !path.includes('\0') ? path : null;
  } catch {
    return null;
  }
}
