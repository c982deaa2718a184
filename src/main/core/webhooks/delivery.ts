import { createHmac } from 'node:crypto';

/** How long a receiver may take for one post. */
const POST_LIMIT_MS = 10_000;

/** One message to the outside: a change of a job's status. */
export interface Message {
  /** Number of the event; the receiver tells a repeated delivery by it. */
  readonly seq: number;
  readonly kind: string;
  readonly jobId: string;
  readonly status: string;
  /** JSON, exactly as it goes out and is signed. */
  readonly body: string;
}

/** How one attempt went; the words never hold the address's path, which may be a secret. */
export type Attempt =
  | { readonly result: 'delivered' }
  | { readonly result: 'again' | 'refused'; readonly words: string };

/** The value of `X-Trainyard-Signature`: HMAC-SHA256 of the body's bytes. */
export function signatureOf(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Posts a message once. Never throws. */
export async function post(
  url: string,
  secret: string | null,
  message: Message,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: message.body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'trainyard',
        'x-trainyard-event': message.kind,
        'x-trainyard-delivery': String(message.seq),
        ...(secret === null ? {} : { 'x-trainyard-signature': signatureOf(secret, message.body) }),
      },
      // The signature is for this receiver: another one that it names must not get it.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(POST_LIMIT_MS)]),
    });
    await response.body?.cancel();
    if (response.ok) return { result: 'delivered' };
    const { status } = response;
    const again = status >= 500 || status === 408 || status === 429;
    return { result: again ? 'again' : 'refused', words: `the receiver answered ${status}` };
  } catch (error) {
    return { result: 'again', words: reasonOf(error) };
  }
}

/** The system's code alone: messages may repeat the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name;
}
