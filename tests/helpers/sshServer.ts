import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { childrenOf, isGone, readStat, signalIdentity, until } from './process.ts';

/** A real sshd on loopback with a key of its own, and an `ssh` that finds it under an alias. */
export interface SshServer extends AsyncDisposable {
  /** The alias by which `ssh` knows it. */
  readonly host: string;
  /** To be put before PATH: holds an `ssh` that reads a throw-away configuration. */
  readonly bin: string;
  /** Environment variables that its sessions have. */
  readonly home: string;
  /** Connections that are open now. */
  connections(): number;
  /** Cuts every connection, and refuses new ones until {@link SshServer.resume}. */
  cut(): Promise<void>;
  resume(): Promise<void>;
}

/** Why no sshd can be started, or null when one can. */
export function sshMissing(): string | null {
  const missing = ['sshd', 'ssh', 'ssh-keygen'].filter((name) => found(name) === null);
  return missing.length === 0 ? null : `${missing.join(', ')} not installed (Debian: openssh-server)`;
}

/** Starts it; `environment` is what sessions find set, besides what sshd gives them. */
export async function startSsh(environment: Readonly<Record<string, string>>): Promise<SshServer> {
  const home = mkdtempSync(join(tmpdir(), 'trainyard-sshd-'));
  const port = await freePort();
  const bin = join(home, 'bin');
  mkdirSync(bin);
  for (const name of ['host', 'user']) {
    execFileSync(found('ssh-keygen') ?? 'ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
  }
  writeFileSync(join(home, 'authorized'), readFileSync(join(home, 'user.pub')), { mode: 0o600 });
  const variables = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(home, 'host')}`,
      `AuthorizedKeysFile ${join(home, 'authorized')}`,
      `PidFile ${join(home, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      `SetEnv ${variables.join(' ')}`,
      '',
    ].join('\n'),
  );
  const hostKey = readFileSync(join(home, 'host.pub'), 'utf8').trim().split(' ').slice(0, 2).join(' ');
  writeFileSync(join(home, 'known'), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(
    join(home, 'config'),
    [
      'Host test-cluster',
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      `  User ${userInfo().username}`,
      `  IdentityFile ${join(home, 'user')}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${join(home, 'known')}`,
      '  GlobalKnownHostsFile /dev/null',
      '',
    ].join('\n'),
  );
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec ${found('ssh')} -F ${join(home, 'config')} "$@"\n`, { mode: 0o755 });
  const log = openSync(join(home, 'log'), 'a');
  let server = 0;

  async function resume(): Promise<void> {
    // Where it drops its rights to while it speaks to strangers; Debian makes it at boot.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const child = spawn(found('sshd') ?? 'sshd', ['-D', '-e', '-f', join(home, 'sshd_config')], {
      stdio: ['ignore', log, log],
    });
    server = child.pid ?? 0;
    const limit = Date.now() + 30_000;
    while (!(await listens(port))) {
      if (Date.now() > limit) throw new Error(`sshd does not listen: ${readFileSync(join(home, 'log'), 'utf8')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function cut(): Promise<void> {
    const own = readStat(server);
    // Sessions have processes of their own below the one that listens.
    const all = own === null ? [] : [own, ...sessionsOf(server)];
    for (const process of all) signalIdentity(process, 'SIGKILL');
    await until('sshd gone', () => all.every(isGone));
  }

  await resume();
  return {
    host: 'test-cluster',
    bin,
    home,
    connections: () => childrenOf(server).length,
    cut,
    resume,
    async [Symbol.asyncDispose]() {
      await cut();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function sessionsOf(pid: number): ReturnType<typeof childrenOf> {
  return childrenOf(pid).flatMap((child) => [child, ...sessionsOf(child.pid)]);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function found(program: string): string | null {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin']) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // Not in this one.
    }
  }
  return null;
}
