import { describe, expect, it } from 'vitest';
import type { LogPart, RouteInput } from '../../../src/shared/contract.ts';
import { KEPT_MAX_CHARACTERS, LogBuffer } from '../../../src/renderer/features/job/logBuffer.ts';
import { LogFollower, READ_BYTES, TAIL_BYTES } from '../../../src/renderer/features/job/logFollower.ts';

/** A log in memory that is read like the core's. */
function createLog(start: string) {
  let text = start;
  let isEnded = false;
  let wake: (() => void)[] = [];
  const reads: RouteInput<'log.read'>[] = [];
  return {
    reads,
    print(more: string, ends = false) {
      text += more;
      isEnded ||= ends;
      for (const next of wake) next();
      wake = [];
    },
    async read(input: RouteInput<'log.read'>): Promise<LogPart> {
      reads.push(input);
      const { offset = 0, limit = 65_536, waitMs = 0 } = input;
      const from = offset < 0 ? Math.max(0, text.length + offset) : offset;
      if (from >= text.length && !isEnded && waitMs > 0) await new Promise<void>((resolve) => wake.push(resolve));
      const part = text.slice(from, from + limit);
      const nextOffset = from + part.length;
      return {
        text: part,
        offset: from,
        nextOffset,
        size: text.length,
        complete: isEnded && nextOffset === text.length,
      };
    },
  };
}

function follow(log: ReturnType<typeof createLog>) {
  const waiting = new Set<{ readonly until: () => boolean; readonly done: () => void }>();
  const problems: string[] = [];
  const follower: LogFollower = new LogFollower(12, {
    read: log.read,
    pause: () => Promise.resolve(),
    onLines: () => {
      for (const one of waiting) if (one.until()) one.done();
    },
    onProblem: (message) => problems.push(message),
  });
  const reached = (until: () => boolean): Promise<void> =>
    until() ? Promise.resolve() : new Promise((done) => waiting.add({ until, done }));
  return { follower, reached, problems };
}

function lines(count: number, from = 0): string {
  return Array.from({ length: count }, (_, index) => `line ${String(from + index).padStart(8, '0')}\n`).join('');
}

