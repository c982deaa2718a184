/** What an entry starts, and for which data folder. */
export interface AutostartFacts {
  readonly command: readonly string[];
  readonly dataFolder: string;
}

/** The key that says whose entry it is: another data folder's entry is left alone. */
const OWNER_KEY = 'X-Trainyard-Data-Folder';
/** Keys with which desktops switch an entry off without removing it. */
const SWITCHED_OFF = /^(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$/m;

/** The text of an XDG autostart entry (Desktop Application Autostart Specification 0.5). */
export function autostartEntry({ command, dataFolder }: AutostartFacts): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Trainyard',
    'Comment=Queues training runs on your own GPUs',
    `Exec=${escaped(command.map(quoted).join(' '))}`,
    'Icon=trainyard',
    'Terminal=false',
    `${OWNER_KEY}=${escaped(dataFolder)}`,
    '',
  ].join('\n');
}

/** Whether an entry belongs to this data folder. */
export function isEntryOf(text: string, dataFolder: string): boolean {
  return text.split('\n').includes(`${OWNER_KEY}=${escaped(dataFolder)}`);
}

/** Whether the desktop's own tools have switched the entry off: that is the person's word, and stays. */
export function isSwitchedOff(text: string): boolean {
  return SWITCHED_OFF.test(text);
}

/** One argument by the rules of the Exec key: in double quotes, with `"`, backtick, `$` and backslash escaped, and `%` doubled. */
function quoted(argument: string): string {
  const doubled = argument.replaceAll('%', '%%');
  return /^[A-Za-z0-9_@+=:,./%-]+$/.test(doubled) ? doubled : `"${doubled.replaceAll(/["`$\\]/g, '\\$&')}"`;
}

/** A value of type string: backslashes and line breaks are escaped once more. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}
