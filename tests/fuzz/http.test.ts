import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCamel, renamed } from '../../src/main/core/api/http/names.ts';
import { ROUTES } from '../../src/shared/contract.ts';
import { FUZZ_TIMEOUT_MS, inputs, tell } from './fuzz.ts';
import { Door } from '../integration/http/door.ts';

/** What the fuzzer reads of the OpenAPI document. */
interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: { readonly properties: object } } };
  };
}
interface Thrown {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** How many requests are thrown at each route, of which there are more than 20. */
const RUNS = Math.ceil(inputs(60 * 20) / 20);

const junkText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '1e3',
    '1.5',
    '0x1',
    '01x',
    'NaN',
    'null',
    'true',
    '..',
    '../../etc/passwd',
    '9'.repeat(400),
  ),
  fc.constantFrom('９', '1 ', '+7', "1' OR '1'='1", '1;DROP TABLE jobs', '<script>', '\u202e1', 'a'.repeat(3_000)),
  fc.bigInt({ min: 10n ** 6n, max: 10n ** 30n }).map(String),
);
/** Percent signs as they come: well-formed, cut off, and of bytes that are no UTF-8. */
const encodedJunk = fc.oneof(
  junkText.map((text) => encodeURIComponent(Buffer.from(text).toString())),
  fc.constantFrom('%', '%f', '%ff', '%00', '%c3%28', '%ed%a0%80', '%2e%2e%2f', '%25', 'a%0d%0ab', '%u0031', '1%00'),
);
const junkValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  junkText,
  fc.constantFrom(1e308, -0, 2 ** 53, -1, [], {}, [[]], [null], { __proto__: null, a: 1 }, 'x'.repeat(200_000)),
);
const junkBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    Buffer.from('{'),
    Buffer.from('[]'),
    Buffer.from('"text"'),
    Buffer.from('{"command":["true"],"cwd":"/"}', 'utf16le'),
    Buffer.from([0xef, 0xbb, 0xbf, 0x7b]),
    Buffer.from(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
    Buffer.from('{"__proto__":{"command":["true"]},"constructor":{"prototype":{}}}'),
    Buffer.from('{"command":["\\ud800"],"cwd":"/no/such"}'),
    Buffer.alloc(4 * 1024 * 1024 + 1, 0x20),
  ),
);
const junkHeaders = fc.oneof(
  fc.constant({}),
  fc.constantFrom(
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-encoding': 'gzip' },
    { 'last-event-id': '-1' },
    { accept: 'image/png', 'accept-language': '*' },
    { 'x-http-method-override': 'DELETE' },
  ),
);

/** A request to one route that nothing good can come of: unknown job, unknown mode, or a body that the contract refuses. */
function thrown(method: string, path: string, operation: Operation): fc.Arbitrary<Thrown> {
  const queries = operation.parameters.filter((parameter) => parameter.in === 'query');
  const query = fc
    .record(Object.fromEntries(queries.map(({ name }) => [name, encodedJunk])), { requiredKeys: [] })
    .map((values) => new Map(Object.entries(values)));
  const place = fc.array(
    encodedJunk.filter((text) => text !== '' && !/^(1|run|drain|pause)$/.test(text)),
    {
      minLength: 2,
      maxLength: 2,
    },
  );
  const properties = Object.keys(operation.requestBody?.content['application/json'].schema.properties ?? {});
  const fields = fc.record(Object.fromEntries(properties.map((name) => [name, junkValue])), { requiredKeys: [] });
  const body = operation.requestBody === undefined ? fc.option(junkBytes) : fc.oneof(junkBytes, fields.map(bytesOf));
  return fc
    .record({ query, place, headers: junkHeaders, body })
    .map((parts) => {
      let filled = 0;
      const target = path.replaceAll(/\{\w+\}/g, () => parts.place[filled++] ?? '0');
      const asked = [...parts.query].map(([name, value]) => `${name}=${value}`).join('&');
      return {
        method,
        path: asked === '' ? target : `${target}?${asked}`,
        headers: parts.headers,
        body: method === 'GET' ? null : parts.body,
      };
    })
    .filter(({ body: bytes }) => operation.requestBody === undefined || !isGood(path, bytes));
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Whether the contract would take the body, by its own schema. */
function isGood(path: string, bytes: Buffer | null): boolean {
  const route = path.endsWith('/jobs') ? 'jobs.submit' : path.endsWith('/cancel') ? 'jobs.cancelMany' : null;
  if (route === null || bytes === null) return false;
  try {
    return ROUTES[route].input.safeParse(renamed(JSON.parse(bytes.toString()), toCamel)).success;
  } catch {
    return false;
  }
}

test(
  'whatever is thrown at a route, it answers below 500 and no row changes',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    await using door = await Door.open();
    await door.call('POST', '/api/training/queue/pause');
    await door.call('POST', '/api/training/jobs', { command: ['true'], cwd: door.yard.home });
    const facts = async (): Promise<string> =>
      JSON.stringify([
        await door.call('GET', '/api/training/jobs'),
        await door.call('GET', '/api/training/queue'),
        door.yard.changes.length,
      ]);
    const before = await facts();
    const document = (await door.call('GET', '/openapi.json')).body['paths'] as Record<
      string,
      Record<string, Operation>
    >;
    // Sockets are used again: a request that leaves one broken would show at the next.
    using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 4 }), {
      [Symbol.dispose](this: Agent) {
        this.destroy();
      },
    });
    const send = ({ method, path, headers, body }: Thrown): Promise<number> =>
      new Promise((resolve, reject) => {
        const sent = request(
          {
            host: '127.0.0.1',
            port: door.server.port,
            agent,
            method,
            path,
            headers: { ...headers, authorization: `Bearer ${door.discovery.token}` },
          },
          (response) => {
            resolve(response.statusCode ?? 0);
            // Events have no end.
            if (path.includes('/events')) sent.destroy();
            else response.resume();
          },
        );
        // A body that is too large is refused before all of it is sent.
        sent.on('error', (error) => (body !== null && body.length > 1_000_000 ? resolve(413) : reject(error)));
        sent.end(body ?? undefined);
      });

    let count = 0;
    let slowest = 0;
    const began = performance.now();
    for (const [path, methods] of Object.entries(document))
      for (const [method, operation] of Object.entries(methods))
        await fc.assert(
          fc.asyncProperty(thrown(method.toUpperCase(), path, operation), async (attempt) => {
            const sentAt = performance.now();
            const status = await send(attempt);
            slowest = Math.max(slowest, performance.now() - sentAt);
            count += 1;
            expect(status, `${attempt.method} ${attempt.path}`).toBeGreaterThanOrEqual(200);
            expect(status, `${attempt.method} ${attempt.path} ${String(attempt.body?.subarray(0, 200))}`).toBeLessThan(
              500,
            );
            if (attempt.method === 'POST') expect(status, `POST ${attempt.path}`).toBeGreaterThanOrEqual(400);
          }),
          { numRuns: RUNS },
        );
    tell('HTTP: requests to every route', count, performance.now() - began, slowest);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      for (const path of Object.keys(document))
        expect(await send({ method, path, headers: {}, body: null }), `${method} ${path}`).toBe(404);
    expect(await facts()).toBe(before);
  },
);
