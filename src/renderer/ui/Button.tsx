import type { ComponentProps } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './icons.tsx';
import styles from './Button.module.css';

/** What a button looks like: one `primary` per view, `danger` for what cannot be taken back. */
export type ButtonKind = 'default' | 'primary' | 'danger' | 'quiet';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  readonly kind?: ButtonKind;
  readonly small?: boolean;
  readonly icon?: IconName;
}

/** The class names of a button, for parts that bring their own element. */
export function buttonClass(kind: ButtonKind, small: boolean, square: boolean): string {
  return [styles.button, kind === 'default' ? '' : styles[kind], small ? styles.small : '', square ? styles.square : '']
    .filter(Boolean)
    .join(' ');
}

/** A push button; with an icon and no words it is square and needs an `aria-label`. */
export function Button({ kind = 'default', small = false, icon, children, ...rest }: ButtonProps) {
  const square = children === undefined && icon !== undefined;
  return (
    <button type="button" {...rest} className={buttonClass(kind, small, square)}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}
