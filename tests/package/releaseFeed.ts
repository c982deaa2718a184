import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { updateFeed } from '../../scripts/package/updateFeed.ts';

/** A release that is newer than anything, as the updater finds one, on loopback. */
export class ReleaseFeed {
  readonly version = '99.0.0';
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<ReleaseFeed> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const feed = new ReleaseFeed(server);
    server.on('request', ({ url = '' }, response) => {
      feed.asked.push(url);
      response.end(url.startsWith('/latest-linux.yml') ? feed.#manifest() : PACKAGE);
    });
    return feed;
  }

  /** What names this feed to the app, in place of a GitHub repository. */
  get source(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `provider: generic\nurl: http://127.0.0.1:${port}/\nupdaterCacheDirName: trainyard-updater\n`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #manifest(): string {
    return updateFeed(this.version, [{ name: `trainyard_${this.version}_amd64.deb`, bytes: PACKAGE }], new Date());
  }
}

/** It is fetched and checked, and must never be installed here. */
const PACKAGE = Buffer.from('not a package');
