import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import { buttonClass } from './Button.tsx';
import { Icon } from './Icon.tsx';
import styles from './Dialog.module.css';

interface DialogProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly size: 'small' | 'medium' | 'tall';
  /** A question that waits for a decision is an alertdialog. */
  readonly role?: 'dialog' | 'alertdialog';
  /** Without it the footer's buttons are the only ways out, besides Escape. */
  readonly closeButton?: boolean;
  readonly footer: ReactNode;
  readonly initialFocus?: RefObject<HTMLElement | null>;
  /** Where the focus goes when it closes; without it, where it came from. */
  readonly finalFocus?: () => HTMLElement | null;
  readonly onClose: () => void;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLDivElement>) => void;
  readonly children: ReactNode;
}

/** A modal dialog: takes the focus, gives it back, closes with Escape. Mount it to open it. */
export function Dialog({
  title,
  aside,
  size,
  role = 'dialog',
  closeButton = true,
  footer,
  initialFocus,
  finalFocus,
  onClose,
  onKeyDown,
  children,
}: DialogProps) {
  return (
    <BaseDialog.Root open disablePointerDismissal onOpenChange={(open) => (open ? undefined : onClose())}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={styles.scrim ?? ''} />
        <BaseDialog.Viewport className={styles.viewport ?? ''}>
          <BaseDialog.Popup
            className={`${styles.popup} ${styles[size]}`}
            role={role}
            {...(initialFocus === undefined ? {} : { initialFocus })}
            {...(finalFocus === undefined ? {} : { finalFocus })}
            {...(onKeyDown === undefined ? {} : { onKeyDown })}
          >
            <header className={styles.head}>
              <BaseDialog.Title className={styles.title ?? ''}>{title}</BaseDialog.Title>
              {aside}
              {closeButton ? (
                <BaseDialog.Close className={`${buttonClass('quiet', false, true)} push`} aria-label="Close dialog">
                  <Icon name="close" />
                </BaseDialog.Close>
              ) : null}
            </header>
            {children}
            <footer className={styles.foot}>{footer}</footer>
          </BaseDialog.Popup>
        </BaseDialog.Viewport>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

/** The scrolling middle of a small dialog. */
export function DialogBody({ children }: { readonly children: ReactNode }) {
  return <div className={styles.body}>{children}</div>;
}
