import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { until } from '../helpers/process.ts';
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
  let inspector: Inspector | null = null;
  async function end(): Promise<void> {
    // Node waits at its end for whoever inspects it.
    inspector?.close();
    child.kill('SIGTERM');
    await gone;
  }
  try {
    const address = await inspectorOf(child.stderr);
    // The inspector listens before Node itself has begun: asked then, it breaks the start.
    await until('the app serves its door', () => readDiscovery(app.data) !== null, undefined, 60_000);
    const { inMain } = (inspector = await inspect(address));
    return {
      inMain,
      inPage: (expression) =>
        inMain(
          `electron.BrowserWindow.getAllWindows()[0].webContents.executeJavaScript(${JSON.stringify(expression)})`,
        ),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Inspector extends Pick<PlainApp, 'inMain'> {
  close(): void;
}

/** Evaluates expressions in the process behind an inspector. */
async function inspect(address: string): Promise<Inspector> {
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let asked = 0;
  async function inMain(expression: string): Promise<unknown> {
    const id = (asked += 1);
    const params = {
      expression: `(async (electron) => (${expression}))(require('electron'))`,
      awaitPromise: true,
      returnByValue: true,
      includeCommandLineAPI: true,
    };
    const { result } = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    });
    if (result.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails));
    return result.result?.value;
  }
  return { inMain, close: () => socket.close() };
}

interface Answer {
  readonly id: number;
  readonly result: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown };
}

/** The address that Node prints when it listens for an inspector. The pipe is read on: what nobody reads would stop the app. */
function inspectorOf(stderr: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stderr.on('data', (part) => {
      text += String(part);
      const found = /ws:\/\/\S+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    stderr.once('end', () => reject(new Error(`the app listens for no inspector:\n${text}`)));
  });
}
