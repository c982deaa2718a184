/** The outcome of something that may be refused: the value, or a typed error. Bugs are thrown, refusals are returned. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** A success carrying `value`. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A refusal carrying `error`. */
export function refused<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Fails to compile when a union gains a member that a `switch` forgot; throws if one arrives at run time all the same. */
export function assertNever(value: never, what: string): never {
  throw new Error(`unexpected ${what}: ${JSON.stringify(value)}`);
}

/** The value, or a thrown bug report naming why it was certain to be there. */
export function required<T>(value: T | null | undefined, rationale: string): T {
  if (value === null || value === undefined) throw new Error(`missing: ${rationale}`);
  return value;
}
