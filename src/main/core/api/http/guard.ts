import { createHash, timingSafeEqual } from 'node:crypto';

/** What the guard looks at. */
export interface GuardedRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

/** Why a request is turned away. */
export type GuardRefusal = { readonly status: 401 | 403; readonly message: string };

/**
 * Whether a request over loopback may go on: null, or the reason why not.
 * The Host list stops DNS rebinding (a page that resolves its own name to 127.0.0.1), the Origin rule stops every browser
 * page, and the token stops other users of the machine. Without a port it came through the Unix socket, which no browser
 * reaches and whose clients name any host. Pure, with a test per attack.
 */
export function guard(request: GuardedRequest, port: number | null, token: string): GuardRefusal | null {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (port !== null && (request.host === undefined || !hosts.includes(request.host.toLowerCase())))
    return { status: 403, message: 'This address is served to this machine only.' };
  if (request.origin !== undefined) return { status: 403, message: 'Requests from web pages are refused.' };
  const given = /^Bearer (.+)$/.exec(request.authorization ?? '')?.[1];
  if (given === undefined || !sameText(given, token))
    return { status: 401, message: 'The token is missing or wrong; it stands in api.json in the data folder.' };
  return null;
}

/** Compares in constant time; hashing first makes the lengths equal. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
