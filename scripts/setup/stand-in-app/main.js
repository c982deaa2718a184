// Does for the stand-in what Electron's own default app does: it runs the app whose folder is named on the command line.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const folder = resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.');
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
app.setAppPath(folder);
app.setDesktopName(manifest.desktopName ?? `${manifest.name}.desktop`);
// Awaited, because Electron holds back `ready` until its entry module has ended.
await import(pathToFileURL(join(folder, manifest.main)).href);
