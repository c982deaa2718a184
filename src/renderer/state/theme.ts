/** The themes there are; `system` follows the desktop. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Where the choice is kept; public/theme.js reads it before the first paint. */
export const THEME_KEY = 'trainyard.theme';

/** What the theme needs from the page, so that tests bring their own. */
export interface ThemePage {
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly root: { readonly dataset: DOMStringMap };
}

/** The theme a person chose. */
export function readTheme({ storage }: ThemePage): Theme {
  const kept = storage.getItem(THEME_KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

/** Keeps the choice and shows it at once. */
export function chooseTheme({ storage, root }: ThemePage, theme: Theme): void {
  if (theme === 'system') {
    storage.removeItem(THEME_KEY);
    delete root.dataset['theme'];
  } else {
    storage.setItem(THEME_KEY, theme);
    root.dataset['theme'] = theme;
  }
}
