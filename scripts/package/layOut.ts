import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '../setup/paths.mjs';
import { layOutApp } from './contents.ts';
import { buildNames } from './names.ts';

/*
 * Lays out the app in dist/app for electron-builder, which puts its own Electron around it: for macOS and Windows, after
 * `npm run build`. Linux packages are made by build.ts.
 */

const official = { kind: 'official', executable: '', version: '', electronArgs: [], sqliteBinding: null } as const;
const target = join(repoRoot, 'dist', 'app');
rmSync(target, { recursive: true, force: true });
layOutApp(repoRoot, target, buildNames(repoRoot, official), { ...official, electronArgs: [] });
