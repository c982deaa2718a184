import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { plainBuiltins } from './scripts/plainBuiltins.ts';

const here = import.meta.dirname;

/**
 * One bundle for two runtimes: Electron 45 and the stand-in of closed networks (Electron 33: Node 20.18, Chrome 130).
 * electron-vite would take the target from the electron package alone.
 */
export default defineConfig({
  main: {
    plugins: [plainBuiltins()],
    build: {
      // Small, and loaded by every command of the terminal.
      externalizeDeps: { exclude: ['commander'] },
      target: 'node20.18',
      outDir: 'out/main',
      rollupOptions: {
        input: {
          index: resolve(here, 'src/main/index.ts'),
          headless: resolve(here, 'src/main/headless.ts'),
          cli: resolve(here, 'src/main/cli.ts'),
          portableRunner: resolve(here, 'src/main/core/engines/local/portableRunner.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      target: 'node20.18',
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: resolve(here, 'src/preload/index.ts') },
        // A sandboxed preload must be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    build: {
      target: 'chrome130',
      outDir: 'out/renderer',
      rollupOptions: { input: resolve(here, 'src/renderer/index.html') },
    },
  },
});
