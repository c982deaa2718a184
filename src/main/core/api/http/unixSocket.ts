import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';

/** What a server needs to listen on a path. */
interface Listener {
  listen(path: string): unknown;
  once(event: 'listening', listener: () => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
}

/** A socket cannot be made at that path; the message says why and what to do. */
export class SocketProblem extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SocketProblem';
  }
}

/** Listens on a Unix socket that only its owner can use. The socket of a process that is gone is replaced; anything else is not. */
export async function listenOnSocket(server: Listener, path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined) {
    if (!there.isSocket()) throw new SocketProblem(`${path} is there and is no socket; choose another with --socket.`);
    if (await isAnswered(path)) throw new SocketProblem(`Another program listens on ${path}; choose another socket.`);
    rmSync(path);
  }
  // The mode must hold from the first moment: between listen and chmod anybody could connect.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new SocketProblem(`Cannot listen on ${path}: ${error.message}`, error)));
      server.once('listening', resolve);
      server.listen(path);
      // The socket is made by now; files that others write meanwhile must have their usual modes.
      process.umask(mask);
    });
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
