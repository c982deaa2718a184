import { ICONS } from './icons.tsx';
import type { IconName } from './icons.tsx';
import styles from './Icon.module.css';

/** A drawn sign beside a word; hidden from readers, which hear the word. */
export function Icon({ name }: { readonly name: IconName }) {
  const side = name === 'brand' ? 20 : 16;
  return (
    <svg className={styles.icon} viewBox={`0 0 ${side} ${side}`} aria-hidden="true" focusable="false">
      {ICONS[name]}
    </svg>
  );
}
