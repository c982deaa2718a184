import type { Plugin } from 'vite';

const IMPORT = /^import (?:(?<whole>[\w$]+))?(?:, )?(?:\{(?<named>[^}]*)\})? ?from "(?<id>node:[^"]+)";$/gm;

/**
 * Takes Node's own modules as they are instead of importing them. An `import` of one reads every export of it, and with that
 * the getters of `process` open stdin, and `http` loads all of `fetch`: half of what a command of the terminal takes to start.
 */
export function plainBuiltins(): Plugin {
  return {
    name: 'plain-builtins',
    apply: 'build',
    renderChunk: {
      // After everything else has been written out.
      order: 'post',
      handler: (code) => ({ code: code.replace(IMPORT, taken), map: null }),
    },
  };
}

function taken(...match: readonly unknown[]): string {
  const { whole, named, id } = match.at(-1) as {
    readonly whole?: string;
    readonly named?: string;
    readonly id: string;
  };
  const builtin = id === 'node:process' ? 'process' : `process.getBuiltinModule("${id}")`;
  return [
    ...(whole === undefined ? [] : [`const ${whole} = ${builtin};`]),
    ...(named === undefined ? [] : [`const {${named.replaceAll(' as ', ': ')}} = ${builtin};`]),
  ].join(' ');
}
