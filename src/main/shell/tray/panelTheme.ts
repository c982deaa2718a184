/** What is known of the panel that an icon stands in. */
export interface PanelFacts {
  readonly platform: NodeJS.Platform;
  /** `XDG_CURRENT_DESKTOP`: names with colons between them. */
  readonly desktop: string;
  /** Whether programs are drawn dark. */
  readonly darkPrograms: boolean;
  /** Whether the taskbar is drawn dark (Windows). */
  readonly darkTaskbar: boolean;
}

/** Desktops whose panel is dark whatever the programs' theme is. */
const DARK_PANELS = new Set(['gnome', 'unity', 'pantheon', 'x-cinnamon', 'budgie']);

/** Whether the icon stands on a dark ground. On macOS the system colours it itself. */
export function isPanelDark({ platform, desktop, darkPrograms, darkTaskbar }: PanelFacts): boolean {
  if (platform === 'win32') return darkTaskbar;
  if (platform === 'linux' && desktop.split(':').some((name) => DARK_PANELS.has(name.toLowerCase()))) return true;
  return darkPrograms;
}
