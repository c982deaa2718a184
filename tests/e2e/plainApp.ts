import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningApp } from './app.ts';

/** The real app without Playwright, which would make a hidden page believe that it is seen. */
export interface PlainApp {
  /** What an expression gives in the main process; `electron` is Electron's module. */
  inMain(expression: string): Promise<unknown>;
  /** What an expression gives in the page that the window shows now. */
  inPage(expression: string): Promise<unknown>;
  /** Ends it as a session does. */
  end(): Promise<void>;
}

/** Starts the app on the data folder of `app`, which must not run, and holds it by Node's inspector. */
export async function startPlainly(app: RunningApp): Promise<PlainApp> {
  const { executable, args, env } = app.command();
  const child = spawn(executable, ['--inspect=0', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'exit');
  const socket = new WebSocket(await inspectorOf(child.stderr));
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let asked = 0;

  async function evaluated(expression: string): Promise<unknown> {
    const id = (asked += 1);
    const params = { expression, awaitPromise: true, returnByValue: true, includeCommandLineAPI: true };
    const { result } = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    });
    if (result.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails));
    return result.result?.value;
  }
  const inMain = (expression: string): Promise<unknown> =>
    evaluated(`(async (electron) => (${expression}))(require('electron'))`);
  // The inspector is there before the module that it is asked for.
  while ((await evaluated('typeof require')) !== 'function') await sleep(50);
  return {
    inMain,
    inPage: (expression) =>
      inMain(`electron.BrowserWindow.getAllWindows()[0].webContents.executeJavaScript(${JSON.stringify(expression)})`),
    async end() {
      socket.close();
      child.kill('SIGTERM');
      await gone;
    },
  };
}

interface Answer {
  readonly id: number;
  readonly result: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown };
}

/** The address that Node prints when it listens for an inspector. */
async function inspectorOf(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stderr) {
    text += String(part);
    const found = /ws:\/\/\S+/.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error(`the app listens for no inspector:\n${text}`);
}
