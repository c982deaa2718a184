import type { Page } from 'playwright';

/** Frames, or other lengths of time, as the page itself saw them. */
export interface Times {
  readonly all: readonly number[];
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly worstMs: number;
}

// Scripts of the page are texts: what they name is not here.
const COUNT_FRAMES = `(() => {
  const frames = [];
  globalThis.frameTimes = frames;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    frames.push(now - last);
    last = now;
    if (globalThis.frameTimes === frames) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})()`;
const END_FRAMES = `(() => { const frames = globalThis.frameTimes; globalThis.frameTimes = null; return frames; })()`;
const LISTEN_FOR_KEYS = `(() => {
  globalThis.keyTimes = [];
  // The frame after the handlers have run: what they changed is in it.
  const seen = (event) => requestAnimationFrame(() => setTimeout(() => globalThis.keyTimes.push(performance.now() - event.timeStamp), 0));
  addEventListener('keydown', seen, true);
})()`;

/** Measures the time between frames of the page while `act` goes on. */
export async function framesDuring(page: Page, act: () => Promise<void>): Promise<Times> {
  await page.evaluate(COUNT_FRAMES);
  await act();
  return timesOf((await page.evaluate<number[]>(END_FRAMES)).slice(1));
}

/** Turns the wheel so many times over a place of the page, each as soon as the page has taken the one before. */
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

/** Presses arrow keys, one every `everyMs`; the times from each press to the frame that shows its effect. */
export async function keyTimes(page: Page, presses: number, everyMs: number): Promise<Times> {
  await page.evaluate(LISTEN_FOR_KEYS);
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press(press % 2 === 0 ? 'ArrowDown' : 'ArrowUp');
    await page.waitForTimeout(everyMs);
  }
  return timesOf(await page.evaluate<number[]>('globalThis.keyTimes'));
}

/** The usual three figures of some lengths of time. */
export function timesOf(all: readonly number[]): Times {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { all, medianMs: at(0.5), p95Ms: at(0.95), worstMs: at(1) };
}
