/** What a check found: all is well, something to know, or something that must be put right. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'note' | 'wrong';
  /** What was found and what it means, one or two sentences. */
  readonly meaning: string;
  /** What to do, or null when nothing needs to be done. */
  readonly advice: string | null;
}

/** All is well. */
export function ok(name: string, meaning: string): Finding {
  return { name, level: 'ok', meaning, advice: null };
}

/** Worth knowing; everything works. */
export function note(name: string, meaning: string, advice: string | null = null): Finding {
  return { name, level: 'note', meaning, advice };
}

/** Must be put right. */
export function wrong(name: string, meaning: string, advice: string): Finding {
  return { name, level: 'wrong', meaning, advice };
}
