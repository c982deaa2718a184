// npm test [-- --only static|vitest|e2e [arguments of that runner]]: set-up, then every check there is.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';
import { findRuntime } from './setup/runtime.mjs';
import { setUp } from './setup/setUp.mjs';
import { readStamp } from './setup/stamp.mjs';
import { installTestPrograms } from './setup/systemPackages.mjs';
import { withDisplays } from './test/displays.mjs';
import { noOutcome, runnerOutcome, sumOutcomes, summary } from './test/outcome.mjs';

const modules = (/** @type {string} */ path) => join(repoRoot, 'node_modules', path);
const reporter = (/** @type {string} */ name) => join(repoRoot, 'scripts', 'test', name);

/** @typedef {{title: string, args: string[]}} Check @type {Record<string, Check[]>} */
const parts = {
  static: [
    { title: 'lint', args: [modules('oxlint/bin/oxlint')] },
    { title: 'format check', args: [modules('oxfmt/bin/oxfmt'), '--check'] },
    { title: 'type check', args: [modules('typescript/bin/tsc'), '--build', '--noEmit'] },
  ],
  vitest: [
    {
      title: 'vitest',
      args: [
        modules('vitest/vitest.mjs'),
        'run',
        '--config=vitest.config.ts',
        '--reporter=default',
        `--reporter=${reporter('vitestOutcome.mjs')}`,
      ],
    },
  ],
  e2e: [
    {
      title: 'playwright',
      args: [
        modules('@playwright/test/cli.js'),
        'test',
        '--config=playwright.config.ts',
        `--reporter=list,${reporter('playwrightOutcome.mjs')}`,
      ],
    },
  ],
};

const [only, ...runnerArgs] = readArguments(process.argv.slice(2));
const outcomes = [];
let runnerHasSignals = false;
let interrupted = false;

process.on('SIGINT', () => interrupt(130));
process.on('SIGTERM', () => interrupt(143));

if (!(await setUp())) outcomes.push(failed('set-up'));
// What the set-up got done is still worth testing.
if (existsSync(pinnedNode)) {
  for (const part of only ? [only] : Object.keys(parts)) outcomes.push(...(await runPart(part)));
}
if (interrupted) outcomes.push(failed('interrupted, the rest did not run'));

const total = sumOutcomes(outcomes);
console.log(`\n${summary(total)}`);
process.exitCode = total.failures.length === 0 ? 0 : 1;

/** @param {string} part */
async function runPart(part) {
  const results = [];
  for (const check of parts[part] ?? []) {
    if (interrupted) break;
    console.log(`\n== ${check.title}`);
    if (part === 'static') results.push(await runCheck(check));
    else if (part === 'vitest') results.push(await runTests(check, process.env));
    else results.push(await runOnDisplay(check));
  }
  return results;
}

/** @param {Check} check */
async function runCheck(check) {
  return (await run(check, process.env)) === 0 ? { ...noOutcome(), passed: 1 } : failed(check.title);
}

/** @param {Check} check */
async function runOnDisplay(check) {
  if (!findRuntime()) return failed(`${check.title}: there is no Electron to run it on`);
  await installTestPrograms();
  try {
    const displays = await withDisplays();
    try {
      return await runTests(check, displays.env);
    } finally {
      await displays.dispose();
    }
  } catch (error) {
    return failed(`${check.title}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {Check} check @param {NodeJS.ProcessEnv} env */
async function runTests(check, env) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-test-'));
  const file = join(folder, 'outcome.json');
  try {
    const code = await run(check, { ...env, TRAINYARD_OUTCOME_FILE: file });
    return runnerOutcome(check.title, code, readStamp(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Check} check @param {NodeJS.ProcessEnv} env */
async function run({ args }, env) {
  // Programs that tests start as `node` are to be the pinned one too.
  const path = [modules('.bin'), env.PATH].join(delimiter);
  // Cores and runners are started by the hundred: compiling them is half of what a start costs.
  const compiled = join(tmpdir(), `trainyard-tests-${process.getuid?.() ?? 0}`, 'compiled');
  runnerHasSignals = true;
  try {
    return await runInForeground(pinnedNode, [...args, ...runnerArgs], {
      cwd: repoRoot,
      env: { ...env, PATH: path, NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? compiled },
    });
  } finally {
    runnerHasSignals = false;
  }
}

/** @param {string} title */
function failed(title) {
  return { ...noOutcome(), failures: [title] };
}

/** @param {number} code */
function interrupt(code) {
  interrupted = true;
  // A runner in the foreground has the signal too and comes to its own end.
  if (!runnerHasSignals) process.exit(code);
}

/** @param {string[]} args */
function readArguments(args) {
  if (args.length === 0) return [''];
  if (args[0] === '--only' && args[1] !== undefined && args[1] in parts) return args.slice(1);
  console.error('npm test -- --only static|vitest|e2e [arguments of that runner]');
  process.exit(2);
}
