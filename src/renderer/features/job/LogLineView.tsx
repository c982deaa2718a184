import { memo } from 'react';
import type { Style } from './ansi.ts';
import { PLAIN } from './ansi.ts';
import { piecesOf } from './logSearch.ts';
import type { LogLine } from './terminal.ts';
import styles from './LogPane.module.css';

interface LogLineViewProps {
  readonly line: LogLine;
  readonly query: string;
  /** Column of the current hit, when it is in this line. */
  readonly current: number | null;
}

/** One line of a log in its colours, with search hits marked. */
export const LogLineView = memo(function LogLineView({ line, query, current }: LogLineViewProps) {
  if (line === '') return ' ';
  if (typeof line === 'string' && query === '') return line;
  return piecesOf(line, query, current).map((piece, index) => {
    const look = lookOf(piece.style);
    if (piece.mark !== 'none') {
      return (
        <mark key={index} className={`${look} ${piece.mark === 'current' ? styles.current : ''}`}>
          {piece.text}
        </mark>
      );
    }
    return look === '' ? (
      piece.text
    ) : (
      <span key={index} className={look}>
        {piece.text}
      </span>
    );
  });
});

function lookOf(style: Style): string {
  if (style === PLAIN) return '';
  const { colour, isBold, isDim, isItalic, isUnderlined } = style;
  return [
    colour === null ? '' : styles[colour],
    isBold ? styles.bold : '',
    isDim && colour === null ? styles.dim : '',
    isItalic ? styles.italic : '',
    isUnderlined ? styles.underlined : '',
  ]
    .filter(Boolean)
    .join(' ');
}
