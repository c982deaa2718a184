import type { OwnFacts } from '../login/ownCommand.ts';
import { keptSwitches } from '../login/ownCommand.ts';

/** The program and its words that start this very app with other words of its own; the environment is inherited. */
export function againCommand(
  { program, words, root, env }: OwnFacts,
  start: readonly string[],
): { readonly execPath: string; readonly args: string[] } {
  if (root === null) return { execPath: env['APPIMAGE'] || program, args: [...start] };
  return { execPath: program, args: [...keptSwitches(words), root, ...start] };
}
