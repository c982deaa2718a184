import type { z } from 'zod';
import type { ApiError, Envelope } from '../../../shared/contract.ts';
import type { Origin } from '../../../shared/job.ts';
import type { Result } from '../../../shared/result.ts';
import type { OutputOf, ParsedOf, RouteTable } from '../../../shared/route.ts';
import { DatabaseProblem } from '../db/problem.ts';

/** Who asks, and until when the answer is wanted. */
export interface RequestContext {
  readonly origin: Origin;
  /** Aborted when the client is gone: whoever waits for it stops waiting. */
  readonly signal: AbortSignal;
}

/** A handler of every route of a table, and of nothing else: a missing or an additional one does not compile. */
export type HandlersOf<Table extends RouteTable> = {
  readonly [N in keyof Table]: (
    input: ParsedOf<Table, N>,
    context: RequestContext,
  ) => Result<OutputOf<Table, N>, ApiError> | Promise<Result<OutputOf<Table, N>, ApiError>>;
};

/** Answers a request by its route's name; never throws. */
export type Router = (route: string, input: unknown, context: RequestContext) => Promise<Envelope<unknown>>;

/** Looks up, parses, handles: the one gate that every transport goes through. `onBug` gets what nobody expected. */
export function createRouter<Table extends RouteTable>(
  routes: Table,
  handlers: HandlersOf<Table>,
  onBug: (error: unknown) => void,
): Router {
  return async (name, input, context) => {
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined)
      return { ok: false, error: { code: 'UNKNOWN_ROUTE', message: `There is no route ${quoted(name)}.` } };
    const parsed = route.input.safeParse(input);
    if (!parsed.success) return { ok: false, error: invalidInput(parsed.error) };
    try {
      // The table's type ties each name to its own input and output; TypeScript cannot follow that through a variable name.
      const handle = handlers[name] as (
        input: unknown,
        context: RequestContext,
      ) => Result<unknown, ApiError> | Promise<Result<unknown, ApiError>>;
      const result = await handle(parsed.data, context);
      return result.ok ? { ok: true, data: result.value } : { ok: false, error: result.error };
    } catch (error) {
      const problem = DatabaseProblem.of(error, null);
      if (problem !== null) return { ok: false, error: { code: 'DATABASE', message: problem.message } };
      onBug(error);
      return {
        ok: false,
        error: {
          code: 'INTERNAL',
          message: 'Something unexpected went wrong; the log of the app says more. Nothing was changed.',
        },
      };
    }
  };
}

/** The first thing that is wrong, with its field named. */
function invalidInput(error: z.ZodError): ApiError {
  const issue = error.issues[0];
  if (issue === undefined) return { code: 'INVALID_INPUT', message: 'The request could not be read.' };
  if (issue.code === 'unrecognized_keys') {
    const field = issue.keys[0] ?? '';
    return {
      code: 'INVALID_INPUT',
      field: fieldName([...issue.path, field]),
      message: `${fieldName([...issue.path, field])}: is not a field of this request`,
    };
  }
  const field = fieldName(issue.path);
  return field === ''
    ? { code: 'INVALID_INPUT', message: `The request must be an object with named fields: ${issue.message}` }
    : { code: 'INVALID_INPUT', field, message: `${field}: ${problemOf(issue)}` };
}

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : String(part).slice(0, 60)))
    .join('.')
    .replaceAll('.[', '[');
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}

/** What is wrong with a record's key stands one level deeper: zod's own words for it say nothing. */
function problemOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}
