/** Groups the lines of a `--loop-ms` query into samples. */
export interface Frames {
  /** Takes output as it comes, cut anywhere. */
  readonly push: (text: string) => void;
  /** Drops what is waiting. */
  readonly close: () => void;
}

/** A pause of this length ends a sample with fewer rows than expected; a slow driver takes less between two GPUs. */
const QUIET_MS = 1000;

/**
 * Calls `onFrame` with the whole lines of each sample, the lines joined. A sample is complete when it has as many lines as
 * the expectation says, when a row's index does not rise (the next sample has begun), or when nothing follows.
 */
export function createFrames(options: {
  readonly expectedRows: number;
  readonly onFrame: (lines: string) => void;
}): Frames {
  const { onFrame } = options;
  let expectedRows = options.expectedRows;
  let rest = '';
  let lines: string[] = [];
  let lastFrame: readonly string[] = [];
  let lastIndex = -1;
  let quiet: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(quiet);
    if (lines.length === 0) return;
    lastFrame = lines;
    lines = [];
    onFrame(lastFrame.join('\n'));
  }

  function take(line: string): void {
    if (line.trim() === '') return;
    const index = Number(/^\s*(\d{1,6})\s*,/.exec(line)?.[1] ?? Number.NaN);
    if (index <= lastIndex) {
      flush();
    } else if (lines.length === 0 && lastIndex !== -1 && !Number.isNaN(index)) {
      // More GPUs than expected: the sample that was just told was only the first part of this one.
      lines = [...lastFrame];
      expectedRows = Number.POSITIVE_INFINITY;
    }
    if (!Number.isNaN(index)) lastIndex = index;
    lines.push(line);
    if (lines.length >= expectedRows) flush();
  }

  return {
    push: (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) take(line);
      clearTimeout(quiet);
      if (lines.length > 0) quiet = setTimeout(flush, QUIET_MS);
    },
    close: () => {
      clearTimeout(quiet);
      lines = [];
      rest = '';
    },
  };
}
