import type { Page } from '@playwright/test';

/**
 * What is wrong with the layout of the page as it is, one sentence each: something sticks out to the side, a control is out
 * of reach, a text is cut off and nothing says the rest, two texts lie on each other. Only what can be seen is judged: with a
 * dialog or a menu open, that.
 */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > window.innerWidth + 1)
      faults.push(`the page is ${root.scrollWidth} px wide in a window of ${window.innerWidth}`);
    const layer =
      [...document.querySelectorAll('[role="menu"], [role="dialog"], [role="alertdialog"]')].at(-1) ?? document.body;

    const bounds = layer.getBoundingClientRect();
    if (bounds.left < -1 || bounds.right > root.clientWidth + 1)
      faults.push(`${layer.tagName} reaches from ${bounds.left} to ${bounds.right} of ${root.clientWidth}`);

    const nameOf = (element: Element): string => {
      const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replaceAll(/\s+/g, ' ');
      return `${element.tagName.toLowerCase()} “${words.slice(0, 60)}”`;
    };
    /** What is seen of an element's box: cut by every box around it that clips. */
    const seenOf = (element: Element, box: DOMRect): DOMRect | null => {
      let { left, top, right, bottom } = box;
      for (let around = element.parentElement; around !== null; around = around.parentElement) {
        const { overflowX, overflowY, position } = getComputedStyle(around);
        if (overflowX === 'visible' && overflowY === 'visible') continue;
        if (around === document.body || around === root) continue;
        const clip = around.getBoundingClientRect();
        left = Math.max(left, clip.left);
        right = Math.min(right, clip.right);
        top = Math.max(top, clip.top);
        bottom = Math.min(bottom, clip.bottom);
        if (position === 'fixed') break;
      }
      return right - left > 1 && bottom - top > 1 ? new DOMRect(left, top, right - left, bottom - top) : null;
    };
    const isShown = (element: Element): boolean =>
      element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.closest('.sr') === null;

    for (const control of layer.querySelectorAll('button, input, select, textarea, [role="tab"], [role^="menuitem"]')) {
      if (!isShown(control)) continue;
      const box = control.getBoundingClientRect();
      const scrolls = control.closest('[role="grid"], [role="log"], [data-base-ui-scroll]') !== null;
      let inScroller = scrolls;
      for (let around = control.parentElement; around !== null && !inScroller; around = around.parentElement)
        inScroller =
          /auto|scroll/.test(getComputedStyle(around).overflowY) && around.scrollHeight > around.clientHeight;
      if (box.left < -1 || box.right > root.clientWidth + 1)
        faults.push(`${nameOf(control)} lies outside to the side (${Math.round(box.left)}…${Math.round(box.right)})`);
      else if (!inScroller && (box.top < -1 || box.bottom > window.innerHeight + 1))
        faults.push(
          `${nameOf(control)} lies outside above or below (${Math.round(box.top)}…${Math.round(box.bottom)})`,
        );
      const seen = seenOf(control, box);
      if (seen !== null && seen.width < box.width - 2) faults.push(`${nameOf(control)} is cut off to the side`);
    }

    const texts: { readonly element: Element; readonly box: DOMRect }[] = [];
    const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element === null || (node.textContent ?? '').trim() === '' || !isShown(element)) continue;
      if (element.closest('option, svg, canvas, [role="log"], .uplot') !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width < 1) continue;
      const seen = seenOf(node.parentElement ?? element, box);
      const own = seenOf(element, element.getBoundingClientRect());
      if (seen === null || own === null) continue;
      const cut = Math.min(seen.right, own.right) < box.right - 2 && getComputedStyle(element).whiteSpace !== 'normal';
      // A short segment of a track leaves its label out; its title says it.
      if (cut && element.closest('[title]') === null && element.closest('button[aria-label]') === null)
        faults.push(`${nameOf(element)} is cut off and has no title`);
      texts.push({
        element,
        box: new DOMRect(seen.left, seen.top, Math.min(seen.right, own.right) - seen.left, seen.height),
      });
    }
    const isOnTop = ({ box, element }: (typeof texts)[number]): boolean => {
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return hit !== null && (element.contains(hit) || hit.contains(element));
    };
    const visible = texts.filter(isOnTop);
    for (const [at, one] of visible.entries())
      for (const other of visible.slice(at + 1)) {
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        const isNested = one.element.contains(other.element) || other.element.contains(one.element);
        if (width > 2 && height > 4 && !isNested)
          faults.push(`${nameOf(one.element)} lies on ${nameOf(other.element)}`);
      }
    return [...new Set(faults)];
  });
}
