import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ERROR_CODES, ROUTES } from '../../src/shared/contract.ts';
import { TestYard } from '../helpers/core.ts';
import { fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

/** Names that the routes' inputs know, so that some of what is thrown gets past the first look. */
const NAMES = (
  'jobId jobs force status search limit cursor offset held priority to command cwd env name gpus after ' +
  'graceSeconds seq pid start cpuSlots deniedGpus __proto__ constructor'
).split(' ');

/** What a window's structured clone can carry: more than JSON has. */
const anything = fc.oneof(
  { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), value(), { maxKeys: 5 }) },
  { weight: 1, arbitrary: value() },
);

function value(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom(
      0,
      1,
      2,
      -1,
      1.5,
      2 ** 53,
      Number.NaN,
      Infinity,
      -0,
      '',
      '1',
      'all',
      'queued',
      'first',
      null,
      undefined,
      true,
      false,
    ),
    fc.constantFrom(['true'], ['/no/such'], '/', [], {}, [1], [1, 2, 3], { before: 1 }, { A: 'b' }, ['completed']),
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      maxDepth: 3,
    }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constant(cyclic()),
  );
}

function cyclic(): object {
  const self: Record<string, unknown> = { command: ['true'] };
  self['env'] = self;
  return self;
}

test('whatever a window asks, the router answers with an envelope and meets no bug', async () => {
  await using yard = new TestYard();
  await yard.get('queue.setMode', { mode: 'pause' });
  const route = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(ROUTES)) },
    { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'jobs', 'jobs.get.x')) },
  );
  const codes = new Map<string, number>();
  await fuzz('IPC router', inputs(2_000), fc.record({ route, input: anything }), async ({ route: name, input }) => {
    if (name === 'queue.setMode') return;
    const aborted = new AbortController();
    // Whoever waits for a job or a log does not wait: the window is gone.
    aborted.abort();
    const answer = await yard.core.router(name, input, { origin: 'window', signal: aborted.signal });
    const code = answer.ok ? 'ok' : answer.error.code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (answer.ok) return;
    expect(Object.keys(ERROR_CODES)).toContain(answer.error.code);
    expect(answer.error.code, `${name}: ${answer.error.message}`).not.toBe('INTERNAL');
    expect(answer.error.message.length).toBeGreaterThan(0);
    expect(answer.error.message.length).toBeLessThan(2_000);
  });
  // It has got past the gate as well, or this would show nothing.
  expect(codes.get('ok')).toBeGreaterThan(0);
  expect(codes.get('INVALID_INPUT')).toBeGreaterThan(0);
});
