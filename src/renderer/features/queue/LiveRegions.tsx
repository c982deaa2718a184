import { useStore } from 'zustand';
import { useParts } from '../../state/window.tsx';

/** What screen readers are told; nothing to see. */
export function LiveRegions() {
  const { announcer } = useParts();
  const { polite, assertive } = useStore(announcer.spoken);
  return (
    <>
      <div className="sr" role="status" aria-live="polite">
        {polite}
      </div>
      <div className="sr" role="alert" aria-live="assertive">
        {assertive}
      </div>
    </>
  );
}
