import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './shell.ts';
import type { CommandEnd, ScriptOptions, Shell } from './shell.ts';
import { makeSshFolder, sweepSshFolders } from './sshFolder.ts';

/** How long the connection may take to come up, and how soon ssh notices that the other side is gone. */
const CONNECT_LIMIT_MS = 20_000;
const OPTIONS = [
  // Never asks: no passwords, no passphrases, no unknown hosts.
  ['-o', 'BatchMode=yes'],
  ['-o', 'ConnectTimeout=10'],
  ['-o', 'ServerAliveInterval=15'],
  ['-o', 'ServerAliveCountMax=2'],
  ['-o', 'ForwardX11=no'],
  ['-o', 'ForwardAgent=no'],
  ['-o', 'ClearAllForwardings=yes'],
  ['-o', 'RequestTTY=no'],
  // A user's own RemoteCommand would take the place of ours.
  ['-o', 'RemoteCommand=none'],
].flat();
const READY = 'trainyard-ready';

/**
 * A shell on another host, by the system's ssh and the user's own configuration. One connection in a private folder serves
 * every script. It ends when this process does, however that ends: its far side reads from us until nothing comes any more.
 */
export class SshShell implements Shell {
  readonly #host: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  #master: ChildProcess | null = null;
  /** The connection that is being made, or is there; what it says when it could not be made. */
  #connection: Promise<CommandEnd | null> | null = null;

  constructor(host: string, environment: NodeJS.ProcessEnv) {
    this.#host = host;
    this.#environment = environment;
    sweepSshFolders();
    this.#folder = makeSshFolder();
  }

  get words(): string {
    return `ssh ${this.#host}`;
  }

  async run(script: string, options: ScriptOptions): Promise<CommandEnd> {
    this.#connection ??= this.#connect();
    const failure = await this.#connection;
    if (failure !== null) {
      this.#connection = null;
      return failure;
    }
    // The far user's own shell may be any; it only has to start this one.
    const args = [...OPTIONS, ...this.#control('no'), '--', this.#host, 'exec sh -s'];
    return runScript('ssh', args, this.#environment, script, options);
  }

  [Symbol.dispose](): void {
    this.#master?.stdin?.end();
    this.#master?.unref();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Answers null once the connection is there. */
  #connect(): Promise<CommandEnd | null> {
    return new Promise((resolve) => {
      const args = [...OPTIONS, ...this.#control('yes'), '-o', 'ControlPersist=no', '--', this.#host];
      const master = spawn('ssh', [...args, `echo ${READY}; exec cat`], {
        cwd: '/',
        env: this.#environment,
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
      });
      this.#master = master;
      let stderr = '';
      const done = (answer: CommandEnd | null): void => {
        clearTimeout(limit);
        resolve(answer);
      };
      const limit = setTimeout(() => {
        master.stdin.end();
        done({ code: null, stdout: '', stderr: `no connection within ${CONNECT_LIMIT_MS / 1_000} s` });
      }, CONNECT_LIMIT_MS);
      master.stdin.on('error', () => undefined);
      master.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes(READY)) done(null);
      });
      master.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr = (stderr + text).slice(-4_000);
      });
      const gone = (code: number | null, words: string): void => {
        if (this.#master === master) {
          this.#master = null;
          this.#connection = null;
        }
        done({ code: code ?? 255, stdout: '', stderr: words });
      };
      master.once('error', (error) => gone(null, error.message));
      master.once('close', (code) => gone(code, stderr));
      // Waiting for nobody: the app may end while it is there.
      for (const stream of [master, master.stdin, master.stdout, master.stderr]) if ('unref' in stream) unrefOf(stream);
    });
  }

  #control(master: 'yes' | 'no'): readonly string[] {
    return ['-o', `ControlMaster=${master}`, '-o', `ControlPath=${join(this.#folder, 'control')}`];
  }
}

function unrefOf(stream: { readonly unref?: unknown }): void {
  if (typeof stream.unref === 'function') (stream.unref as () => void).call(stream);
}
