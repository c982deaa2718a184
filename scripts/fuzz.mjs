// npm run fuzz [-- --long] [--docs PAGE] [arguments of vitest]: every fuzz test, then a table of what was thrown at what.
// --long throws at least 100 000 inputs at each kind of target; --docs puts the table into that page.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';

const { values, tokens } = parseArgs({
  options: { long: { type: 'boolean', default: false }, docs: { type: 'string' } },
  strict: false,
  tokens: true,
});
const ours = new Set(['long', 'docs']);
const theirs = process.argv
  .slice(2)
  .filter(
    (_, index) =>
      !tokens.some(
        (token) =>
          token.kind === 'option' &&
          ours.has(token.name) &&
          (token.index === index || (token.name === 'docs' && !token.inlineValue && token.index + 1 === index)),
      ),
  );

const folder = mkdtempSync(join(tmpdir(), 'trainyard-fuzz-'));
try {
  const report = join(folder, 'report.jsonl');
  const vitest = join(repoRoot, 'node_modules/vitest/vitest.mjs');
  const line = [
    vitest,
    'run',
    '--project',
    'integration',
    ...(theirs.some((word) => !word.startsWith('-')) ? [] : ['tests/fuzz']),
    ...theirs,
  ];
  process.exitCode = await runInForeground(pinnedNode, line, {
    cwd: repoRoot,
    env: {
      ...process.env,
      PATH: [join(repoRoot, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      TRAINYARD_FUZZ_REPORT: report,
      ...(values['long'] ? { TRAINYARD_FUZZ: 'long' } : {}),
    },
  });
  const table = existsSync(report) ? tableOf(readFileSync(report, 'utf8')) : '';
  process.stdout.write(`\n${table}`);
  if (typeof values['docs'] === 'string' && process.exitCode === 0) {
    const { writeInto } = await import('../tests/chaos/writeInto.ts');
    writeInto(values['docs'], 'fuzz', table);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} lines */
function tableOf(lines) {
  /** @type {{target: string, count: number, tookMs: number, slowestMs: number}[]} */
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  rows.sort((a, b) => a.target.localeCompare(b.target));
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${date}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.versions.node}.`,
    '',
    '| target | inputs | seconds | slowest input |',
    '|---|---|---|---|',
    ...rows.map(
      ({ target, count, tookMs, slowestMs }) =>
        `| ${target} | ${count.toLocaleString('en-US')} | ${Math.round(tookMs / 1_000)} | ${slowestMs.toFixed(0)} ms |`,
    ),
    '',
  ].join('\n');
}
