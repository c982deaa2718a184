/** A text as one word of a POSIX shell, whatever is in it. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line for a POSIX shell that reads nothing from the shell's own input. */
export function commandLine(words: readonly string[]): string {
  return `${words.map(quoted).join(' ')} </dev/null`;
}
