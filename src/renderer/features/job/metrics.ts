import { withoutCodes } from './ansi.ts';

/** What one line of a log tells: where the run is, and numbers by name. */
export interface LineMetrics {
  readonly step: number | null;
  /** Of how many steps, where the line says so. */
  readonly totalSteps: number | null;
  readonly epoch: number | null;
  readonly values: ReadonlyMap<string, number>;
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?|nan`;
const END = String.raw`(?![\w.]*\w)`;
/** `loss=0.42`, also behind a tqdm bar. */
const ASSIGNED = new RegExp(String.raw`([A-Za-z][\w./-]*)\s?=\s?(${NUMBER})${END}`, 'gi');
/** `'loss': 0.42` of a Python dict, as the Hugging Face Trainer prints; newer versions put the numbers into quotes. */
const QUOTED = new RegExp(String.raw`['"]([\w./ -]+)['"]\s*:\s*['"]?(${NUMBER})['"]?(?=\s*[,}])`, 'gi');
/** `loss 0.42` and `loss: 0.42`: only for names that are known to be metrics. */
const SPOKEN = new RegExp(String.raw`([A-Za-z][\w./-]*)\s*[: ]\s*(${NUMBER})${END}`, 'gi');
const STEP = /\b(?:global[_ ]step|step|iter(?:ation)?|batch)s?\s*[:= ]\s*\[?\s*(\d+)(?:\s*(?:\/|of)\s*(\d+))?/i;
const EPOCH = /\bepoch\s*[:= ]\s*\[?\s*(\d+(?:\.\d+)?)/i;
/** ` 62%|██████    | 620/1000 [00:10<00:06` */
const TQDM = /\|\s*(\d+)\/(\d+)\s*\[/;
const STEP_NAMES = new Set(['step', 'steps', 'global_step', 'iter', 'iteration', 'it', 'batch', 'train_steps']);

const KNOWN_METRIC =
  /loss|acc|^lr$|learning_rate|grad|norm|ppl|perplexity|f1|auc|bleu|rouge|reward|^mse$|^mae$|rmse|^err|error|iou|dice|^m?ap$|precision|recall|score|tok|throughput|mfu|swag|entropy|^kl/i;
/** Numbers that say when or how much, not how well. */
const NO_METRIC =
  /time|elapsed|^eta|second|runtime|per_|epoch|^total|rank|seed|^pid$|port|num_|count|worker|device|version|date|size|^it$|samples$/i;

/** A longer line is no line of metrics. */
const LINE_MAX = 4_096;

/** Reads one line: key=value, `loss 0.42`, JSON, tqdm, dicts of the Hugging Face Trainer. Null where it tells no number. */
export function metricsOfLine(raw: string): LineMetrics | null {
  if (raw.length > LINE_MAX || !/\d|nan|inf/i.test(raw)) return null;
  const line = withoutCodes(raw).trim();
  const found = line.startsWith('{') ? (jsonNumbers(line) ?? textNumbers(line)) : textNumbers(line);
  const bar = TQDM.exec(line);
  const said = STEP.exec(line);
  let step: number | null = said === null ? null : Number(said[1]);
  let epoch = numberIn(EPOCH.exec(line));
  const values = new Map<string, number>();
  for (const [name, value] of found) {
    const lower = name.toLowerCase();
    if (STEP_NAMES.has(lower)) step ??= value;
    else if (lower === 'epoch') epoch ??= value;
    else if (!NO_METRIC.test(name) && !values.has(name)) values.set(name, value);
  }
  if (bar !== null) step ??= Number(bar[1]);
  if (values.size === 0 && step === null && epoch === null) return null;
  const total = said?.[2] ?? (said === null ? bar?.[2] : undefined);
  return { step, totalSteps: total === undefined ? null : Number(total), epoch, values };
}

function numberIn(match: RegExpExecArray | null): number | null {
  return match === null ? null : Number(match[1]);
}

function textNumbers(line: string): readonly (readonly [string, number])[] {
  const found: (readonly [string, number])[] = [];
  if (line.includes('=')) found.push(...pairsOf(line, ASSIGNED));
  if (line.includes('{')) found.push(...pairsOf(line, QUOTED));
  found.push(...pairsOf(line, SPOKEN).filter(([name]) => KNOWN_METRIC.test(name)));
  return found;
}

function pairsOf(line: string, pattern: RegExp): readonly (readonly [string, number])[] {
  return [...line.matchAll(pattern)].map((match) => [match[1] ?? '', numberOf(match[2] ?? '')] as const);
}

function numberOf(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

function jsonNumbers(line: string): readonly (readonly [string, number])[] | null {
  try {
    return numbersIn(JSON.parse(line), 2);
  } catch {
    return null;
  }
}

/** The numbers of an object and of the objects in it, by their own names. */
function numbersIn(value: unknown, depth: number): readonly (readonly [string, number])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'number' ? [[name, inner] as const] : depth > 0 ? numbersIn(inner, depth - 1) : [],
  );
}
