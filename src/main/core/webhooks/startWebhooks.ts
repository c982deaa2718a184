import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Envelope } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import { changeOnTheWire } from '../api/http/wire.ts';
import type { Core } from '../createCore.ts';
import { boundedQueue } from './boundedQueue.ts';
import { post } from './delivery.ts';
import type { Message } from './delivery.ts';
import { runHook } from './hookCommand.ts';

/** A receiver that is away for an hour does not fill the memory. */
const MOST_WAITING = 1_000;
/** Pauses between the attempts at one message. */
const PAUSES_MS: readonly number[] = [1_000, 4_000, 15_000, 60_000];

/** Events that change a job's status. */
const STATUS_EVENTS = new Set(['job.submitted', 'job.claimed', 'job.started', 'job.ended', 'job.requeued']);

/** What can be set for tests. */
export interface WebhookOptions {
  /** A line for the app's log; it never holds the secret, nor the address beyond its host. */
  readonly log: (line: string) => void;
  readonly pausesMs?: readonly number[];
}

/** The webhook and the hook command of a running core. */
export interface Webhooks {
  /** Ends them; what has not been told by now is not told. */
  close(): void;
}

/**
 * Tells the outside of each change of a job's status, as the settings say at that time: a signed JSON post, and a command.
 * In order, with retries, in queues of their own: the jobs' queue never waits for a receiver.
 */
export function startWebhooks(core: Pick<Core, 'on' | 'router' | 'onBug'>, options: WebhookOptions): Webhooks {
  const { log, pausesMs = PAUSES_MS } = options;
  const closing = new AbortController();
  const { signal } = closing;

  const posts = boundedQueue<Message>(MOST_WAITING, deliver, (count) => log(`webhook: ${count} messages given up`));
  const hooks = boundedQueue<Message>(MOST_WAITING, hook, (count) => log(`hook: ${count} events given up`));
  const off = core.on('changed', (change) => {
    const message = messageOf(change);
    if (message === null) return;
    // Read with each message and not kept: the next one already goes where new settings say.
    void settingsOf(core).then((settings) => {
      if (settings?.webhookUrl != null) posts.add(message);
      if (settings?.hookCommand != null) hooks.add(message);
    }, core.onBug);
  });

  async function deliver(message: Message): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const settings = await settingsOf(core);
      if (settings?.webhookUrl == null) return;
      const { webhookUrl: url, webhookSecret: secret } = settings;
      const answer = await post(url, secret, message, signal);
      if (answer.result === 'delivered' || signal.aborted) return;
      const pause = pausesMs[attempt];
      if (answer.result === 'refused' || pause === undefined) {
        log(`webhook: event ${message.seq} was not taken by ${hostOf(url)}: ${answer.words}`);
        return;
      }
      await sleep(pause, null, { signal, ref: false }).catch(() => {});
    }
  }

  async function hook(message: Message): Promise<void> {
    const command = (await settingsOf(core))?.hookCommand;
    if (command == null) return;
    const problem = await runHook(command, message, signal);
    if (problem !== null && !signal.aborted) log(`hook: event ${message.seq}: ${problem}`);
  }

  return {
    close() {
      off();
      posts.stop();
      hooks.stop();
      closing.abort();
    },
  };
}

function messageOf(change: Change): Message | null {
  if (change.jobId === null || change.job === null || !STATUS_EVENTS.has(change.kind)) return null;
  // Written out now: the job goes on while the message waits.
  const { queue: _, kind, ...told } = changeOnTheWire(change) as Record<string, unknown> & { queue: unknown };
  return {
    seq: change.seq,
    kind: change.kind,
    jobId: String(change.jobId),
    status: change.job.status,
    body: JSON.stringify({ event: kind, ...told, status: change.job.status }),
  };
}

async function settingsOf(core: Pick<Core, 'router'>): Promise<Settings | null> {
  const context = { origin: 'core', signal: new AbortController().signal } as const;
  const answer = (await core.router('settings.get', {}, context)) as Envelope<Settings>;
  return answer.ok ? answer.data : null;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address';
}
