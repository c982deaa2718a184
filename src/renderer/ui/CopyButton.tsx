import { useState } from 'react';
import { Button } from './Button.tsx';

interface CopyButtonProps {
  readonly label: string;
  /** Called on the click, so that nothing is put together before. */
  readonly text: () => string;
  readonly words?: string;
}

/** Puts a text on the clipboard and says so by its icon. */
export function CopyButton({ label, text, words }: CopyButtonProps) {
  const [isDone, setDone] = useState(false);
  return (
    <Button
      small
      kind={words === undefined ? 'quiet' : 'default'}
      icon={isDone ? 'check' : 'copy'}
      aria-label={isDone ? `${label}: copied` : label}
      title={label}
      onBlur={() => setDone(false)}
      onClick={() => void copyText(text()).then(setDone)}
    >
      {words}
    </Button>
  );
}

/** Copies `text`; false when the system did not let it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The shell may not grant the clipboard permission; the old command needs none after a click.
    const from = document.activeElement;
    const area = document.createElement('textarea');
    area.value = text;
    // Where it is seen by nobody and scrolls nothing, inside the dialog that holds the focus.
    area.style.cssText = 'position: fixed; inset: 0 auto auto 0; opacity: 0';
    (from?.closest('[role="dialog"], [role="alertdialog"]') ?? document.body).append(area);
    area.focus({ preventScroll: true });
    area.select();
    const isDone = document.execCommand('copy');
    area.remove();
    if (from instanceof HTMLElement) from.focus({ preventScroll: true });
    return isDone;
  }
}
