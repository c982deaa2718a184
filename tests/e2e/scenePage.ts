import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { build } from 'vite';
import type { Page } from '@playwright/test';
import { ROOT } from './app.ts';
import type { RunningApp } from './app.ts';

const FIXTURE = 'tests/unit/renderer/fixture';
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** The window's page with a core that answers from memory: every state of the design at once, without waiting for one. */
export class ScenePages {
  readonly #folder: string;
  readonly #server: Server;
  readonly #address: string;

  private constructor(folder: string, server: Server) {
    this.#folder = folder;
    this.#server = server;
    this.#address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${FIXTURE}/index.html`;
  }

  /** Builds the page and serves it on loopback. */
  static async open(): Promise<ScenePages> {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-scene-'));
    process.env['FIXTURE_OUT'] = folder;
    await build({ configFile: join(ROOT, FIXTURE, 'vite.config.ts'), logLevel: 'error' });
    const server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      createReadStream(join(folder, path))
        .on('error', () => response.writeHead(404).end())
        .pipe(response);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new ScenePages(folder, server);
  }

  /** Opens the page in a further window of the app's own Electron. */
  async show(app: RunningApp): Promise<Page> {
    const opened = app.electron.waitForEvent('window');
    await app.electron.evaluate(async ({ BrowserWindow }, url) => {
      const other = new BrowserWindow({ width: 1200, height: 800 });
      await other.loadURL(url);
    }, this.#address);
    return opened;
  }

  /** Begins a scene anew: the design's own, or another that the fixture knows. */
  async begin(page: Page, scene = ''): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${this.#address}#${scene}`);
    await page.locator('[data-region="jobs"]').waitFor();
  }

  [Symbol.dispose](): void {
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
