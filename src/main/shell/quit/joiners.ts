/** The order in which the app ends: first what people see, then the doors others come through, the core last. */
export const QUIT_STAGES = ['window', 'doors', 'core'] as const;
export type QuitStage = (typeof QUIT_STAGES)[number];

/** Something that has to end before the process does. */
export interface Joiner {
  readonly name: string;
  readonly stage: QuitStage;
  /** After so long it is not waited for any more, milliseconds. */
  readonly deadlineMs: number;
  readonly join: () => Promise<void> | void;
}

/** How the end of one joiner came. */
export type JoinResult = 'done' | 'failed' | 'late';

/** The joiners of each stage, in the order of the stages; within one, those added last come first. */
export function inOrder(joiners: readonly Joiner[]): readonly (readonly Joiner[])[] {
  return QUIT_STAGES.map((stage) => joiners.filter((joiner) => joiner.stage === stage).reverse()).filter(
    (group) => group.length > 0,
  );
}

/** The longest that all of them together can take, milliseconds: those of one stage end side by side. */
export function longestMs(joiners: readonly Joiner[]): number {
  return inOrder(joiners).reduce((sum, group) => sum + Math.max(...group.map(({ deadlineMs }) => deadlineMs)), 0);
}

/** Ends everything, stage by stage. Never rejects, and takes no longer than {@link longestMs}; `onProblem` gets what failed or was late. */
export async function joinAll(
  joiners: readonly Joiner[],
  onProblem: (name: string, result: JoinResult, error: unknown) => void,
): Promise<void> {
  for (const group of inOrder(joiners)) {
    await Promise.all(
      group.map(async (joiner) => {
        const { result, error } = await joined(joiner);
        if (result !== 'done') onProblem(joiner.name, result, error);
      }),
    );
  }
}

async function joined({
  join,
  deadlineMs,
}: Joiner): Promise<{ readonly result: JoinResult; readonly error?: unknown }> {
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise<'late'>((resolve) => {
      limit = setTimeout(() => resolve('late'), deadlineMs);
    });
    const done = (async () => {
      await join();
      return 'done' as const;
    })();
    return { result: await Promise.race([done, late]) };
  } catch (error) {
    return { result: 'failed', error };
  } finally {
    clearTimeout(limit);
  }
}
