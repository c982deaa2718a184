import type { Page } from 'playwright';

/** Frames of a stretch of time, as the page itself saw them. */
export interface Frames {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly worstMs: number;
  /** How many took longer than 32 ms: two frames of a 60 Hz screen. */
  readonly over32: number;
}

interface FrameClock {
  frames: number[] | null;
}

/** Measures the time between frames of the page while `act` goes on. */
export async function framesDuring(page: Page, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const clock = globalThis as unknown as FrameClock;
    const frames: number[] = [];
    clock.frames = frames;
    let last = performance.now();
    const tick = (): void => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      if (clock.frames === frames) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await act();
  const frames = await page.evaluate(() => {
    const clock = globalThis as unknown as FrameClock;
    const seen = clock.frames ?? [];
    clock.frames = null;
    return seen;
  });
  return summary(frames.slice(1));
}

/** Turns the wheel so many times over a place of the page, one turn after the other, as fast as the page takes them. */
export async function wheel(
  page: Page,
  at: { readonly x: number; readonly y: number },
  turns: number,
  px: number,
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  for (let turn = 0; turn < turns; turn += 1)
    await session.send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: px });
  await session.detach();
}

/** Presses a key so many times, one every `everyMs`; answers how long it took from each press to the frame that shows its effect. */
export async function inputLatency(page: Page, presses: number, everyMs: number): Promise<Frames> {
  await page.evaluate(() => {
    const seen: number[] = [];
    (globalThis as unknown as { latencies: number[] }).latencies = seen;
    window.addEventListener('keydown', (event) => {
      // The frame after the handlers have run: what they changed is in it.
      requestAnimationFrame(() => setTimeout(() => seen.push(performance.now() - event.timeStamp), 0));
    });
  });
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press(press % 2 === 0 ? 'ArrowDown' : 'ArrowUp');
    await page.waitForTimeout(everyMs);
  }
  return summary(await page.evaluate(() => (globalThis as unknown as { latencies: number[] }).latencies));
}

function summary(values: readonly number[]): Frames {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1));
  return {
    count: sorted.length,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    worstMs: at(1),
    over32: sorted.filter((ms) => ms > 32).length,
  };
}
