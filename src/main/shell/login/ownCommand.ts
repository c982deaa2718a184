/** How this very app was started. */
export interface OwnFacts {
  readonly program: string;
  /** Behind the program. */
  readonly words: readonly string[];
  /** The clone; null for a package, which is a program of its own. */
  readonly root: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Variables without which the same app would not start, or would start on other data. */
const KEPT = ['TRAINYARD_HOME', 'TRAINYARD_SQLITE_BINDING', 'XDG_DATA_HOME'] as const;

/** The command that starts this app again, in the tray. An AppImage is started by its file, which outlives the folder it runs from. */
export function ownCommand({ program, words, root, env }: OwnFacts): readonly string[] {
  const kept = KEPT.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []));
  const before = kept.length === 0 ? [] : ['env', ...kept];
  if (root === null) return [...before, env['APPIMAGE'] || program, '--hidden'];
  return [...before, program, ...keptSwitches(words), root, '--hidden'];
}

/** The runtime's switches that every start of this app needs. As root Electron needs one; the others belong to that one start. */
export function keptSwitches(words: readonly string[]): readonly string[] {
  return words.filter((word) => word === '--no-sandbox');
}
