import { Menu as BaseMenu } from '@base-ui/react/menu';
import { useState } from 'react';
import { buttonClass } from './Button.tsx';
import { fieldStyles } from './Field.tsx';
import { Icon } from './Icon.tsx';
import type { IconName } from './icons.tsx';
import styles from './Menu.module.css';

/** One entry of a menu. */
export interface MenuEntry {
  readonly label: string;
  readonly icon: IconName;
  readonly note?: string;
  readonly bad?: boolean;
  readonly disabled?: boolean;
  readonly onChoose: () => void;
}

/** A line between groups of entries. */
export type MenuLine = MenuEntry | 'separator';

/** The entries of an open menu. */
export function MenuEntries({ entries }: { readonly entries: readonly MenuLine[] }) {
  return entries.map((entry, index) =>
    entry === 'separator' ? (
      // Separators have nothing but their place.
      <BaseMenu.Separator key={index} className={styles.separator ?? ''} />
    ) : (
      <BaseMenu.Item
        key={entry.label}
        className={`${styles.item} ${entry.bad === true ? styles.bad : ''}`}
        disabled={entry.disabled ?? false}
        onClick={entry.onChoose}
      >
        <Icon name={entry.icon} />
        {entry.label}
        {entry.note === undefined ? null : <span className={`${fieldStyles.kbd} push`}>{entry.note}</span>}
      </BaseMenu.Item>
    ),
  );
}

/** The class names of a menu's parts, for menus that bring their own anchor. */
export const menuStyles = styles;

/** A button with three dots that opens a menu. */
export function MoreMenu({ label, entries }: { readonly label: string; readonly entries: readonly MenuLine[] }) {
  // The popup stays inside the header: a landmark that readers can name.
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return (
    <span ref={setPlace}>
      <BaseMenu.Root>
        <BaseMenu.Trigger className={buttonClass('quiet', false, true)} aria-label={label}>
          <Icon name="more" />
        </BaseMenu.Trigger>
        <BaseMenu.Portal container={place}>
          <BaseMenu.Positioner className={styles.positioner ?? ''} sideOffset={4} align="end">
            <BaseMenu.Popup className={styles.popup ?? ''}>
              <MenuEntries entries={entries} />
            </BaseMenu.Popup>
          </BaseMenu.Positioner>
        </BaseMenu.Portal>
      </BaseMenu.Root>
    </span>
  );
}
