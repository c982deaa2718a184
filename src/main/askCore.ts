import type { Envelope, RouteInput, RouteName, RouteOutput } from '../shared/contract.ts';
import type { Origin } from '../shared/job.ts';
import type { Core } from './core/createCore.ts';

/** Asks the core; a refusal is thrown. */
export type Ask = <N extends RouteName>(route: N, input: RouteInput<N>) => Promise<RouteOutput<N>>;

/** Asks the core in the name of one face of the app. */
export function askCore(core: Pick<Core, 'router'>, origin: Origin): Ask {
  return async <N extends RouteName>(route: N, input: RouteInput<N>): Promise<RouteOutput<N>> => {
    const context = { origin, signal: new AbortController().signal };
    const answer = (await core.router(route, input, context)) as Envelope<RouteOutput<N>>;
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.data;
  };
}
