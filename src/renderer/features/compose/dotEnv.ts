/** One variable of an environment. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

/**
 * Reads the text of a `.env` file: `NAME=value`, with or without `export` and quotes, `#` comments. Values in double quotes
 * may use \n and \". Lines that are none of these are left out; of two values of a name the last one counts.
 */
export function parseDotEnv(text: string): readonly Variable[] {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, name = '', rest = ''] = match;
    values.set(name, readValue(rest.trim()));
  }
  return [...values].map(([name, value]) => ({ name, value }));
}

function readValue(text: string): string {
  const single = /^'([^']*)'/.exec(text);
  if (single !== null) return single[1] ?? '';
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  if (double !== null)
    return (double[1] ?? '').replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  return text.replace(/(?:^|\s+)#.*$/, '');
}
