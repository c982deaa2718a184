import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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
    const name = `trainyard_${this.version}_amd64.deb`;
    const sha512 = createHash('sha512').update(PACKAGE).digest('base64');
    return `version: ${this.version}
files:
  - url: ${name}
    sha512: ${sha512}
    size: ${PACKAGE.length}
path: ${name}
sha512: ${sha512}
releaseDate: '2030-01-01T00:00:00.000Z'
`;
  }
}

/** It is fetched and checked, and must never be installed here. */
const PACKAGE = Buffer.from('not a package');
