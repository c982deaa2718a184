import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { cliProgram } from '../../src/main/cli/main.ts';
import { EXIT } from '../../src/main/cli/exitCodes.ts';
import { CliSession } from '../../src/main/cli/session.ts';
import { openApiDocument } from '../../src/main/core/api/http/openapi.ts';
import { page } from './docs.ts';
import { ROOT } from './sources.ts';

/** What stands in backquotes on a page, `{a|b}` written out. */
function quoted(path: string): readonly string[] {
  return [...page(path).text.matchAll(/`([^`\n]+)`/g)].flatMap(([, words]) => alternatives(words ?? ''));
}

function alternatives(words: string): readonly string[] {
  const found = /\{([^{}]*\\?\|[^{}]*)\}/.exec(words);
  if (found === null) return [words];
  const [whole, inner = ''] = found;
  return inner.split(/\\?\|/).flatMap((choice) => alternatives(words.replace(whole, choice)));
}

describe('lists in the docs are whole', () => {
  test('dependencies.md has every package that package.json asks for, and no other', () => {
    const rows = page('docs/dependencies.md').text.matchAll(/^\| (`[^|]+) \|/gm);
    const listed = [...rows].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    const wanted = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(listed.toSorted()).toEqual(wanted.toSorted());
  });

  test('http.md has every route that is served for scripts, and no other', () => {
    const told = new Set(quoted('docs/http.md').map((words) => words.replace(/\?.*$/, '')));
    const served = Object.entries(openApiDocument('0')['paths'] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const written = (route: string): readonly string[] =>
      route.endsWith('/queue/{mode}')
        ? ['run', 'drain', 'pause'].map((mode) => route.replace('{mode}', mode))
        : [route];
    const routes = served.flatMap(written);
    expect(routes.filter((route) => !told.has(route))).toEqual([]);
    const promised = [...told].filter((words) => /^(?:GET|POST) \//.test(words));
    expect(promised.filter((route) => !routes.includes(route))).toEqual([]);
  });

  test('cli.md has every command', () => {
    const told = new Set(quoted('docs/cli.md').map((words) => words.split(' ')[0]));
    const commands = cliProgram(new CliSession()).commands.map((command) => command.name());
    expect(commands.filter((name) => !told.has(name))).toEqual([]);
  });

  test('cli.md has every exit code', () => {
    const rows = [...page('docs/cli.md').text.matchAll(/^\| (\d) \| /gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(EXIT));
  });

  test('decisions are numbered without a gap or a double, and architecture.md lists them', () => {
    const files = globSync('docs/adr/*.md', { cwd: ROOT })
      .map((path) => basename(path))
      .sort();
    expect(files.map((name) => Number(name.slice(0, 4)))).toEqual(files.map((_, place) => place + 1));
    expect(files.filter((name) => !page('docs/architecture.md').text.includes(`](adr/${name})`))).toEqual([]);
    const titles = files.filter((name) => !page(`docs/adr/${name}`).text.startsWith(`# ${Number(name.slice(0, 4))}. `));
    expect(titles).toEqual([]);
  });
});
