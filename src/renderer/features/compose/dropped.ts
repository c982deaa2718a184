import type { ScriptView } from '../../../shared/contract.ts';
import type { ComposeStart } from '../../state/windowState.ts';

/**
 * What New run opens with when these were dropped, or why it does not: the one script with every other file as its argument,
 * or the one folder as the folder to run in. `paths` are theirs, in the same order.
 */
export function startFrom(scripts: readonly ScriptView[], paths: readonly string[]): ComposeStart | string {
  const programs = scripts.filter(({ kind }) => kind === 'script');
  const [program, second] = programs;
  const [only] = scripts;
  if (second !== undefined)
    return `${programs.length} scripts were dropped. Drop one at a time: the other files become its arguments.`;
  if (program !== undefined) {
    const others = paths.filter((_, place) => scripts[place] !== program);
    return filled([...program.command, ...others.map((path) => shortened(path, program.cwd))], program.cwd);
  }
  if (only === undefined) return 'What was dropped is no file on a disk.';
  if (scripts.length === 1 && only.kind === 'folder') return filled([], only.cwd);
  return only.about ?? 'Nothing that was dropped can be run: drop one script, and what it needs with it.';
}

function filled(command: readonly string[], cwd: string): ComposeStart {
  return { submission: { command: [...command], cwd }, hiddenEnv: [] };
}

/** A path as it is typed in `folder`. */
function shortened(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
