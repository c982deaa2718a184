import { useState } from 'react';
import type { QuitChoice } from '../../../shared/desktopSettings.ts';
import { THEMES, chooseTheme, readTheme } from '../../state/theme.ts';
import type { Theme, ThemePage } from '../../state/theme.ts';
import { fieldStyles } from '../../ui/Field.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { CheckField } from './CheckField.tsx';
import { ChoiceField } from './ChoiceField.tsx';
import type { SectionProps } from './section.ts';

const QUIT: readonly { readonly value: QuitChoice; readonly label: string }[] = [
  { value: 'ask', label: 'asks what to do with them' },
  { value: 'keep', label: 'lets them go on' },
  { value: 'cancel', label: 'cancels them first, and waits until they are gone' },
];

/** How the window looks, and what closing, quitting and logging in do. */
export function WindowSettings({ settings, save, errorAt }: SectionProps) {
  return (
    <>
      <ThemeChoice page={{ storage: localStorage, root: document.documentElement }} />
      <ChoiceField
        label="Quit, while runs are live,"
        id="settings-quit"
        choices={QUIT}
        value={settings.quitWithRuns}
        error={errorAt('quitWithRuns')}
        onChoose={(quitWithRuns) => save({ quitWithRuns })}
      />
      <CheckField
        id="settings-tray"
        label="Closing the window leaves Trainyard in the tray"
        help="Otherwise closing it quits."
        isOn={settings.closeToTray}
        error={errorAt('closeToTray')}
        onChange={(closeToTray) => save({ closeToTray })}
      />
      <CheckField
        id="settings-login"
        label="Start at login, without a window"
        isOn={settings.startAtLogin}
        error={errorAt('startAtLogin')}
        onChange={(startAtLogin) => save({ startAtLogin })}
      />
      <CheckField
        id="settings-awake"
        label="Keep the machine awake while runs are live"
        help="The screen may go off all the same."
        isOn={settings.keepAwake}
        error={errorAt('keepAwake')}
        onChange={(keepAwake) => save({ keepAwake })}
      />
    </>
  );
}

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };

function ThemeChoice({ page }: { readonly page: ThemePage }) {
  const [theme, setTheme] = useState(() => readTheme(page));
  return (
    <div className={fieldStyles.labelled}>
      <span className={fieldStyles.label}>Theme</span>
      <RadioPills
        label="Theme"
        look="pills"
        choices={THEMES.map((value) => ({ value, label: THEME_WORDS[value] }))}
        value={theme}
        onChoose={(next) => {
          chooseTheme(page, next);
          setTheme(next);
        }}
      />
    </div>
  );
}
