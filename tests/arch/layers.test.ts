import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, resolved, ROOT, sourcesIn, withoutComments } from './sources.ts';
import type { Source } from './sources.ts';

const core = sourcesIn('src/main/core');
const shared = sourcesIn('src/shared');
const domain = sourcesIn('src/main/core/domain');
const processes = sourcesIn('src/main/core/processes');
const runs = sourcesIn('src/main/core/runs');
const renderer = sourcesIn('src/renderer');

/** Every import of these files that `isWrong` finds so, as “file imports name”. */
function wrongImports(
  sources: readonly Source[],
  isWrong: (specifier: string, target: string) => boolean,
): readonly string[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter((specifier) => isWrong(specifier, specifier.startsWith('.') ? resolved(source, specifier) : specifier))
      .map((specifier) => `${source.path} imports ${specifier}`),
  );
}

const isElectron = (specifier: string): boolean => /^(electron($|\/)|@electron\/)/.test(specifier);

describe('the scan sees what it judges', () => {
  const file = (text: string): Source => ({ path: 'src/main/core/x/file.ts', text });

  test('every way to import', () => {
    const text = [
      "import a from 'one';",
      "import type { B } from '../two.ts';",
      'import {',
      '  c,',
      '} from "three";',
      "import 'four';",
      "export { d } from './five.ts';",
      "export * from 'six';",
      "const e = await import('seven');",
      "const f = require('eight');",
      "// import g from 'no';",
      "/* import h from 'no'; */",
      'export const text = "import i from \'no\'";',
    ].join('\n');
    expect(importsOf(file(text))).toEqual(['one', '../two.ts', 'three', 'four', './five.ts', 'six', 'seven', 'eight']);
  });

  test('comments go and strings stay', () => {
    expect(withoutComments("const a = '// no'; // yes\n/* b */ c")).toBe("const a = '// no';       \n        c");
  });

  test('there are files to judge', () => {
    for (const sources of [core, shared, domain, renderer]) expect(sources.length).toBeGreaterThan(5);
  });
});

describe('layers', () => {
  test('the core and what is shared run on plain Node: no Electron', () => {
    expect(wrongImports([...core, ...shared], isElectron)).toEqual([]);
  });

  test('the core knows neither the shell, nor the window, nor the preload script', () => {
    expect(wrongImports(core, (_, target) => /^src\/(main\/shell|main\/index|renderer|preload)/.test(target))).toEqual(
      [],
    );
  });

  test('the domain is pure: no Node module, and within the core only itself', () => {
    expect(
      wrongImports(
        domain,
        (specifier, target) =>
          specifier.startsWith('node:') ||
          (target.startsWith('src/') && !/^src\/(shared|main\/core\/domain)\//.test(target)),
      ),
    ).toEqual([]);
  });

  test('processes and runs are known without knowing who starts them', () => {
    expect(processes.length).toBeGreaterThan(3);
    expect(runs.length).toBeGreaterThan(1);
    const own = /^src\/(shared|main\/core\/(domain|processes))\//;
    expect(wrongImports(processes, (_, target) => target.startsWith('src/') && !own.test(target))).toEqual([]);
    expect(
      wrongImports(
        runs,
        (_, target) => target.startsWith('src/') && !own.test(target) && !target.startsWith('src/main/core/runs/'),
      ),
    ).toEqual([]);
  });

  test('no engine knows another, and in the core nobody but who composes or answers knows one by its name', () => {
    const engineOf = (path: string): string | null => /^src\/main\/core\/engines\/(\w+)\//.exec(path)?.[1] ?? null;
    const mayName = /^src\/main\/core\/(createCore\.ts|engines\/createEngines\.ts|api\/\w+\.ts)$/;
    const found = core
      .filter(({ path }) => !mayName.test(path))
      .flatMap((source) =>
        wrongImports([source], (_, target) => {
          const engine = engineOf(target);
          return engine !== null && engine !== engineOf(source.path);
        }),
      );
    expect(found).toEqual([]);
  });

  test('the domain takes time and chance as arguments', () => {
    const clocks =
      /\b(?:Date\.now|new Date\b|Math\.random|performance\.now|setTimeout|setInterval|queueMicrotask|process\.|crypto\.)/g;
    const found = domain.flatMap(({ path, text }) =>
      [...withoutComments(text).matchAll(clocks)].map(([word]) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  test('what is shared imports no Node module and nothing but itself and zod', () => {
    expect(
      wrongImports(shared, (specifier, target) => specifier !== 'zod' && !target.startsWith('src/shared/')),
    ).toEqual([]);
  });

  test('what is shared uses no global of the DOM or of Node', () => {
    const globals =
      /(?<![.\w'"])(?:window|document|navigator|localStorage|sessionStorage|HTMLElement|fetch|process|Buffer|require|__dirname|setImmediate)\b(?!['"]?\s*:)(?=[.([])/g;
    const found = shared.flatMap(({ path, text }) =>
      [...withoutComments(text).matchAll(globals)].map(([word]) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  test('the window imports nothing of the main process, of Electron or of Node', () => {
    expect(
      wrongImports(
        renderer,
        (specifier, target) => isElectron(specifier) || specifier.startsWith('node:') || target.startsWith('src/main'),
      ),
    ).toEqual([]);
  });

  test('every relative import is of a file that is there, with its ending, as Node needs it', () => {
    const sources = [...core, ...shared];
    expect(
      wrongImports(
        sources,
        (specifier, target) =>
          specifier.startsWith('.') && !(existsSync(join(ROOT, target)) && /\.(ts|json)$/.test(target)),
      ),
    ).toEqual([]);
  });

  test('the core has no circle of imports that is there at run time', () => {
    const graph = new Map(core.map((source) => [source.path, valueImports(source)]));
    expect(circles(graph)).toEqual([]);
  });
});

/** Relative imports that are left when types are gone. */
function valueImports(source: Source): readonly string[] {
  const text = withoutComments(source.text).replaceAll(
    /(?:^|\n)\s*(?:import|export)\s+type\s[^'"]*['"][^'"]+['"]/g,
    '\n',
  );
  return importsOf({ ...source, text })
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => resolved(source, specifier));
}

/** Each circle once, written from file to file. */
function circles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  function walk(path: string, trail: readonly string[]): void {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  }
  for (const path of graph.keys()) walk(path, []);
  return found;
}
