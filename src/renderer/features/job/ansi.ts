/** The colours of the log tokens (--a-…). */
export type AnsiColour = 'grey' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

/** How characters are drawn. Styles are shared: equal ones are the same object. */
export interface Style {
  readonly colour: AnsiColour | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
  readonly isUnderlined: boolean;
}

/** No style at all. */
export const PLAIN: Style = { colour: null, isBold: false, isDim: false, isItalic: false, isUnderlined: false };

const BASIC: readonly (AnsiColour | null)[] = [null, 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', null];
const shared = new Map<string, Style>([[keyOf(PLAIN), PLAIN]]);

/**
 * The style after a "select graphic rendition" sequence with these parameters (ECMA-48 8.3.117). Backgrounds are left out:
 * the log keeps its own, on which every colour can be read; so the 256 and 16 million colours become the nearest of seven.
 */
export function applySgr(style: Style, parameters: string): Style {
  const codes = (parameters === '' ? '0' : parameters).split(/[;:]/).map((code) => Number.parseInt(code, 10) || 0);
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const isIndexed = codes[at + 1] === 5;
      const colour = isIndexed
        ? indexedColour(codes[at + 2] ?? 0)
        : rgbColour(codes[at + 2] ?? 0, codes[at + 3] ?? 0, codes[at + 4] ?? 0);
      if (code === 38) next = { ...next, colour };
      at += isIndexed ? 2 : 4;
    } else next = withCode(next, code);
  }
  return share(next);
}

function withCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 3) return { ...style, isItalic: true };
  if (code === 4) return { ...style, isUnderlined: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 23) return { ...style, isItalic: false };
  if (code === 24) return { ...style, isUnderlined: false };
  if (code >= 30 && code <= 37) return { ...style, colour: BASIC[code - 30] ?? null };
  if (code === 39) return { ...style, colour: null };
  if (code === 90) return { ...style, colour: 'grey' };
  if (code >= 91 && code <= 97) return { ...style, colour: BASIC[code - 90] ?? null };
  return style;
}

function indexedColour(index: number): AnsiColour | null {
  if (index < 8) return BASIC[index] ?? null;
  if (index === 8) return 'grey';
  if (index < 16) return BASIC[index - 8] ?? null;
  if (index >= 232) return index < 250 ? 'grey' : null;
  const cube = index - 16;
  return rgbColour(cubeLevel(Math.floor(cube / 36)), cubeLevel(Math.floor(cube / 6) % 6), cubeLevel(cube % 6));
}

/** The levels of xterm's colour cube. */
function cubeLevel(step: number): number {
  return step === 0 ? 0 : 55 + step * 40;
}

function rgbColour(red: number, green: number, blue: number): AnsiColour | null {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (high - low < 40) return high > 200 || high < 40 ? null : 'grey';
  const half = (high + low) / 2;
  const key = `${red > half ? 'r' : ''}${green > half ? 'g' : ''}${blue > half ? 'b' : ''}`;
  const colours: Readonly<Record<string, AnsiColour>> = {
    r: 'red',
    g: 'green',
    b: 'blue',
    rg: 'yellow',
    rb: 'magenta',
    gb: 'cyan',
  };
  return colours[key] ?? null;
}

function share(style: Style): Style {
  const key = keyOf(style);
  const known = shared.get(key);
  if (known !== undefined) return known;
  shared.set(key, style);
  return style;
}

function keyOf({ colour, isBold, isDim, isItalic, isUnderlined }: Style): string {
  return `${colour ?? ''} ${Number(isBold)}${Number(isDim)}${Number(isItalic)}${Number(isUnderlined)}`;
}

// oxlint-disable-next-line no-control-regex -- terminal colour codes start with the control character ESC
const CODES = /\u001B\[[0-9;?]*[ -/]*[@-~]/g;

/** The text without the codes that colour it or move the cursor. */
export function withoutCodes(text: string): string {
  return text.replace(CODES, '');
}
