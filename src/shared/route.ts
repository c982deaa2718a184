import type { z } from 'zod';

/** One route: the shape of what it takes (parsed at the gate) and, as a type only, of what it answers. */
export interface Route<Input extends z.ZodType, Output> {
  readonly input: Input;
  /** Never set: carries the output type. */
  readonly output?: Output;
}

/** Declares a route that answers `Output`: `route<Output>()(input)`. */
export function route<Output>() {
  return <Input extends z.ZodType>(input: Input): Route<Input, Output> => ({ input });
}

/** A list of routes by name. */
export type RouteTable = Readonly<Record<string, Route<z.ZodType, unknown>>>;
/** What a client passes to a route of `Table`. */
export type InputOf<Table extends RouteTable, N extends keyof Table> = z.input<Table[N]['input']>;
/** What a handler receives, parsed. */
export type ParsedOf<Table extends RouteTable, N extends keyof Table> = z.output<Table[N]['input']>;
/** What a route of `Table` answers. */
export type OutputOf<Table extends RouteTable, N extends keyof Table> =
  Table[N] extends Route<z.ZodType, infer Output> ? Output : never;
