import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { leaveAppImage, outlastingRunners } from '../../src/main/appImage.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-appimage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('runs do not get the libraries and folders of the AppImage, and keep their own', () => {
  const mount = '/tmp/.mount_TrainyAbc';
  const env: NodeJS.ProcessEnv = {
    APPIMAGE: '/home/ada/Trainyard.AppImage',
    APPDIR: mount,
    OWD: '/home/ada',
    ARGV0: './Trainyard.AppImage',
    PATH: `${mount}:${mount}/usr/sbin:/usr/bin:/bin`,
    LD_LIBRARY_PATH: `${mount}/usr/lib:/opt/cuda/lib64`,
    XDG_DATA_DIRS: `${mount}/usr/share/:/usr/share`,
    GSETTINGS_SCHEMA_DIR: `${mount}/usr/share/glib-2.0/schemas`,
    HOME: '/home/ada',
  };
  leaveAppImage(env);
  expect(env).toEqual({
    APPIMAGE: '/home/ada/Trainyard.AppImage',
    PATH: '/usr/bin:/bin',
    LD_LIBRARY_PATH: '/opt/cuda/lib64',
    XDG_DATA_DIRS: '/usr/share',
    HOME: '/home/ada',
  });
});

test('a list that was only the AppImage’s is not there at all, and elsewhere nothing changes', () => {
  const env: NodeJS.ProcessEnv = { APPIMAGE: '/a', APPDIR: '/m', LD_LIBRARY_PATH: '/m/usr/lib', PATH: '/bin' };
  leaveAppImage(env);
  expect(env).toEqual({ APPIMAGE: '/a', PATH: '/bin' });
  const other = { APPDIR: '/of/somebody/else', PATH: '/bin' };
  leaveAppImage(other);
  expect(other).toEqual({ APPDIR: '/of/somebody/else', PATH: '/bin' });
});

test('in an AppImage the runner is a copy that outlasts the mount, renewed when the app is', () => {
  const mount = join(folder, 'mount');
  mkdirSync(mount);
  const runners = { native: join(mount, 'trainyard-runner'), portable: join(mount, 'portable.js') };
  writeFileSync(runners.native, 'first', { mode: 0o755 });
  const data = join(folder, 'data');
  expect(outlastingRunners(runners, data, {})).toBe(runners);
  const kept = outlastingRunners(runners, data, { APPIMAGE: '/a' });
  expect(kept.native.startsWith(data)).toBe(true);
  const inode = statSync(kept.native).ino;
  outlastingRunners(runners, data, { APPIMAGE: '/a' });
  expect(statSync(kept.native).ino, 'the same program is not written again').toBe(inode);
  writeFileSync(runners.native, 'second');
  expect(readFileSync(outlastingRunners(runners, data, { APPIMAGE: '/a' }).native, 'utf8')).toBe('second');
  expect(statSync(kept.native).mode & 0o111, 'executable').not.toBe(0);
});
