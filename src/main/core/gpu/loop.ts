import type { Children } from './children.ts';
import { createFrames } from './frames.ts';
import type { RunOutcome } from './nvidia-smi-parser/types.ts';
import type { MonitorTiming } from './timing.ts';

/** The long-lived `nvidia-smi --loop-ms`. */
export interface Loop {
  /** Kills it; neither callback follows. */
  readonly stop: () => void;
}

/** How a loop ended by itself or was given up, its unread text as `stdout`. */
export interface LoopEnd {
  readonly outcome: RunOutcome;
  readonly frames: number;
  readonly livedMs: number;
}

/** The unread rest of the output that is kept to tell a failure by. */
const KEPT_CHARACTERS = 4000;

/**
 * Starts the loop and watches over it: `onLate` when a sample is overdue, `onEnd` once when the process has ended or was
 * killed because it kept silent.
 */
export function startLoop(options: {
  readonly children: Children;
  readonly path: string;
  readonly args: readonly string[];
  readonly periodMs: number;
  readonly expectedRows: number;
  readonly timing: MonitorTiming;
  /** Returns whether the lines were a sample. */
  readonly onFrame: (lines: string) => boolean;
  readonly onLate: () => void;
  readonly onEnd: (end: LoopEnd) => void;
}): Loop {
  const { children, path, args, periodMs, timing } = options;
  const startedAt = performance.now();
  let frames = 0;
  let unread = '';
  let over = false;
  let late: NodeJS.Timeout | undefined;
  let silence: NodeJS.Timeout | undefined;

  const lines = createFrames({
    expectedRows: options.expectedRows,
    onFrame: (frame) => {
      if (over || !options.onFrame(frame) || over) return;
      frames += 1;
      unread = '';
      watch(periodMs + timing.silenceMs);
    },
  });
  const child = children.start({
    path,
    args,
    onText: (text) => {
      unread = (unread + text).slice(-KEPT_CHARACTERS);
      lines.push(text);
    },
  });

  function watch(silenceMs: number): void {
    clearTimeout(late);
    clearTimeout(silence);
    late = setTimeout(options.onLate, Math.min(periodMs * 1.5 + 500, silenceMs));
    silence = setTimeout(() => child.kill('timed-out'), silenceMs);
  }

  function finish(): void {
    over = true;
    clearTimeout(late);
    clearTimeout(silence);
    lines.close();
  }

  watch(Math.max(timing.firstSampleMs, periodMs + timing.silenceMs));
  void child.ended.then((outcome) => {
    if (over) return;
    finish();
    options.onEnd({ outcome: { ...outcome, stdout: unread }, frames, livedMs: performance.now() - startedAt });
  });
  return {
    stop: () => {
      finish();
      child.kill('not-needed');
    },
  };
}
