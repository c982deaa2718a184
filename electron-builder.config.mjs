// For what needs tools from GitHub: dmg and NSIS around dist/app (scripts/package/layOut.ts), and an AppImage around the
// folder that `npm run package` makes. docs/install.md has the commands, .github/workflows/release.yml runs them.
import { FuseV1Options } from '@electron/fuses';
import { UNPACKED } from './scripts/package/contents.ts';
import { FUSES } from './scripts/package/fuses.ts';

const [owner, repo] = (process.env.GITHUB_REPOSITORY ?? '').split('/');
/** electron-builder has no word for it yet, and leaves it as Electron has it. */
const unknownToBuilder = new Set([FuseV1Options.WasmTrapHandlers]);

/** @type {import('electron-builder').Configuration} */
export default {
  appId: 'trainyard.desktop',
  productName: 'Trainyard',
  executableName: 'trainyard',
  // eslint-disable-next-line no-template-curly-in-string
  artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
  directories: { app: 'dist/app', output: 'dist/builder', buildResources: 'resources/icons' },
  asar: true,
  asarUnpack: [UNPACKED.files, `${UNPACKED.folders}/**`],
  // Nothing to install or to rebuild: what is laid out is complete. A node_modules is only taken as a set of its own.
  files: ['**/*', { from: 'node_modules', to: 'node_modules' }],
  beforeBuild: () => false,
  electronFuses: Object.fromEntries(
    FUSES.filter(({ option }) => !unknownToBuilder.has(option)).map(({ option, on }) => [
      camelCase(FuseV1Options[option]),
      on,
    ]),
  ),
  electronLanguages: ['en', 'en-US'],
  protocols: [{ name: 'Trainyard', schemes: ['trainyard'] }],
  publish: owner && repo ? [{ provider: 'github', owner, repo }] : null,
  linux: {
    target: ['AppImage'],
    icon: 'resources/icons/trainyard.svg',
    category: 'Development',
    synopsis: 'Queues training runs on your own GPUs and stops any of them',
    // Not --no-sandbox, which electron-builder would add.
    executableArgs: [],
  },
  mac: {
    target: ['dmg', 'zip'],
    icon: 'resources/icons/1024.png',
    category: 'public.app-category.developer-tools',
    hardenedRuntime: true,
  },
  win: { target: ['nsis'], icon: 'resources/icons/256.png' },
  nsis: { oneClick: false, perMachine: false, deleteAppDataOnUninstall: false },
};

/** `RunAsNode` as electron-builder spells it. @param {string | undefined} name */
function camelCase(name = '') {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
