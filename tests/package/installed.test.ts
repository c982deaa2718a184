import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INSTALLED } from '../../scripts/package/debianTree.ts';
import { repoRoot } from '../../scripts/setup/paths.mjs';
import { isGone, signalIdentity, until, untilGone } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { outputOf, run } from './command.ts';
import { machineFiles } from './machineFiles.ts';
import { OrdinaryUser } from './ordinaryUser.ts';
import { cannotPackage, PackageBuild } from './packageBuild.ts';
import { ReleaseFeed } from './releaseFeed.ts';
import { childrenDeep, namespaceOf, seccompOf } from './sandboxFacts.ts';

const reason = cannotPackage() ?? cannotInstall();
const LONG_MS = 120_000;
const SAMPLES = `${INSTALLED}/resources/app.asar.unpacked/resources/samples`;
const RUNNER = `${INSTALLED}/resources/app.asar.unpacked/out/runner/linux-${process.arch}/trainyard-runner`;
const UPDATE_SOURCE = `${INSTALLED}/resources/app-update.yml`;
const PICTURES = join(repoRoot, 'screenshots', 'package');

if (reason !== null) console.warn(`the installed package is not tested: ${reason}`);

/** Only root may install, and a Trainyard that is installed already is somebody's. */
function cannotInstall(): string | null {
  if (process.getuid?.() !== 0) return 'only root may install a package';
  return existsSync(INSTALLED) ? `${INSTALLED} is there already, and not ours to remove` : null;
}

interface WireJob {
  readonly status: string;
  readonly exit_code: number | null;
  readonly run_directory: string;
}

