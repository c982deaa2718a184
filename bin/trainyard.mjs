#!/usr/bin/env node
// The `trainyard` command of a clone: runs the built CLI on this Node when it is new enough, else on the pinned one.

// Taken, not imported: an `import` of these reads every export, and with that loads modules for a fifth of a command's time.
const { existsSync } = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
const { fileURLToPath, pathToFileURL } = process.getBuiltinModule?.('node:url') ?? (await import('node:url'));

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = `${root}out/main/cli.js`;
const pinnedNode = `${root}node_modules/node/bin/${process.platform === 'win32' ? 'node.exe' : 'node'}`;

if (!existsSync(cli)) {
  console.error('trainyard: this clone is not set up yet. Run `npm run setup` first.');
  process.exitCode = 1;
} else if (hasNodeApi10(process.versions.node)) {
  await import(pathToFileURL(cli).href);
} else {
  const { runInForeground } = await import('../scripts/setup/foregroundChild.mjs');
  process.exitCode = await runInForeground(pinnedNode, [cli, ...process.argv.slice(2)]);
}

/** better-sqlite3 is built for Node-API 10, which came with these. @param {string} version */
function hasNodeApi10(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 14);
}
