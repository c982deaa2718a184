import { spawn } from 'node:child_process';
import { StepFailure } from './stepFailure.mjs';
import { aptLine, hasDisplay, isOnPath } from './systemPackages.mjs';

const startLimitMs = 20_000;
const screen = '1600x1000x24';

/**
 * Somewhere to show windows: this session's display and D-Bus where they exist, else a virtual display (Xvfb) and a
 * private D-Bus session, which end with `dispose` and with this process. With `own` the D-Bus session is a private one
 * even where the session has one.
 * @param {{own?: boolean}} options
 * @returns {Promise<{env: NodeJS.ProcessEnv, started: string[], dispose: () => Promise<void>}>}
 * `env` is the whole environment to start an app with; `started` says in words what had to be started.
 */
export async function withDisplay({ own = false } = {}) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env };
  /** @type {string[]} */
  const started = [];
  /** @type {import('node:child_process').ChildProcess[]} */
  const servers = [];
  const dispose = async () => {
    for (const server of servers.splice(0).reverse()) await stop(server);
  };
  try {
    if (process.platform === 'linux' && !hasDisplay()) {
      const xvfb = await startServer('Xvfb', 'xvfb', [
        '-displayfd',
        '3',
        '-screen',
        '0',
        screen,
        '-nolisten',
        'tcp',
        '-noreset',
      ]);
      servers.push(xvfb.child);
      env.DISPLAY = `:${xvfb.answer}`;
      // GTK would look for an accessibility bus that nobody serves, and wait for it.
      env.NO_AT_BRIDGE = '1';
      started.push(`a virtual display (Xvfb ${env.DISPLAY})`);
    }
    if (process.platform === 'linux' && (own || !env.DBUS_SESSION_BUS_ADDRESS)) {
      const bus = await startServer('dbus-daemon', 'dbus', [
        '--session',
        '--nofork',
        '--nopidfile',
        '--nosyslog',
        '--print-address=3',
      ]);
      servers.push(bus.child);
      env.DBUS_SESSION_BUS_ADDRESS = bus.answer;
      started.push('a private D-Bus session');
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { env, started, dispose };
}

/**
 * Starts a server that writes one line to descriptor 3 when it is ready.
 * @param {string} command @param {string} debianPackage @param {string[]} args
 * @returns {Promise<{child: import('node:child_process').ChildProcess, answer: string}>}
 */
async function startServer(command, debianPackage, args) {
  const advice = `On Debian: ${aptLine([debianPackage])}`;
  if (!isOnPath(command)) throw new StepFailure(`There is no display here and no ${command} to make one`, { advice });
  // Has the kernel end the server when this process is gone, however it went.
  const tied = isOnPath('setpriv') ? ['setpriv', '--pdeathsig', 'TERM', command] : [command];
  const [program = command, ...before] = tied;
  // In a session of its own: Ctrl-C is for the app, which needs its display until it has quit.
  const child = spawn(program, [...before, ...args], { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const endWithUs = () => child.kill('SIGTERM');
  process.on('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-2000);
  });
  const answer = await new Promise((resolve, reject) => {
    let text = '';
    const fail = (/** @type {string} */ why) =>
      reject(new StepFailure(`${command} did not start: ${why}`, { output: complaint, advice }));
    const limit = setTimeout(() => fail(`no answer within ${startLimitMs} ms`), startLimitMs);
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => {
      clearTimeout(limit);
      fail(`it ended with ${signal ?? code}`);
    });
    child.stdio[3]?.on('data', (chunk) => {
      text += chunk;
      if (!text.includes('\n')) return;
      clearTimeout(limit);
      resolve(text.trim());
    });
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  // A server in the background is no reason for this process to stay.
  child.unref();
  for (const stream of child.stdio) /** @type {any} */ (stream)?.unref?.();
  return { child, answer };
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    child.ref();
    const limit = setTimeout(() => child.kill('SIGKILL'), 3_000);
    child.once('exit', () => {
      clearTimeout(limit);
      resolve(undefined);
    });
    child.kill('SIGTERM');
  });
}