describe.skipIf(reason !== null)('the installed package', () => {
  const user = new OrdinaryUser();
  let build: PackageBuild;
  let deb: string;
  let feed: ReleaseFeed;
  let before: ReadonlySet<string>;
  let app: Identity;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    build = new PackageBuild();
    await build.makeFolder();
    deb = await build.makeDeb();
    before = machineFiles();
    await user.create();
    await user.openSession();
    feed = await ReleaseFeed.open();
  });

  afterAll(async () => {
    await browser?.close().catch(() => {});
    feed?.close();
    rmSync(UPDATE_SOURCE, { force: true });
    if (existsSync(INSTALLED)) await run('dpkg', ['--purge', 'trainyard']);
    await user.remove();
    build?.remove();
  });

  /** The installed command, as the user types it. */
  const trainyard = (...argv: string[]) => user.run('trainyard', ...argv);
  async function job(id: number): Promise<WireJob> {
    return JSON.parse((await trainyard('show', '--json', String(id))).out) as WireJob;
  }
  async function submit(...words: string[]): Promise<number> {
    const { code, out, err } = await trainyard('submit', '--json', ...words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return Number((JSON.parse(out) as { readonly job_id: string }).job_id);
  }
  /** As the window does: the sample on the app's own runtime. It trains for hours unless it is stopped. */
  const submitSample = () =>
    submit(
      '--env',
      'ELECTRON_RUN_AS_NODE=1',
      '--',
      `${INSTALLED}/trainyard`,
      `${SAMPLES}/digits.mjs`,
      '--epochs',
      '100000',
    );
  /** The runner and main of a run that trains, once its log tells of an epoch. */
  async function training(
    id: number,
  ): Promise<{ readonly runner: Identity; readonly main: Identity; readonly folder: string }> {
    const folder = await until(
      'a run',
      () => {
        const runs = join(user.data, 'jobs', String(id));
        const name = existsSync(runs) ? readdirSync(runs).find((entry) => entry !== 'files') : undefined;
        const log = name === undefined ? '' : join(runs, name, 'output.log');
        return log !== '' && existsSync(log) && /epoch/i.test(readFileSync(log, 'utf8'))
          ? join(runs, name ?? '')
          : null;
      },
      undefined,
      LONG_MS,
    );
    const identity = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')) as Record<string, string | number>;
    const part = (name: string): Identity => ({
      pid: Number(identity[`${name}_pid`]),
      start: String(identity[`${name}_start`]),
    });
    return { runner: part('runner'), main: part('main'), folder };
  }

  test('installs with nothing missing, and is what the package says', async () => {
    await outputOf('dpkg', ['--install', deb]);
    expect(await outputOf('dpkg-query', ['-W', '-f', '${Status}', 'trainyard'])).toBe('install ok installed');
    expect(await outputOf('dpkg', ['--verify', 'trainyard']), 'files that differ from the package').toBe('');
    expect(statSync(`${INSTALLED}/chrome-sandbox`).mode & 0o7777).toBe(0o4755);
    expect((await trainyard('--version')).out.trim()).toBe(build.names.version);
    const doctor = await trainyard('doctor');
    expect(doctor, doctor.out).toMatchObject({ code: 0, out: expect.stringMatching(/^ok\s+runner: Native/m) });
    // Where a release is looked for; the app reads it at its start.
    writeFileSync(UPDATE_SOURCE, feed.source);
  });

  test('every library that the programs are linked to comes with a package that it depends on', async () => {
    const wanted = await linkedPackages([`${INSTALLED}/trainyard`, `${INSTALLED}/chrome_crashpad_handler`]);
    expect(wanted.size).toBeGreaterThan(10);
    const listed = await outputOf('apt-cache', [
      'depends',
      '--recurse',
      '--no-suggests',
      '--no-recommends',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      '--installed',
      'trainyard',
    ]);
    const given = new Set(listed.split('\n').map((line) => line.replace(/^[\s|]*(?:\w+:)?\s*/, '').trim()));
    expect([...wanted].filter((name) => !given.has(name))).toEqual([]);
  });

  test('opens its window for an ordinary user with Chromium’s sandbox on', async () => {
    user.start(`${INSTALLED}/trainyard`, ['--remote-debugging-port=0']);
    app = await user.core();
    const port = await until('a debugging port', () => debuggingPort(user), undefined, LONG_MS);
    browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    page = await until('the page', () => browser.contexts()[0]?.pages()[0], undefined, LONG_MS);
    await page.getByRole('button', { name: 'New run' }).first().waitFor();
    const processes = childrenDeep(app.pid);
    expect(processes.filter(({ command }) => command.includes('--no-sandbox'))).toEqual([]);
    const renderers = processes.filter(({ command }) => command.includes('--type=renderer'));
    expect(renderers.length).toBeGreaterThan(0);
    for (const { pid } of renderers) {
      expect(seccompOf(pid), 'a filter on its system calls').toBe('2');
      expect(namespaceOf(pid, 'pid'), 'sees no other process').not.toBe(namespaceOf(app.pid, 'pid'));
      expect(namespaceOf(pid, 'net'), 'has no network').not.toBe(namespaceOf(app.pid, 'net'));
    }
    await page.screenshot({ path: join(PICTURES, 'window.png') });
  });

  test('the About box says which copy this is', async () => {
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'About Trainyard' }).click();
    const box = page.getByRole('dialog', { name: 'About Trainyard' });
    await box.getByText(`Version ${build.names.version}`).waitFor();
    expect(await box.getByText('Test build:').count()).toBe(build.names.testBuild ? 1 : 0);
    expect(await box.getByText('Newer releases are looked for once a day.').count()).toBe(1);
    await page.screenshot({ path: join(PICTURES, 'about.png') });
    await box.getByRole('button', { name: 'Close', exact: true }).click();
  });

  test('`trainyard open` brings that window to the front and starts no second app', async () => {
    expect(await trainyard('open')).toMatchObject({ code: 0, out: 'The window comes to the front.\n' });
    expect(await user.core()).toEqual(app);
  });

  test('a sample is run and cancelled from the terminal: it saves, and nothing of it is left', async () => {
    const id = await submitSample();
    const { runner, main, folder } = await training(id);
    expect(readlinkSync(`/proc/${runner.pid}/exe`)).toBe(RUNNER);
    const cancelled = await trainyard('cancel', String(id));
    expect(cancelled, cancelled.err).toMatchObject({ code: 0 });
    expect([main, runner].map(isGone)).toEqual([true, true]);
    expect((await job(id)).status).toBe('cancelled');
    const receipt = await trainyard('receipt', String(id));
    expect(receipt.code).toBe(0);
    const files = join(user.data, 'jobs', String(id), 'files');
    expect(readdirSync(files), 'the checkpoint that the sample saved when it was asked to stop').toContain(
      'digits.checkpoint.json',
    );
    expect(existsSync(join(folder, 'exit.json'))).toBe(true);
    await page.getByText('Cancelled').first().waitFor();
    await page.screenshot({ path: join(PICTURES, 'cancelled.png') });
  });

  test('a release that is fetched is told, and nothing is installed by itself', async () => {
    const log = join(user.data, 'app.log');
    await until(
      'the updater’s word',
      () => existsSync(log) && readFileSync(log, 'utf8').includes(`update: ${feed.version} is fetched`),
      undefined,
      LONG_MS,
    );
    expect(feed.asked.some((url) => url.endsWith('.deb'))).toBe(true);
    expect(await outputOf('dpkg-query', ['-W', '-f', '${Version}', 'trainyard'])).toBe(build.names.debVersion);
    rmSync(UPDATE_SOURCE);
  });

  test('a run goes on through an upgrade of the package, and the app that runs still rules it', async () => {
    const upgrade = await newer(build, deb);
    const flag = join(user.home, 'go-on');
    const kept = await submit('--', 'sh', '-c', 'echo epoch; until [ -e "$0" ]; do sleep 0.2; done', flag);
    const { runner, main } = await training(kept);
    await outputOf('dpkg', ['--install', upgrade]);
    expect(await outputOf('dpkg-query', ['-W', '-f', '${Version}', 'trainyard'])).toBe('0.1.1');
    expect(readlinkSync(`/proc/${runner.pid}/exe`), 'the old program, kept by the kernel').toContain('(deleted)');
    expect([main, runner].map(isGone)).toEqual([false, false]);
    writeFileSync(flag, '');
    expect(await trainyard('wait', String(kept))).toMatchObject({ code: 0 });
    expect((await job(kept)).status).toBe('completed');
    const next = await submitSample();
    await training(next);
    expect(await trainyard('cancel', String(next)), 'a run started by the old app with the new runner').toMatchObject({
      code: 0,
    });
  });

  test('SIGTERM ends the app; `trainyard open` starts it again', async () => {
    await browser.close();
    signalIdentity(app, 'SIGTERM');
    await untilGone([app], LONG_MS);
    expect(await trainyard('open')).toMatchObject({ code: 0, out: 'The window opens.\n' });
    const next = await user.core(app.pid);
    expect(readlinkSync(`/proc/${next.pid}/exe`)).toBe(`${INSTALLED}/trainyard`);
    app = next;
  });

  test('removing the package says which run goes on, and its runner still stops it', async () => {
    const id = await submitSample();
    const { runner, main, folder } = await training(id);
    const removed = await outputOf('dpkg', ['--remove', 'trainyard']);
    expect(removed).toContain(`send SIGTERM to its runner: ${runner.pid}`);
    expect([main, runner].map(isGone)).toEqual([false, false]);
    signalIdentity(app, 'SIGTERM');
    await untilGone([app], LONG_MS);
    expect([main, runner].map(isGone), 'the app is gone, the run is not').toEqual([false, false]);
    expect(await user.run('kill', '-TERM', String(runner.pid))).toMatchObject({ code: 0 });
    await untilGone([main, runner], LONG_MS);
    expect(JSON.parse(readFileSync(join(folder, 'exit.json'), 'utf8'))).toMatchObject({ stopped: true, code: 0 });
  });

  test('installed again, it takes up what happened meanwhile', async () => {
    await outputOf('dpkg', ['--install', deb]);
    const serving = user.start('trainyard', ['serve']);
    const core = await user.core(app.pid);
    const { jobs } = JSON.parse((await trainyard('list', '--json')).out) as { readonly jobs: readonly WireJob[] };
    expect(jobs.map(({ status }) => status)).not.toContain('running');
    expect(jobs).toHaveLength(4);
    signalIdentity(core, 'SIGTERM');
    await untilGone([core], LONG_MS);
    expect(serving.exitCode ?? 0).toBe(0);
  });

  test('purged, it leaves the user’s data and nothing else', async () => {
    await outputOf('dpkg', ['--purge', 'trainyard']);
    expect([...machineFiles()].filter((path) => !before.has(path))).toEqual([]);
    expect(existsSync(join(user.data, 'queue.sqlite'))).toBe(true);
    expect((await run('dpkg-query', ['-W', 'trainyard'])).code).not.toBe(0);
  });
});

function debuggingPort(user: OrdinaryUser): string | null {
  const path = join(user.data, 'electron', 'DevToolsActivePort');
  return existsSync(path) ? (readFileSync(path, 'utf8').split('\n')[0] ?? null) : null;
}

/** The Debian packages of the libraries that programs are linked to. */
async function linkedPackages(programs: readonly string[]): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const program of programs) {
    for (const [, path = ''] of (await outputOf('ldd', [program])).matchAll(/=> (\/\S+)/g)) {
      if (path.startsWith(INSTALLED)) continue;
      const { code, out } = await run('dpkg', ['-S', await resolved(path)]);
      if (code === 0) names.add(out.split(':')[0] ?? '');
    }
  }
  return names;
}

async function resolved(path: string): Promise<string> {
  return (await outputOf('readlink', ['-f', path])).trim();
}

/** The same package under a higher version. */
async function newer(build: PackageBuild, deb: string): Promise<string> {
  const tree = join(build.out, 'newer');
  await outputOf('dpkg-deb', ['--raw-extract', deb, tree]);
  const control = join(tree, 'DEBIAN', 'control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 0.1.1'));
  const path = join(build.out, 'newer.deb');
  await outputOf('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, path]);
  rmSync(tree, { recursive: true });
  return path;
}
