import type {
  ApiError,
  Bridge,
  ErrorCode,
  EventName,
  Events,
  RouteInput,
  RouteName,
  RouteOutput,
} from '../shared/contract.ts';

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
  on<N extends EventName>(event: N, listener: (payload: Events[N]) => void): () => void;
}

/** Wraps the preload script's bridge. */
export function createApi(bridge: Bridge): Api {
  return {
    async request(route, input) {
      const envelope = await bridge.request(route, input).catch((cause: unknown) => {
        throw new CoreUnreachable('The queue service is not answering.', { cause });
      });
      if (!envelope.ok) throw new ApiFailure(envelope.error);
      return envelope.data;
    },
    on: (event, listener) => bridge.on(event, listener),
  };
}
