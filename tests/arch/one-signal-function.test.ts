import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * Every signal of the app goes through `sendSignal` (src/main/core/processes/signal.ts), which checks right before sending
 * that the process is the one that is meant. A file that ends processes in another way stands here with its reason.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = ['src/main', 'src/preload'].map((folder) => join(ROOT, folder));

interface Exception {
  readonly file: string;
  readonly what: string;
  readonly times: number;
  readonly reason: string;
}

const ALLOWED: readonly Exception[] = [
  {
    file: 'src/main/core/processes/signal.ts',
    what: '.kill(',
    times: 1,
    reason: 'this is the function',
  },
  {
    file: 'src/main/core/processes/processTable.ts',
    what: '.kill(',
    times: 1,
    reason: 'signal 0 asks on Windows whether a number is in use, and sends nothing',
  },
  {
    file: 'src/main/core/engines/local/treeKiller.ts',
    what: 'tree-kill',
    times: 1,
    reason: 'the portable runner where there is no /proc: its own living child, whose number cannot be another’s',
  },
  {
    file: 'src/main/core/engines/local/scope.ts',
    what: 'cgroup.kill',
    times: 1,
    reason: 'the kernel decides who is in the cgroup that was made for this run alone; refused when we are in it',
  },
  {
    file: 'src/main/core/gpu/children.ts',
    what: '.kill(',
    times: 3,
    reason: 'the GPU monitor’s own nvidia-smi, by the handle of a child that has not been reaped',
  },
  {
    file: 'src/main/core/gpu/loop.ts',
    what: '.kill(',
    times: 2,
    reason: 'calls children.ts',
  },
  {
    file: 'src/main/core/gpu/questions.ts',
    what: '.kill(',
    times: 1,
    reason: 'calls children.ts',
  },
  {
    file: 'src/main/core/samples.ts',
    what: 'a limit of Node’s',
    times: 1,
    reason: 'asks whether torch can be imported: a child of the app and of no run',
  },
  {
    file: 'src/main/core/webhooks/hookCommand.ts',
    what: 'a limit of Node’s',
    times: 2,
    reason: 'the user’s own hook, a child of the app and of no run: Node holds its handle until it is reaped',
  },
  {
    file: 'src/main/core/engines/local/scopeEnd.ts',
    what: '.kill(',
    times: 1,
    reason: 'calls scope.ts',
  },
  {
    file: 'src/main/core/engines/local/runEnd.ts',
    what: '.kill(',
    times: 1,
    reason: 'calls scope.ts',
  },
  {
    file: 'src/main/core/engines/local/containerStop.ts',
    what: '.kill(',
    times: 2,
    reason: 'asks the daemon to signal a container, by its id',
  },
];

/** Ways to send a signal, or to have one sent. */
const WAYS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: '.kill(', pattern: /\.\s*kill\s*(\?\.)?\s*\(|\[\s*['"`]kill['"`]\s*\]/g },
  { what: 'tree-kill', pattern: /(from|import\s*\(|require\s*\()\s*['"`]tree-kill['"`]/g },
  { what: 'cgroup.kill', pattern: /['"`/]cgroup\.kill['"`]/g },
  {
    what: 'a program that kills',
    pattern: /(spawn|spawnSync|exec|execSync|execFile|execFileSync)\s*\(\s*['"`](kill|pkill|killall|taskkill|fuser)\b/g,
  },
  // Node sends the signal itself when the time is up.
  { what: 'a limit of Node’s', pattern: /\b(killSignal|timeout)\s*:/g },
  { what: 'kill imported', pattern: /import\s*\{[^}]*\bkill\b[^}]*\}\s*from\s*['"`](node:)?process['"`]/g },
  { what: 'kill taken', pattern: /\{[^}]*\bkill\b[^}]*\}\s*=\s*process\b|\bprocess\s*\.\s*kill\s*[;,)]/g },
];

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The text without its comments, which may speak of anything. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

function findingsIn(text: string): readonly { readonly what: string; readonly times: number }[] {
  const code = withoutComments(text);
  const ways = code.includes('node:child_process') ? WAYS : WAYS.filter(({ what }) => what !== 'a limit of Node’s');
  return ways
    .map(({ what, pattern }) => ({ what, times: [...code.matchAll(pattern)].length }))
    .filter(({ times }) => times > 0);
}

describe('every signal of the app goes through one function', () => {
  test('no other file sends one, and every exception is still needed', () => {
    const found = SOURCES.flatMap(sourcesIn).flatMap((path) => {
      const file = relative(ROOT, path).replaceAll('\\', '/');
      return findingsIn(readFileSync(path, 'utf8')).map(({ what, times }) => ({ file, what, times }));
    });
    const allowed = ALLOWED.map(({ file, what, times }) => ({ file, what, times }));
    const byFile = (a: { file: string; what: string }, b: { file: string; what: string }): number =>
      `${a.file} ${a.what}`.localeCompare(`${b.file} ${b.what}`);
    expect([...found].sort(byFile)).toEqual([...allowed].sort(byFile));
  });

  test.each([
    ['process.kill(pid)', '.kill('],
    ['process\n  .kill(-group, 9)', '.kill('],
    ['child?.kill?.("SIGKILL")', '.kill('],
    ["process['kill'](1)", '.kill('],
    ["import treeKill from 'tree-kill'", 'tree-kill'],
    ["await import('tree-kill')", 'tree-kill'],
    ["spawn('pkill', ['-f', name])", 'a program that kills'],
    ['execSync(`kill -9 ${pid}`)', 'a program that kills'],
    ["import { kill } from 'node:process'", 'kill imported'],
    ['const { kill } = process', 'kill taken'],
    ["import { execFile } from 'node:child_process'; execFile(name, [], { timeout: 5 })", 'a limit of Node’s'],
    ['pids.forEach(process.kill)', 'kill taken'],
    ["writeFileSync(join(cgroup, 'cgroup.kill'), '1')", 'cgroup.kill'],
  ])('this test would find %j', (code, what) => {
    expect(findingsIn(code).map((finding) => finding.what)).toContain(what);
  });

  test('and is not misled by comments', () => {
    expect(findingsIn('// process.kill(1)\n/* child.kill() */ const x = 1; // .kill(')).toEqual([]);
  });
});
