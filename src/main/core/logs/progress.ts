import type { Progress } from '../../../shared/job.ts';

/** Patterns of “position of total”, most telling first; each names what it counts. */
const POSITIONS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'step', pattern: /\b(?:step|iter|iteration|global_step|batch)[\s:=]+\[?(\d+)\s*(?:\/|of)\s*(\d+)/i },
  { what: 'epoch', pattern: /\bepoch[\s:=]+\[?(\d+)\s*(?:\/|of)\s*(\d+)/i },
  // tqdm: ` 62%|██████    | 620/1000 [00:10<00:06, 60.01it/s]`
  { what: 'step', pattern: /\|\s*(\d+)\/(\d+)\s*\[/ },
];

const LOSS = /(?:^|[\s,{|'"])(?:train_?|training_?)?loss['"]?\s*[:= ]\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i;
/** tqdm's own estimate: `[elapsed<left, rate]`. */
const TQDM_LEFT = /\[[\d:]+<(?:(\d+):)?(\d{1,2}):(\d{2})/;
// oxlint-disable-next-line no-control-regex -- terminal colour codes start with the control character ESC
const ANSI = /\u001B\[[0-9;?]*[ -/]*[@-~]/g;

/**
 * How far a run has come, from the end of its log; null when no line says so.
 * The last line that names a position wins, and the last loss. `elapsedMs` gives the time left where the log names none.
 */
export function progressOf(tail: string, elapsedMs: number | null): Progress | null {
  const lines = tail.replaceAll(ANSI, '').split(/[\r\n]+/);
  let position: { readonly what: string; readonly at: number; readonly of: number; readonly line: string } | null =
    null;
  let loss: number | null = null;
  for (let i = lines.length - 1; i >= 0 && (position === null || loss === null); i -= 1) {
    const line = lines[i] ?? '';
    position ??= positionIn(line);
    const found: string | undefined = loss === null ? LOSS.exec(line)?.[1] : undefined;
    if (found !== undefined && Number.isFinite(Number(found))) loss = Number(found);
  }
  if (position === null && loss === null) return null;
  const fraction = position === null ? null : Math.min(1, position.at / position.of);
  return {
    fraction,
    position: position === null ? null : `${position.what} ${grouped(position.at)} of ${grouped(position.of)}`,
    loss,
    secondsLeft:
      position === null
        ? null
        : ((position.what === 'epoch' ? null : tqdmLeft(position.line)) ?? estimate(fraction, elapsedMs)),
  };
}

function positionIn(
  line: string,
): { readonly what: string; readonly at: number; readonly of: number; readonly line: string } | null {
  for (const { what, pattern } of POSITIONS) {
    const found = pattern.exec(line);
    const at = Number(found?.[1]);
    const of = Number(found?.[2]);
    if (found !== null && of > 0 && at <= of) return { what, at, of, line };
  }
  return null;
}

function tqdmLeft(line: string): number | null {
  const found = TQDM_LEFT.exec(line);
  return found === null ? null : Number(found[1] ?? 0) * 3_600 + Number(found[2]) * 60 + Number(found[3]);
}

/** Supposes that the rest goes as fast as what is done; silent for the first hundredth, where that is only noise. */
function estimate(fraction: number | null, elapsedMs: number | null): number | null {
  if (fraction === null || elapsedMs === null || fraction < 0.01) return null;
  return Math.round((elapsedMs / 1_000) * (1 / fraction - 1));
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
