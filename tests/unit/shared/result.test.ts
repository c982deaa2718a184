import { expect, test } from 'vitest';
import { assertNever, ok, refused, required } from '../../../src/shared/result.ts';

test('a result is a value or a refusal, told apart by ok', () => {
  expect(ok(3)).toEqual({ ok: true, value: 3 });
  expect(refused({ code: 'x' })).toEqual({ ok: false, error: { code: 'x' } });
});

test('what was certain and is missing is a bug with its reason; 0, false and the empty text are there', () => {
  for (const value of [0, false, '']) expect(required(value, 'it is there')).toBe(value);
  for (const nothing of [null, undefined])
    expect(() => required(nothing, 'the row was written')).toThrow('missing: the row was written');
});

test('a member of a union that no switch knows throws with its value', () => {
  expect(() => assertNever({ kind: 'new' } as never, 'effect')).toThrow('unexpected effect: {"kind":"new"}');
});
