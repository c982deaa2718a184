import { spawn } from 'node:child_process';
import type { WhenDoneView } from '../../../shared/shellContract.ts';

/** A program and its arguments. */
export type PowerCommand = readonly [string, ...string[]];

/** What the words of systemctl call the two. Another program in its place gets the same word. */
const WORDS = { sleep: 'suspend', shutdown: 'poweroff' } as const satisfies Readonly<
  Record<WhenDoneView['action'], string>
>;

/** The command that does it here, as an ordinary user; `instead` is a program that is called in its place. */
export function powerCommand(
  action: WhenDoneView['action'],
  platform: NodeJS.Platform,
  instead: string | null,
): PowerCommand {
  if (instead !== null) return [instead, WORDS[action]];
  if (platform === 'darwin')
    return action === 'sleep'
      ? ['pmset', 'sleepnow']
      : ['osascript', '-e', 'tell application "System Events" to shut down'];
  if (platform === 'win32')
    return action === 'sleep'
      ? ['rundll32.exe', 'powrprof.dll,SetSuspendState', '0,1,0']
      : ['shutdown.exe', '/s', '/t', '0'];
  return ['systemctl', WORDS[action]];
}

/** Runs it and resolves with what went wrong, in words, or with null. */
export function runPowerCommand([command, ...args]: PowerCommand): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-500)));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(complaint.trim() || `${command} ended with ${signal ?? code}`);
    });
  });
}
