import type {
  ApiError,
  Bridge,
  Envelope,
  ErrorCode,
  EventName,
  Events,
  RouteInput,
  RouteName,
  RouteOutput,
} from '../shared/contract.ts';
import type { ShellEventName, ShellEvents, ShellInput, ShellOutput, ShellRouteName } from '../shared/shellContract.ts';

declare global {
  interface Window {
    readonly trainyard: Bridge;
  }
}

/** A refusal of the core: its message is one sentence for people, its field says where it belongs. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: ErrorCode;
  readonly field: string | null;

  constructor(error: ApiError) {
    super(error.message);
    this.code = error.code;
    this.field = error.field ?? null;
  }
}

/** The core did not answer at all. Runs go on without it. */
export class CoreUnreachable extends Error {
  override readonly name = 'CoreUnreachable';
}

/** The bridge as the window uses it: answers are values, refusals are thrown as {@link ApiFailure}. */
export interface Api {
  request<N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>>;
  request<N extends ShellRouteName>(route: N, input: ShellInput<N>): Promise<ShellOutput<N>>;
  on<N extends EventName>(event: N, listener: (payload: Events[N]) => void): () => void;
  on<N extends ShellEventName>(event: N, listener: (payload: ShellEvents[N]) => void): () => void;
  /** The path of a file that was dropped on the window; the empty text for one that is not on a disk. */
  pathOf(file: File): string;
}

/** Wraps the preload script's bridge. */
export function createApi(bridge: Bridge): Api {
  // TypeScript cannot follow two families of routes through one implementation: the interface above holds what it promises.
  const ask = bridge.request as (route: string, input: unknown) => Promise<Envelope<never>>;
  return {
    async request(route: string, input: unknown) {
      const envelope = await ask(route, input).catch((cause: unknown) => {
        throw new CoreUnreachable('The queue service is not answering.', { cause });
      });
      if (!envelope.ok) throw new ApiFailure(envelope.error);
      return envelope.data;
    },
    on: bridge.on,
    pathOf: (file) => bridge.pathOf(file),
  };
}
