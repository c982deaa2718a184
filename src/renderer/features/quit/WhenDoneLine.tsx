import { useEffect } from 'react';
import type { WhenDoneView } from '../../../shared/shellContract.ts';
import { useNow, useParts } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import notices from '../queue/Notices.module.css';

const WORDS = {
  sleep: { will: 'the machine goes to sleep', button: 'Stay awake' },
  shutdown: { will: 'the machine shuts down', button: 'Do not shut down' },
} as const satisfies Readonly<Record<WhenDoneView['action'], { readonly will: string; readonly button: string }>>;

/** The line that counts down to what happens when the queue is done, with the button that calls it off. */
export function WhenDoneLine({ view: { action, at } }: { readonly view: WhenDoneView }) {
  const { api, announcer } = useParts();
  const seconds = Math.max(0, Math.ceil((at - useNow()) / 1_000));
  const { will, button } = WORDS[action];
  // Said once: a number that changes each second is nothing to listen to.
  useEffect(() => announcer.alert(`All runs have ended: ${will} soon.`), [announcer, will]);
  return (
    <section aria-label="When done" className={`${notices.line} ${notices.warn}`} data-when-done={action}>
      <Icon name="pause" />
      <span>
        All runs have ended: {will} in {seconds} s.
      </span>
      <span className="push" />
      <Button small onClick={() => void api.request('shell.stopWhenDone', {}).catch(() => {})}>
        {button}
      </Button>
    </section>
  );
}