describe('following a log', () => {
  it('opens at the end of a large one and goes on with what comes', async () => {
    const log = createLog(lines(100_000));
    const { follower, reached } = follow(log);
    follower.start();
    await reached(() => follower.buffer.lineCount > 0);
    expect(log.reads[0]).toMatchObject({ offset: -TAIL_BYTES, waitMs: 0 });
    expect(follower.buffer.lines.at(-2)).toBe('line 00099999');
    log.print('and one more\n', true);
    await reached(() => follower.buffer.isComplete);
    expect(follower.buffer.lines.at(-2)).toBe('and one more');
    follower.stop();
  });

  it('asks again only when it was answered, and never after it was stopped', async () => {
    const log = createLog('first\n');
    const { follower, reached } = follow(log);
    follower.start();
    await reached(() => follower.buffer.lineCount === 1);
    follower.stop();
    log.print('late\n');
    await Promise.resolve();
    const { length } = log.reads;
    log.print('later\n');
    await Promise.resolve();
    expect(log.reads).toHaveLength(length);
    expect(follower.buffer.lineCount).toBe(1);
  });

  it('jumps to the end of a flood instead of running after it', async () => {
    const log = createLog('start\n');
    const { follower, reached } = follow(log);
    follower.start();
    await reached(() => follower.buffer.lineCount === 1);
    log.print(lines(400_000), true);
    await reached(() => follower.buffer.isComplete);
    expect(follower.buffer.lines.at(-2)).toBe('line 00399999');
    expect(log.reads.length).toBeLessThan(10);
    follower.stop();
  });

  it('takes a bounded piece of a flood in each look, and always the newest', async () => {
    const log = createLog('start\n');
    const taken: number[] = [];
    const { follower, reached } = follow({
      ...log,
      async read(input) {
        const part = await log.read(input);
        // 250 kB more have come by the next look: 50 000 lines a second.
        log.print(lines(18_000, log.reads.length * 18_000));
        return part;
      },
    });
    follower.start();
    for (let look = 0; look < 8; look += 1) {
      const before = log.reads.length;
      await reached(() => log.reads.length > before + 1);
      taken.push(follower.buffer.lineCount);
    }
    follower.stop();
    expect(Math.max(...log.reads.map(({ limit = 0 }) => limit))).toBeLessThanOrEqual(READ_BYTES);
    // What is in memory, and so what a drawing counts through, does not grow with what was printed.
    expect(Math.max(...taken)).toBeLessThan((2 * READ_BYTES) / 14);
    const { fileSize, nextOffset } = follower.buffer;
    expect(fileSize - nextOffset).toBeLessThan(1_000_000);
  });

  it('loads older text in front when it is scrolled to', async () => {
    const log = createLog(lines(20_000));
    const { follower, reached } = follow(log);
    follower.start();
    await reached(() => follower.buffer.lineCount > 0);
    follower.setFollowing(false);
    const before = follower.buffer.lineCount;
    const came = await follower.loadOlder();
    expect(came).toBeGreaterThan(4_000);
    expect(follower.buffer.lineCount).toBe(before + came);
    expect(follower.buffer.shift).toBe(came);
    for (let more = came; more > 0; more = await follower.loadOlder());
    expect(follower.buffer.lines[0]).toBe('line 00000000');
    expect(follower.buffer.startOffset).toBe(0);
    follower.stop();
  });

  it('loads the text around a byte, says where that stands, and reads a bounded piece on from there', async () => {
    const log = createLog(`${lines(400_000)}last\n`);
    const { follower, reached } = follow(log);
    follower.start();
    await reached(() => follower.buffer.lineCount > 0);
    const before = follower.buffer.stretch;
    // "line 00123456\n" is 14 bytes long; its number begins at the sixth.
    const place = await follower.showAround(14 * 123_456 + 5);
    expect(follower.buffer.lines[place?.line ?? 0]).toBe('line 00123456');
    expect(place?.column).toBe(5);
    expect(follower.buffer.stretch).not.toBe(before);
    expect(log.reads.every(({ limit = 0 }) => limit <= READ_BYTES)).toBe(true);
    await reached(() => follower.buffer.isFull);
    expect(log.reads.length).toBeLessThan(25);
    follower.setFollowing(true);
    await reached(() => follower.buffer.lines.at(-2) === 'last');
    follower.stop();
  });

  it('shows the start of a log, and forgets a jump when its end was asked for meanwhile', async () => {
    const log = createLog(lines(100_000));
    const { follower, reached } = follow(log);
    follower.start();
    await reached(() => follower.buffer.lineCount > 0);
    expect(await follower.showAround(0)).toEqual({ line: 0, column: 0 });
    expect(follower.buffer.lines[0]).toBe('line 00000000');
    const jump = follower.showAround(14 * 50_000);
    follower.setFollowing(true);
    expect(await jump).toBeNull();
    await reached(() => follower.buffer.lines.at(-2) === 'line 00099999');
    follower.stop();
  });

  it('says the line of a byte that a carriage return or a colour stands before', async () => {
    const log = createLog('one\n 10%\r 20%\r\u001b[31mloss\u001b[0m 3\nend\n');
    const { follower } = follow(log);
    expect(await follower.showAround('one\n 10%\r'.length)).toEqual({ line: 1, column: 0 });
    expect(await follower.showAround('one\n 10%\r 20%\r\u001b[31mloss\u001b[0m '.length)).toEqual({
      line: 1,
      column: 5,
    });
  });

  it('starts from nothing when the job has a new run', async () => {
    const log = createLog('old run\n');
    const { follower, reached } = follow(log);
    follower.openRun(1);
    follower.start();
    await reached(() => follower.buffer.lineCount === 1);
    follower.openRun(2);
    expect(follower.buffer.lineCount).toBe(0);
    follower.stop();
  });

  it('shows the sentence of a refused read', async () => {
    const problem = new Promise<string>((resolve) => {
      const follower = new LogFollower(12, {
        read: () => Promise.reject(new Error('The log of #12 cannot be read: permission denied.')),
        pause: () => Promise.resolve(),
        onLines: () => undefined,
        onProblem: resolve,
      });
      follower.start();
    });
    await expect(problem).resolves.toBe('The log of #12 cannot be read: permission denied.');
  });
});

describe('the text in memory', () => {
  function part(text: string, offset: number): LogPart {
    return { text, offset, nextOffset: offset + text.length, size: offset + text.length, complete: false };
  }

  it('stays below its limit while following, and drops the oldest', () => {
    const buffer = new LogBuffer();
    let offset = 0;
    for (let round = 0; round < 40; round += 1) {
      const text = lines(8_000, round * 8_000);
      buffer.append(part(text, offset));
      offset += text.length;
      buffer.trim();
    }
    const kept = buffer.lines.reduce((sum, line) => sum + line.length + 1, 0);
    expect(kept).toBeLessThan(KEPT_MAX_CHARACTERS + 120_000);
    expect(buffer.lines.at(-2)).toBe('line 00319999');
    expect(buffer.lineCount).toBe(320_000 + buffer.shift);
  });

  it('drops the newest when older text is put in front of a full one, and reads on from there', () => {
    const buffer = new LogBuffer();
    const whole = lines(300_000);
    const piece = 100_000;
    const first = whole.length - piece * 22;
    for (let at = first; at < whole.length; at += piece) buffer.append(part(whole.slice(at, at + piece), at));
    const before = buffer.nextOffset;
    buffer.prepend(part(whole.slice(first - piece, first), first - piece));
    expect(buffer.startOffset).toBe(first - piece);
    expect(buffer.nextOffset).toBeLessThan(before);
    buffer.append(part(whole.slice(buffer.nextOffset, buffer.nextOffset + piece), buffer.nextOffset));
    const text = buffer.lines.join('\n');
    expect(text).toBe(whole.slice(buffer.startOffset, buffer.nextOffset));
  });
});
