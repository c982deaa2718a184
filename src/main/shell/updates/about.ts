import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { AppAbout } from '../../../shared/shellContract.ts';
import type { Updates } from './update.ts';

const manifestSchema = z.object({
  productName: z.string(),
  version: z.string(),
  /** Only a package's own manifest says it. */
  testBuild: z.boolean().default(false),
});

/** What the About box says of this copy of the app: its manifest, the runtime's parts, and whether it looks for updates. */
export function aboutApp(root: string, isPackaged: boolean, updates: Pick<Updates, 'ready'> | null): AppAbout {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const { electron = '?', chrome = '?', node } = process.versions;
  return {
    ...manifest,
    runtime: `Electron ${electron} · Chromium ${chrome} · Node ${node}`,
    // In a package the texts of all licences lie beside the program.
    licences: isPackaged ? dirname(process.execPath) : null,
    updates: updates === null ? 'off' : 'on',
    updateReady: updates?.ready ?? null,
  };
}
