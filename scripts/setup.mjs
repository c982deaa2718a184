// npm run setup [-- --without-electron] [-- --check]
import { missing, setUp, setUpSteps } from './setup/setUp.mjs';

const known = new Set(['--without-electron', '--check', '--help']);
const given = process.argv.slice(2);
const unknown = given.filter((argument) => !known.has(argument));
const electron = !given.includes('--without-electron');

// An orderly end runs the exit handlers: locks are released, unfinished folders removed, commands stopped.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

if (unknown.length > 0 || given.includes('--help')) {
  if (unknown.length > 0) console.error(`Unknown: ${unknown.join(' ')}`);
  console.log(`npm run setup -- [--without-electron] [--check]
  --without-electron  for the app without a window: no Electron, no display
  --check             say what is missing, change nothing; exit code 1 when something is`);
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else if (given.includes('--check')) {
  const names = await missing(setUpSteps({ electron }));
  for (const name of names) console.log(`missing: ${name}`);
  if (names.length === 0) console.log('Everything is set up.');
  process.exitCode = names.length === 0 ? 0 : 1;
} else {
  process.exitCode = (await setUp({ electron })) ? 0 : 1;
}
