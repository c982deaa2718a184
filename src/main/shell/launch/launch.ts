/** What a start of the app asks for, by the words behind the program. */
export type Launch =
  /** Only the window; `hidden` starts in the tray. */
  | { readonly kind: 'open'; readonly hidden: boolean }
  /** A `trainyard://` link; null when it is none of ours. */
  | { readonly kind: 'link'; readonly text: string; readonly jobId: number | null }
  /** `submit …` as in a terminal: the words behind `submit`. */
  | { readonly kind: 'submit'; readonly words: readonly string[] };

/** The words that are the app's own: those behind the app's folder where a runtime is told which app to run. */
export function ownWords(argv: readonly string[], isToldWhichApp: boolean): readonly string[] {
  const behindProgram = argv.slice(1);
  if (!isToldWhichApp) return behindProgram;
  const folder = behindProgram.findIndex((word) => !word.startsWith('-'));
  return folder < 0 ? [] : behindProgram.slice(folder + 1);
}

/** What the words ask for. Those that begin with a dash before the first other one are the runtime's, save `--hidden`. */
export function launchOf(words: readonly string[]): Launch {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const first = words[at];
  if (first?.toLowerCase().startsWith('trainyard:') === true)
    return { kind: 'link', text: first, jobId: jobOfLink(first) };
  if (first === 'submit') return { kind: 'submit', words: words.slice(at + 1) };
  const switches = at < 0 ? words : words.slice(0, at);
  return { kind: 'open', hidden: switches.includes('--hidden') };
}

/** The job that a link names. Anything that is not exactly `trainyard://job/<number>` names none: links come from anywhere. */
export function jobOfLink(text: string): number | null {
  const found = /^trainyard:\/\/job\/([1-9]\d{0,11})\/?$/.exec(text);
  return found === null ? null : Number(found[1]);
}
