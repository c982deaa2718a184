import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';

const isLong = process.env['TRAINYARD_FUZZ'] === 'long';
/** A single input that takes so long, on the slowest machine, is a hang. */
const HANG_MS = 20_000;

/** How many inputs a target gets: `few` in `npm test`, `many` with `npm run fuzz -- --long`. */
export function inputs(few: number, many = 100_000): number {
  return isLong ? many : few;
}

/** Long enough for 100 000 inputs. */
export const FUZZ_TIMEOUT_MS = isLong ? 60 * 60_000 : 120_000;

/** Throws inputs at a target; `check` throws when one of them did harm. What it came to goes to the report of `npm run fuzz`. */
export async function fuzz<T>(
  target: string,
  count: number,
  arbitrary: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): Promise<void> {
  let done = 0;
  let slowest = 0;
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(arbitrary, async (input) => {
      const before = performance.now();
      await check(input);
      slowest = Math.max(slowest, performance.now() - before);
      done += 1;
    }),
    { numRuns: count },
  );
  tell(target, done, performance.now() - began, slowest);
  expect(slowest, `${target}: the slowest input`).toBeLessThan(HANG_MS);
}

/** Adds a line to the report. */
export function tell(target: string, count: number, tookMs: number, slowestMs: number): void {
  const report = process.env['TRAINYARD_FUZZ_REPORT'];
  if (report !== undefined) appendFileSync(report, `${JSON.stringify({ target, count, tookMs, slowestMs })}\n`);
}

/** Bytes with some of them changed, put in, taken out, or cut off: near enough to the real thing to get far. */
export function damaged(whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const edit = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), place, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('put' as const), place, bytes: fc.uint8Array({ maxLength: 12 }) }),
    fc.record({ kind: fc.constant('take' as const), place, count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('cut' as const), place }),
  );
  return fc.tuple(whole, fc.array(edit, { minLength: 1, maxLength: 6 })).map(([bytes, edits]) => {
    let changed = bytes;
    for (const each of edits) {
      const at = Math.floor(changed.length * each.place);
      switch (each.kind) {
        case 'flip':
          changed = Buffer.from(changed);
          if (changed.length > 0) changed[at] = (changed[at] ?? 0) ^ (1 << each.bit);
          break;
        case 'put':
          changed = Buffer.concat([changed.subarray(0, at), each.bytes, changed.subarray(at)]);
          break;
        case 'take':
          changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + each.count)]);
          break;
        case 'cut':
          changed = changed.subarray(0, at);
      }
    }
    return changed;
  });
}
