import { describe, expect, test } from 'vitest';
import type { JobView } from '../../../src/shared/job.ts';
import { autostartEntry, isEntryOf, isSwitchedOff } from '../../../src/main/shell/login/autostartEntry.ts';
import { againCommand } from '../../../src/main/shell/launch/againCommand.ts';
import { ownCommand } from '../../../src/main/shell/login/ownCommand.ts';
import { powerCommand } from '../../../src/main/shell/machine/powerCommand.ts';
import { nextLookAt, whenDoneAfter } from '../../../src/main/shell/machine/whenDone.ts';
import type { WhenDone } from '../../../src/main/shell/machine/whenDone.ts';
import { taskbarOf } from '../../../src/main/shell/machine/taskbar.ts';

describe('what follows the last run', () => {
  const times = { settleMs: 5_000, countdownMs: 60_000 };
  const after = (
    before: WhenDone,
    now: number,
    liveRuns: number,
    action: 'nothing' | 'sleep' | 'shutdown' = 'sleep',
  ): WhenDone => whenDoneAfter(before, { action, liveRuns, now }, times);
  const idle: WhenDone = { stage: 'idle' };

  test('an empty queue does not send the machine to sleep: a run has to end first', () => {
    expect(after(idle, 0, 0)).toEqual(idle);
    expect(nextLookAt(idle)).toBeNull();
  });

  test('the end of the last run settles, counts down and is carried out once', () => {
    let state = after(idle, 0, 2);
    expect(state).toEqual({ stage: 'armed' });
    state = after(state, 1_000, 1);
    state = after(state, 2_000, 0);
    expect(state).toEqual({ stage: 'settling', until: 7_000 });
    expect(after(state, 6_999, 0)).toBe(state);
    state = after(state, 7_000, 0);
    expect(state).toEqual({ stage: 'counting', view: { action: 'sleep', at: 67_000 } });
    expect(nextLookAt(state)).toBe(67_000);
    expect(after(state, 66_999, 0)).toBe(state);
    state = after(state, 67_000, 0);
    expect(state).toEqual({ stage: 'due', action: 'sleep' });
    expect(after(state, 67_001, 0)).toEqual(idle);
  });

  test('a run that starts calls the countdown off, and its own end counts again', () => {
    const counting: WhenDone = { stage: 'counting', view: { action: 'sleep', at: 60_000 } };
    const state = after(counting, 30_000, 1);
    expect(state).toEqual({ stage: 'armed' });
    expect(after(state, 31_000, 0)).toEqual({ stage: 'settling', until: 36_000 });
  });

  test('another wish begins the countdown anew, and no wish ends it', () => {
    const counting: WhenDone = { stage: 'counting', view: { action: 'sleep', at: 60_000 } };
    expect(after(counting, 59_000, 0, 'shutdown')).toEqual({
      stage: 'counting',
      view: { action: 'shutdown', at: 119_000 },
    });
    expect(after(counting, 59_000, 0, 'nothing')).toEqual(idle);
    // A run that was seen before the wish was made does not count.
    expect(after(after({ stage: 'armed' }, 0, 1, 'nothing'), 1, 0)).toEqual(idle);
  });

  test('the command is systemctl’s, or the program in its place with the same word', () => {
    expect(powerCommand('sleep', 'linux', null)).toEqual(['systemctl', 'suspend']);
    expect(powerCommand('shutdown', 'linux', null)).toEqual(['systemctl', 'poweroff']);
    expect(powerCommand('shutdown', 'linux', '/tmp/fixture')).toEqual(['/tmp/fixture', 'poweroff']);
  });
});

describe('the autostart entry', () => {
  const execOf = (command: readonly string[]): string =>
    /^Exec=(.*)$/m.exec(autostartEntry({ command, dataFolder: '/d' }))?.[1] ?? '';

  test('quotes what the Exec key needs quoted, and escapes it as a string once more', () => {
    expect(execOf(['/opt/Trainyard/trainyard', '--hidden'])).toBe('/opt/Trainyard/trainyard --hidden');
    expect(execOf(['/opt/my apps/a', '100%'])).toBe('"/opt/my apps/a" 100%%');
    expect(execOf(['a"b', '$HOME', '`x`', 'c\\d'])).toBe('"a\\\\"b" "\\\\$HOME" "\\\\`x\\\\`" "c\\\\\\\\d"');
  });

  test('cannot be given lines of its own', () => {
    const text = autostartEntry({ command: ['a\nExec=evil'], dataFolder: '/d\nHidden=true' });
    expect(text.split('\n').filter((line) => line.startsWith('Exec='))).toHaveLength(1);
    expect(text).not.toMatch(/^Hidden/m);
  });

  test('belongs to one data folder, and what the desktop switched off is seen', () => {
    const text = autostartEntry({ command: ['a'], dataFolder: '/home/ada/my yard' });
    expect(isEntryOf(text, '/home/ada/my yard')).toBe(true);
    expect(isEntryOf(text, '/home/ada')).toBe(false);
    expect(isSwitchedOff(text)).toBe(false);
    expect(isSwitchedOff(`${text}Hidden=true\n`)).toBe(true);
    expect(isSwitchedOff(`${text}X-GNOME-Autostart-enabled=false\n`)).toBe(true);
  });

  test('starts the same app with the words of a start that came while it ended', () => {
    const words = ['submit', '--', 'true'];
    expect(againCommand({ program: '/opt/t', words: ['--hidden'], root: null, env: {} }, words)).toEqual({
      execPath: '/opt/t',
      args: words,
    });
    const mounted = { program: '/tmp/.mount_x/t', words: [], root: null, env: { APPIMAGE: '/a.AppImage' } };
    expect(againCommand(mounted, [])).toEqual({ execPath: '/a.AppImage', args: [] });
    const clone = { program: '/e/electron', words: ['--no-sandbox', '/clone', 'submit'], root: '/clone', env: {} };
    expect(againCommand(clone, words)).toEqual({
      execPath: '/e/electron',
      args: ['--no-sandbox', '/clone', ...words],
    });
  });

  test('starts the same app on the same data, in the tray', () => {
    expect(ownCommand({ program: '/opt/t', words: ['submit'], root: null, env: {} })).toEqual(['/opt/t', '--hidden']);
    expect(ownCommand({ program: '/tmp/.mount_x/t', words: [], root: null, env: { APPIMAGE: '/a.AppImage' } })).toEqual(
      ['/a.AppImage', '--hidden'],
    );
    expect(
      ownCommand({
        program: '/e/electron',
        words: ['--no-sandbox', '--inspect=0', '/clone', 'trainyard://job/1'],
        root: '/clone',
        env: { TRAINYARD_HOME: '/d', TRAINYARD_SQLITE_BINDING: '/b.node' },
      }),
    ).toEqual([
      'env',
      'TRAINYARD_HOME=/d',
      'TRAINYARD_SQLITE_BINDING=/b.node',
      '/e/electron',
      '--no-sandbox',
      '/clone',
      '--hidden',
    ]);
  });
});

test('the taskbar shows the progress of all that tell theirs, and how many are live', () => {
  const run = (fraction: number | null): JobView =>
    ({ progress: { fraction, position: null, loss: null, secondsLeft: null } }) as unknown as JobView;
  expect(taskbarOf([])).toEqual({ progress: -1, badge: 0 });
  expect(taskbarOf([run(null)])).toEqual({ progress: -1, badge: 1 });
  expect(taskbarOf([run(0.5), run(1), run(null)])).toEqual({ progress: 0.75, badge: 3 });
  expect(taskbarOf([run(1.7)])).toEqual({ progress: 1, badge: 1 });
});
