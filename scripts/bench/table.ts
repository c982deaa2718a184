import type { Figure } from './measure.ts';
import { holds } from './measure.ts';
import { rounded } from './statistics.ts';

/** What came of one measure. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly seconds: number;
  /** What kept it from being taken; null when it was. */
  readonly error: string | null;
}

/** The table as Markdown: one line a figure. */
export function tableOf(rows: readonly Row[]): string {
  const lines = ['| measure | measured | must reach | | beside it, in the same run |', '|---|---:|---:|---|---|'];
  for (const row of rows) {
    if (row.error !== null) lines.push(line([row.title, 'not taken', '', '✗', row.error]));
    for (const figure of row.figures) {
      const { what, value, unit, bound, beside, note } = figure;
      lines.push(
        line([
          what,
          value === null ? 'not taken' : valueWords(value, unit),
          bound === null ? '' : `${bound.is === 'at most' ? '≤' : '≥'} ${valueWords(bound.value, unit)}`,
          verdict(figure),
          [beside, note].filter((text) => text !== undefined && text !== '').join('. '),
        ]),
      );
    }
  }
  return lines.join('\n');
}

/** Figures that are not what they must be, one line each; what could not be taken is among them. */
export function missed(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ name, error, figures }) => [
    ...(error === null ? [] : [`${name}: ${error}`]),
    ...figures
      .filter((figure) => holds(figure) === false)
      .map(({ what, value, unit }) => `${name}: ${what}: ${value === null ? 'not taken' : valueWords(value, unit)}`),
  ]);
}

function verdict(figure: Figure): string {
  const held = holds(figure);
  return held === null ? '' : held ? '✓' : '✗';
}

function valueWords(value: number, unit: Figure['unit']): string {
  if (unit === 'x') return `${rounded(value)} ×`;
  return `${rounded(value).toLocaleString('en', { maximumFractionDigits: 6, useGrouping: value >= 10_000 })} ${unit}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`;
}
